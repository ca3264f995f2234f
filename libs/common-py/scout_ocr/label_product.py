"""The product that a label speaks of, and whether a known product is the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz import fuzz

from scout_ocr.fields import Field
from scout_ocr.reading import Barcode, Reading

ALIKE = 85.0
"""Similarity (rapidfuzz token_set_ratio, 0-100) from which on two names are one product's."""
NAMELESS = 0.3
"""Confidence of a product of which only the barcode is known."""
UNCONFIRMED = 0.8
"""What a name without a barcode is worth of its confidence."""
_LEAST_LETTERS = 4
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, kw_only=True)
class LabelProduct:
    """key: what makes two labels one product's: `gtin:` and 14 digits, else `label:` and its words. fields: title,
    brand, barcode, price, currency, quantity. box: (left, top, right, bottom) of everything it was
    told by, pixels of the page."""

    key: str
    gtin: str | None
    fields: dict[str, Any]
    confidence: float
    page: int = 1
    box: tuple[float, float, float, float] | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """Words of its name and brand, lower case."""
        said = f"{self.fields.get('brand', '')} {self.fields.get('title', '')}"
        return tuple(dict.fromkeys(_WORD.findall(said.casefold())))


def label_product(reading: Reading) -> LabelProduct | None:
    """What a label tells of a product; None where it tells too little, or it is no label."""
    found = {field.name: field for field in sorted(reading.fields, key=lambda field: field.confidence)}
    code = _retail_code(reading)
    name = found.get("name")
    if reading.kind != "label" and not (code and name):
        return None
    letters = sum(letter.isalpha() for letter in str(name.value)) if name else 0
    if code is None and letters < _LEAST_LETTERS:
        return None
    fields = _fields(found, code)
    return LabelProduct(
        key=f"gtin:{code.gtin}" if code else _label_key(fields),
        gtin=code.gtin if code else None,
        fields=fields,
        confidence=_confidence(name, code),
        page=code.page if code else name.page if name else 1,
        box=_around(found, code),
    )


def explains(product: LabelProduct, *, title: str, brand: str | None, barcode: str | None) -> bool:
    """Whether a known product is the label's: the same barcode; where one of them has none, nearly the same name."""
    known = re.sub(r"\D", "", barcode or "").rjust(14, "0") if barcode else None
    if product.gtin and known:
        return product.gtin == known
    said = " ".join(str(product.fields.get(name, "")) for name in ("brand", "title")).casefold()
    return bool(fuzz.token_set_ratio(said, f"{brand or ''} {title}".casefold()) >= ALIKE)


def news(product: LabelProduct, known: dict[str, Any]) -> dict[str, Any]:
    """What the label tells and the known product leaves open."""
    return {name: value for name, value in product.fields.items() if known.get(name) in (None, "") and value}


def merged(before: dict[str, Any], now: LabelProduct, *, surer: bool) -> dict[str, Any]:
    """Fields of two labels of one product: the surer one's values, the other's where it says nothing."""
    return {**before, **now.fields} if surer else {**now.fields, **before}


def _fields(found: dict[str, Field], code: Barcode | None) -> dict[str, Any]:
    wanted = ("brand", "price", "currency", "quantity")  # dates and batch are of the one pack, not of the product
    fields = {name: found[name].value for name in wanted if name in found}
    if "price" in fields and not _is_amount(fields["price"]):
        del fields["price"]
    if "name" in found:
        fields["title"] = str(found["name"].value)[:300]
    if code is not None:
        fields["barcode"] = code.text
    return {name: value for name, value in sorted(fields.items()) if value not in (None, "")}


def _retail_code(reading: Reading) -> Barcode | None:
    """The one product number on the label; None where there are several: then it is a shelf, not a label."""
    codes = {code.gtin: code for code in reading.barcodes if code.gtin and code.valid}
    return next(iter(codes.values())) if len(codes) == 1 else None


def _confidence(name: Field | None, code: Barcode | None) -> float:
    if name is None:
        return NAMELESS
    return name.confidence if code else UNCONFIRMED * name.confidence


def _label_key(fields: dict[str, Any]) -> str:
    said = " ".join(str(fields.get(name, "")) for name in ("brand", "title", "quantity"))
    return "label:" + " ".join(re.findall(r"\w+", said.casefold()))[:300]


def _around(found: dict[str, Field], code: Barcode | None) -> tuple[float, float, float, float] | None:
    boxes = [field.box for field in found.values() if field.box is not None]
    if code is not None and code.quad is not None:
        xs, ys = zip(*code.quad, strict=True)
        boxes.append((min(xs), min(ys), max(xs), max(ys)))
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _is_amount(value: Any) -> bool:
    try:
        amount = Decimal(str(value))
        return amount.is_finite() and abs(amount) < 10**12 and amount.as_tuple().exponent >= -9  # type: ignore[operator]
    except InvalidOperation:
        return False
