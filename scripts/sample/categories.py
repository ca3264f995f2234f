"""Kinds of goods: how they are packed, what is written on them, which varieties there are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """A kind of goods: pack form, size in metres (width, height, depth), what is written, what is shown."""

    name: str
    form: str
    size: tuple[float, float, float]
    nouns: tuple[str, ...]
    quantities: tuple[str, ...]
    hero: str
    flavours: tuple[str, ...]
    price: tuple[float, float]

    @property
    def claims(self) -> tuple[str, ...]:
        """What its packs promise."""
        return (
            DRINK_CLAIMS
            if self.form in ("can", "bottle") or self.hero in ("glass", "milk", "cup", "beans")
            else FOOD_CLAIMS
        )


CATEGORIES = (
    Category(
        "Cereals",
        "box",
        (0.19, 0.28, 0.06),
        ("Crunchy Granola", "Oat Crunch", "Morning Rings", "Golden Flakes"),
        ("375 g", "450 g", "500 g"),
        "bowl",
        ("Original", "Honey", "Strawberry", "Cocoa", "Blueberry", "Cinnamon"),
        (2.79, 4.99),
    ),
    Category(
        "Biscuits",
        "box",
        (0.17, 0.21, 0.05),
        ("Butter Biscuits", "Oat Cookies", "Tea Thins", "Country Cookies"),
        ("200 g", "250 g", "176 g"),
        "cookies",
        ("Cocoa", "Lemon", "Hazelnut", "Vanilla", "Ginger", "Caramel"),
        (1.99, 3.79),
    ),
    Category(
        "Tea",
        "box",
        (0.14, 0.17, 0.07),
        ("Herbal Tea", "Fine Tea", "Evening Infusion"),
        ("20 bags", "25 bags", "18 bags"),
        "cup",
        ("Mint", "Chamomile", "Rooibos", "Green Tea", "Earl Grey", "Lavender"),
        (2.29, 5.49),
    ),
    Category(
        "Coffee",
        "pouch",
        (0.16, 0.27, 0.07),
        ("Whole Beans", "Mountain Coffee", "Ground Coffee"),
        ("250 g", "500 g"),
        "beans",
        ("Dark Roast", "Medium Roast", "Decaf", "Espresso"),
        (5.49, 9.99),
    ),
    Category(
        "Crisps",
        "pouch",
        (0.18, 0.26, 0.06),
        ("Kettle Crisps", "Farmhouse Chips", "Lentil Waves"),
        ("125 g", "150 g", "110 g"),
        "chips",
        ("Sea Salt", "Paprika", "Rosemary", "Truffle", "Original", "Honey"),
        (1.49, 3.29),
    ),
    Category(
        "Juice",
        "carton",
        (0.10, 0.25, 0.09),
        ("Pressed Juice", "Orchard Juice", "Sunny Nectar"),
        ("1 L", "750 ml"),
        "glass",
        ("Orange", "Apple", "Grapefruit", "Mango", "Cherry", "Peach"),
        (1.89, 3.99),
    ),
    Category(
        "Soft drinks",
        "can",
        (0.075, 0.15, 0.075),
        ("Sparkling Soda", "Fizz", "Craft Tonic"),
        ("330 ml", "250 ml"),
        "splash",
        ("Lime", "Elderflower", "Ginger", "Raspberry", "Grapefruit", "Mango"),
        (0.89, 1.99),
    ),
    Category(
        "Oat drinks",
        "carton",
        (0.10, 0.24, 0.07),
        ("Oat Drink", "Barista Oat", "Almond Drink"),
        ("1 L",),
        "milk",
        ("Original", "Vanilla", "Cocoa", "Almond", "Coconut"),
        (1.79, 2.99),
    ),
    Category(
        "Jams",
        "jar",
        (0.095, 0.12, 0.095),
        ("Fruit Spread", "Extra Jam", "Orchard Preserve"),
        ("340 g", "250 g"),
        "fruit",
        ("Strawberry", "Raspberry", "Blueberry", "Peach", "Orange", "Cherry"),
        (2.49, 4.49),
    ),
    Category(
        "Chocolate",
        "box",
        (0.11, 0.19, 0.02),
        ("Fine Chocolate", "Single Origin", "Chocolate Thins"),
        ("100 g", "85 g"),
        "squares",
        ("Cocoa", "Almond", "Sea Salt", "Orange", "Mint", "Raspberry"),
        (1.99, 4.59),
    ),
    Category(
        "Pasta",
        "pouch",
        (0.14, 0.25, 0.06),
        ("Penne Rigate", "Fusilli", "Bronze-cut Pasta"),
        ("500 g",),
        "pasta",
        ("Original", "Spelt", "Tomato Basil", "Green Tea"),
        (1.29, 2.99),
    ),
    Category(
        "Pasta sauces",
        "jar",
        (0.095, 0.16, 0.095),
        ("Pasta Sauce", "Sugo", "Cooking Sauce"),
        ("350 g", "400 g"),
        "fruit",
        ("Tomato Basil", "Arrabbiata", "Olive", "Truffle"),
        (2.29, 4.29),
    ),
    Category(
        "Oils",
        "bottle",
        (0.085, 0.29, 0.085),
        ("Olive Oil", "Cold-pressed Oil"),
        ("500 ml", "750 ml"),
        "branch",
        ("Olive", "Lemon", "Rosemary", "Truffle"),
        (6.49, 14.90),
    ),
    Category(
        "Iced tea",
        "bottle",
        (0.08, 0.25, 0.08),
        ("Iced Tea", "Botanical Water", "Cold Brew"),
        ("500 ml", "400 ml"),
        "splash",
        ("Peach", "Lemon", "Green Tea", "Raspberry", "Mint"),
        (1.19, 2.49),
    ),
    Category(
        "Bars",
        "box",
        (0.17, 0.15, 0.06),
        ("Nut Bars", "Protein Bars", "Oat Bars"),
        ("5 x 35 g", "6 x 30 g"),
        "bars",
        ("Almond", "Cocoa", "Coconut", "Caramel", "Cherry"),
        (2.49, 4.99),
    ),
)


FOOD_CLAIMS = (
    "NO ADDED SUGAR",
    "100% NATURAL",
    "HIGH FIBRE",
    "VEGAN",
    "FAIR TRADE",
    "GLUTEN FREE",
    "NEW RECIPE",
    "SINCE 1924",
    "ORGANIC",
    "LESS SALT",
    "FAMILY PACK",
    "SLOW BAKED",
    "NO PALM OIL",
)


DRINK_CLAIMS = (
    "NO ADDED SUGAR",
    "100% NATURAL",
    "VEGAN",
    "FAIR TRADE",
    "SINCE 1924",
    "ORGANIC",
    "HAND PICKED",
    "NEW RECIPE",
    "COLD PRESSED",
    "REFRESHING",
)
