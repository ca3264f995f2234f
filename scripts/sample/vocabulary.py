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
