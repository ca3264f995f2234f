"""The invented trade: company and brand names, categories, flavours, claims. None of them is meant to exist."""

from dataclasses import dataclass

from .canvas import Colour


@dataclass(frozen=True)
class Flavour:
    """A variety: its name on the pack, its colour, and the motif that illustrates it."""

    name: str
    colour: Colour
    motif: str
    accent: Colour


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


@dataclass(frozen=True)
class Country:
    """Where an exhibitor comes from: GS1 prefix, currency, house form of its web address."""

    name: str
    prefix: str
    currency: str
    domain: str


# fmt: off
_F = [
    ("Strawberry", (214, 40, 62), "berry", (60, 140, 50)), ("Raspberry", (196, 26, 92), "berry", (70, 140, 60)),
    ("Blueberry", (66, 74, 160), "berry", (90, 140, 90)), ("Lemon", (246, 204, 40), "citrus", (255, 240, 150)),
    ("Orange", (242, 130, 24), "citrus", (255, 200, 110)), ("Lime", (124, 182, 46), "citrus", (220, 240, 150)),
    ("Grapefruit", (236, 104, 96), "citrus", (255, 190, 170)), ("Apple", (150, 186, 50), "apple", (90, 130, 40)),
    ("Peach", (250, 164, 110), "apple", (220, 90, 70)), ("Cherry", (170, 20, 46), "cherry", (70, 120, 40)),
    ("Vanilla", (240, 214, 150), "flower", (250, 246, 230)), ("Cocoa", (106, 62, 38), "chocolate", (60, 34, 22)),
    ("Hazelnut", (180, 120, 64), "nut", (120, 74, 36)), ("Almond", (212, 160, 104), "nut", (150, 96, 50)),
    ("Mint", (40, 160, 120), "leaf", (120, 200, 120)), ("Chamomile", (246, 196, 60), "flower", (255, 255, 250)),
    ("Rooibos", (176, 62, 36), "leaf", (200, 110, 60)), ("Green Tea", (96, 150, 70), "leaf", (150, 196, 90)),
    ("Earl Grey", (70, 90, 130), "citrus", (250, 220, 90)), ("Sea Salt", (70, 140, 190), "crystal", (240, 248, 255)),
    ("Paprika", (206, 52, 30), "chilli", (70, 130, 40)), ("Rosemary", (70, 122, 84), "herb", (110, 160, 100)),
    ("Truffle", (64, 54, 52), "nut", (120, 100, 84)), ("Tomato Basil", (212, 50, 40), "tomato", (70, 140, 60)),
    ("Arrabbiata", (170, 30, 26), "chilli", (60, 130, 50)), ("Honey", (236, 168, 40), "honey", (255, 214, 110)),
    ("Cinnamon", (168, 92, 48), "nut", (120, 60, 30)), ("Original", (206, 160, 84), "wheat", (170, 120, 50)),
    ("Dark Roast", (66, 42, 34), "bean", (40, 24, 18)), ("Medium Roast", (132, 84, 54), "bean", (80, 48, 30)),
    ("Decaf", (64, 120, 110), "bean", (90, 60, 44)), ("Espresso", (150, 34, 34), "bean", (50, 30, 22)),
    ("Ginger", (222, 170, 84), "citrus", (250, 226, 160)), ("Elderflower", (196, 206, 150), "flower", (255, 255, 245)),
    ("Lavender", (142, 114, 184), "herb", (170, 140, 210)), ("Olive", (120, 124, 50), "olive", (90, 96, 40)),
    ("Caramel", (206, 132, 52), "honey", (240, 180, 90)), ("Coconut", (220, 226, 224), "nut", (120, 84, 60)),
    ("Mango", (250, 170, 40), "apple", (230, 100, 50)), ("Spelt", (190, 140, 80), "wheat", (150, 104, 50)),
]
FLAVOURS = {name: Flavour(name, (float(c[0]), float(c[1]), float(c[2])), motif, (float(a[0]), float(a[1]), float(a[2])))
            for name, c, motif, a in _F}

# fmt: on
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

BRANDS = (
    "Marenza",
    "Oakfield & Daughters",
    "Lumiko",
    "Vallombre",
    "Tindra",
    "Pepperjack Lane",
    "Solbakken",
    "Fernhollow",
    "Casa Bruneri",
    "Nordlys",
    "Quillon",
    "Hearthstone",
    "Zephira",
    "Mill & Meadow",
    "Bergkraut",
    "Ondalina",
    "Little Badger",
    "Kirschwald",
    "Tavola Rossa",
    "Wildmoor",
    "Amarante",
    "Brindle",
    "Juniper Row",
    "Sankt Veit",
    "Popolino",
    "Greta's",
    "Alto Sereno",
    "Rubinhof",
    "Sunday Mill",
    "Maison Clairet",
    "Yuzuko",
    "Hollerbach",
    "Cobblestone",
    "Finca Morada",
    "Silverbirch",
    "Daybreak",
    "Orsolina",
    "Kettle & Crow",
    "Bluebell Farm",
    "Tamarind & Co",
)
SYLLABLES = (
    (
        "Ar",
        "Bel",
        "Cor",
        "Dal",
        "El",
        "Fen",
        "Gal",
        "Har",
        "Il",
        "Jor",
        "Kel",
        "Lor",
        "Mar",
        "Nor",
        "Or",
        "Pal",
        "Ren",
        "Sol",
        "Tor",
        "Val",
    ),
    ("a", "i", "o", "e", "an", "in", "en", "or"),
    ("dini", "vale", "mont", "berg", "lia", "nova", "sund", "wick", "ra", "tello", "gard", "mira"),
)
COMPANIES = (
    "Marenza Alimentari S.p.A.",
    "Northfield Foods Ltd",
    "Kornhaus GmbH",
    "Maison Vallier SA",
    "Bergsee Naturkost AG",
    "Solbakken Trading AS",
    "Finca Morada S.L.",
    "Waldmann Import GmbH",
    "Tamarind Foods B.V.",
    "Orchard & Oak Ltd",
    "Delikat Handels GmbH",
    "Lumiko Europe B.V.",
)
COUNTRIES = (
    Country("Italy", "8033", "EUR", "it"),
    Country("United Kingdom", "5019", "GBP", "example"),
    Country("Germany", "4012", "EUR", "de"),
    Country("France", "3274", "EUR", "fr"),
    Country("Switzerland", "7613", "CHF", "ch"),
    Country("Norway", "7038", "NOK", "no"),
    Country("Spain", "8412", "EUR", "es"),
    Country("Austria", "9008", "EUR", "at"),
    Country("Netherlands", "8717", "EUR", "nl"),
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
SLOGANS = (
    "Made with patience",
    "Good things grow slowly",
    "From our fields to your table",
    "Taste the season",
    "Simply well made",
    "A little joy every day",
    "The honest kitchen",
    "Born in the mountains",
)
