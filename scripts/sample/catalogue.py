"""Who exhibits what: companies, families of sibling products, prices, bar codes. Drawn from one seed, no pictures
yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from .barcode import ean13
from .categories import CATEGORIES, Category
from .vocabulary import (
    BRANDS,
    COMPANIES,
    COUNTRIES,
    FLAVOURS,
    SLOGANS,
    SYLLABLES,
    Country,
    Flavour,
)


@dataclass(frozen=True)
class Company:
    name: str
    country: Country
    booth: str
    hall: str
    hue: float
    slogan: str

    @property
    def url(self) -> str:
        word = "".join(c for c in self.name.lower().split(" ")[0] if c.isalnum())
        return f"https://{word}.{self.country.domain if self.country.domain == 'example' else 'example'}/"


@dataclass(frozen=True)
class Product:
    """One article. `design` seeds the art that siblings share; `variant` tells siblings of one print apart."""

    sku: str
    brand: str
    noun: str
    flavour: Flavour
    category: Category
    family: str
    company: int
    price: float
    currency: str
    quantity: str
    barcode: str
    best_before: date
    lot: str
    claim: str
    design: int
    closeness: str
    shown: bool

    @property
    def title(self) -> str:
        return f"{self.brand} {self.noun} {self.flavour.name} {self.quantity}"


@dataclass(frozen=True)
class Assortment:
    companies: tuple[Company, ...]
    products: tuple[Product, ...]
    fillers: tuple[Product, ...]  # real packs on the shelves that are in nobody's catalogue

    @property
    def shown(self) -> list[Product]:
        return [p for p in self.products if p.shown]


def assort(seed: int, products: int = 38, closeness: str = "normal", booths: int = 6) -> Assortment:
    """Draw companies and `products` catalogue articles, four in five of them shown (30 at most).

    `closeness` easy | normal | hard: how much siblings of one family differ (colour and motif; colour of a band;
    small print).
    """
    rng = np.random.default_rng([seed, 11])
    companies = tuple(_company(i, rng) for i in range(booths))
    brands = _brands(rng)
    limit = min(30, max(1, round(products * 0.79)))
    families: list[list[Product]] = []
    while sum(map(len, families)) < products + 12:
        families.append(_family(rng, len(families), next(brands), companies, closeness))
    flat = [p for f in families for p in f]
    catalogue, fillers = flat[:products], flat[products:]
    shown = _choose_shown(rng, catalogue, limit)
    marked = tuple(Product(**{**vars(p), "shown": p.sku in shown}) for p in catalogue)
    names = {p.family for p in catalogue}
    return Assortment(companies, marked, tuple(p for p in fillers if p.family not in names)[:12])


def _choose_shown(rng: np.random.Generator, products: list[Product], limit: int) -> set[str]:
    """Absent ones: single siblings out of large families first, so that an absent product has a shown twin; then
    whole families."""
    absent: list[str] = []
    sizes: dict[str, list[str]] = {}
    for p in products:
        sizes.setdefault(p.family, []).append(p.sku)
    large = [skus for skus in sizes.values() if len(skus) >= 3]
    want = len(products) - limit
    for skus in large:
        if len(absent) < (want + 1) // 2:
            absent.append(skus[int(rng.integers(len(skus)))])
    rest = [p.sku for p in products if p.sku not in absent]
    return set(rest[:limit])


def _company(i: int, rng: np.random.Generator) -> Company:
    order = np.random.default_rng(int(rng.integers(1 << 30)))
    name = (
        COMPANIES[i % len(COMPANIES)]
        if i < len(COMPANIES)
        else f"{COMPANIES[i % len(COMPANIES)]} {i // len(COMPANIES) + 1}"
    )
    hue = (25 + 137.5 * i + float(order.uniform(-12, 12))) % 360
    return Company(
        name,
        COUNTRIES[i % len(COUNTRIES)],
        f"{'ABCD'[i % 2]}{10 + 2 * (i // 2) + i % 2}",
        "4",
        hue,
        SLOGANS[i % len(SLOGANS)],
    )


def _brands(rng: np.random.Generator) -> Iterator[str]:
    """Brand names without end, each once."""
    yield from (BRANDS[i] for i in rng.permutation(len(BRANDS)))
    used = set(BRANDS)
    while True:
        name = "".join(part[int(rng.integers(len(part)))] for part in SYLLABLES)
        if name not in used:
            used.add(name)
            yield name


def _family(
    rng: np.random.Generator, index: int, brand: str, companies: tuple[Company, ...], closeness: str
) -> list[Product]:
    category = CATEGORIES[index * 7 % len(CATEGORIES)]
    company = index % len(companies)
    country = companies[company].country
    size = min(len(category.flavours), (4, 3, 1, 3, 4, 2)[(index + index // 6) % 6])
    names = [category.flavours[i] for i in rng.permutation(len(category.flavours))[:size]]
    noun = category.nouns[int(rng.integers(len(category.nouns)))]
    quantity = category.quantities[int(rng.integers(len(category.quantities)))]
    rate = {"CHF": 1.2, "NOK": 11.5, "GBP": 0.9}.get(country.currency, 1.0)
    price = round(float(rng.uniform(*category.price)) * rate * 10) / 10 - 0.01
    design = int(rng.integers(1 << 20)) * 364 + index * 5 % 364  # its remainders deal layouts and faces out evenly
    claim = category.claims[int(rng.integers(len(category.claims)))]
    close = closeness if closeness != "normal" else ("easy", "normal", "normal", "normal", "hard")[index % 5]
    return [
        Product(
            sku=f"{brand[:3].upper()}-{index:02d}{k + 1}",
            brand=brand,
            noun=noun,
            flavour=FLAVOURS[name],
            category=category,
            family=f"{brand} {noun}",
            company=company,
            price=round(price, 2),
            currency=country.currency,
            quantity=quantity,
            barcode=ean13(rng, country.prefix + f"{index:03d}"[-3:]),
            best_before=date(2027, 1, 4) + timedelta(days=int(rng.integers(0, 600))),
            lot=f"L{int(rng.integers(1000, 9999))}",
            claim=claim,
            design=design,
            closeness=close,
            shown=True,
        )
        for k, name in enumerate(names)
    ]
