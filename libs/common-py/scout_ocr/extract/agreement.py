"""Does what a label says agree with a product of the catalogue? A small, bounded voice in the match probability.

Reading is patchy: what was not read contradicts nothing. A contradiction needs something else read clearly in its
place: another brand of the catalogue, the word that tells a sibling apart, another quantity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from scout_ocr.extract.likeness import folded, shown_in
from scout_ocr.extract.quantity import Quantity, quantities_in
from scout_ocr.fields import Field

Verdict = Literal["agrees", "contradicts", "says nothing"]

WEIGHTS = {"brand": (0.8, -1.2), "name": (1.2, -1.2), "quantity": (0.6, -0.8), "price": (0.3, 0.0)}
"""Attribute -> log-odds (natural) where it agrees and where it contradicts. A price agrees at most: fairs and shops ask
other prices. By judgement, below what ten inliers of the picture say: no labelled sightings were there to fit them."""

BOUND = 2.0  # of the sum, either way: text alone neither makes nor breaks a match
SHOWN = 88.0  # likeness from which words count as read
CLEARLY = 95.0  # likeness from which they may contradict
SURE = 0.8  # confidence of a quantity that may contradict


@dataclass(frozen=True, kw_only=True)
class CatalogueText:
    """What the catalogue says of a product; "" where it does not. quantity: as printed ("6 x 1.25 L"), price: "4.99",
    currency: ISO 4217."""

    name: str = ""
    brand: str = ""
    quantity: str = ""
    price: str = ""
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """attribute: brand, name, quantity or price. log_odds: its part of the sum. said: what the label shows, "" if
    nothing. expected: what the catalogue has."""

    attribute: str
    verdict: Verdict
    log_odds: float
    said: str
    expected: str


def agreements(
    fields: Sequence[Field],
    text: str,
    product: CatalogueText,
    *,
    rivals: Sequence[str] = (),
    brands: Collection[str] = (),
) -> tuple[Agreement, ...]:
    """One for each attribute that the catalogue has.

    fields: of the label (price, currency, quantity). text: all that was read on it. rivals: names of the siblings that
    it may be mistaken for. brands: the catalogue's brands, the product's own among them or not.
    """
    shown = folded(text)
    found = (
        _brand(shown, product.brand, brands),
        _name(shown, product.name, rivals),
        _quantity(fields, text, product),
        _price(fields, product),
    )
    return tuple(agreement for agreement in found if agreement)


def log_odds(found: Iterable[Agreement]) -> float:
    """Their sum, within +-BOUND: to be added to the log-odds of the match."""
    return max(-BOUND, min(BOUND, sum(agreement.log_odds for agreement in found)))


def _verdict(attribute: str, verdict: Verdict, said: str, expected: str) -> Agreement:
    agrees, contradicts = WEIGHTS[attribute]
    weight = {"agrees": agrees, "contradicts": contradicts, "says nothing": 0.0}[verdict]
    return Agreement(attribute=attribute, verdict=verdict, log_odds=weight, said=said, expected=expected)


def _brand(shown: str, brand: str, brands: Collection[str]) -> Agreement | None:
    if not brand:
        return None
    own = folded(brand)
    if len(own.replace(" ", "")) >= 3 and shown_in(own, shown) >= SHOWN:
        return _verdict("brand", "agrees", brand, brand)
    others = [other for other in brands if _strange(folded(other), own)]
    said = next((other for other in others if shown_in(folded(other), shown) >= CLEARLY), "")
    return _verdict("brand", "contradicts" if said else "says nothing", said, brand)


def _strange(other: str, own: str) -> bool:
    """A brand that is long enough to be no accident, and neither part of ours nor ours of it."""
    return len(other.replace(" ", "")) >= 5 and shown_in(other, own) < SHOWN and shown_in(own, other) < SHOWN


def _name(shown: str, name: str, rivals: Sequence[str]) -> Agreement | None:
    words = _words(name)
    if not words:
        return None
    read = {word for word in words if _read(word, shown)}
    said = " ".join(word for word in name.split() if folded(word) in read)
    for rival in rivals:
        theirs, ours = _words(rival) - words, words - _words(rival)
        if theirs and ours and not ours & read and all(shown_in(word, shown) >= CLEARLY for word in theirs):
            return _verdict("name", "contradicts", " ".join(sorted(theirs)).lower(), name)
    enough = len(read) >= max(1, round(0.6 * len(words))) and sum(map(len, read)) >= 5
    return _verdict("name", "agrees" if enough else "says nothing", said, name)


def _words(name: str) -> set[str]:
    """Words that tell a product: of three letters and more, no quantities."""
    quantities = quantities_in(name)
    for quantity in reversed(quantities):
        name = name[: quantity.start] + " " + name[quantity.end :]
    return {word for word in folded(name).split() if len(word) >= 3}


def _read(word: str, shown: str) -> bool:
    return shown_in(word, shown) >= (SHOWN if len(word) > 4 else 99.0)


def _quantity(fields: Sequence[Field], text: str, product: CatalogueText) -> Agreement | None:
    expected = next(iter(quantities_in(product.quantity or product.name)), None)
    if expected is None:
        return None
    read = [quantity for line in text.splitlines() for quantity in quantities_in(line)]
    same = next((quantity for quantity in read if _alike(quantity, expected)), None)
    if same:
        return _verdict("quantity", "agrees", str(same), str(expected))
    field = next((f for f in fields if f.name == "quantity" and f.confidence >= SURE and not f.doubts), None)
    said = next(iter(quantities_in(str(field.value))), None) if field else None
    differs = said is not None and said.same_as(expected) is False
    return _verdict(
        "quantity", "contradicts" if differs else "says nothing", str(said) if differs else "", str(expected)
    )


def _alike(quantity: Quantity, expected: Quantity) -> bool:
    """As much altogether, or one package of it: a bottle shows its own contents, the catalogue may have the crate."""
    one = Quantity(count=1, amount=expected.amount, unit=expected.unit)
    return quantity.same_as(expected) is True or quantity.same_as(one) is True


def _price(fields: Sequence[Field], product: CatalogueText) -> Agreement | None:
    if not product.price:
        return None
    said = {field.name: str(field.value) for field in fields}
    price, currency = said.get("price", ""), said.get("currency", "")
    try:
        same = bool(price) and Decimal(price) == Decimal(product.price)
    except InvalidOperation:
        same = False
    same = same and (not currency or not product.currency or currency == product.currency)
    return _verdict("price", "agrees" if same else "says nothing", price, product.price)
