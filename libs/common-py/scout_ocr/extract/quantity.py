"""Contents of a package: 500 g, 6 x 1.25 L, 12 oz, in one unit of each dimension so that they compare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal


def _names(*units: str) -> tuple[str, ...]:
    return tuple(unit for line in units for unit in line.split())


UNITS: dict[str, tuple[str, Decimal]] = {
    **dict.fromkeys(_names("kg kgs kilo kilogram"), ("g", Decimal(1000))),
    **dict.fromkeys(_names("g gr gm gms gram grams gramm grammes"), ("g", Decimal(1))),
    **dict.fromkeys(_names("mg"), ("g", Decimal("0.001"))),
    **dict.fromkeys(_names("lb lbs pound pounds"), ("g", Decimal("453.59237"))),
    **dict.fromkeys(_names("oz ounce ounces"), ("g", Decimal("28.349523125"))),
    **dict.fromkeys(_names("l ltr ltrs lt litre liter litres liters litro litri"), ("ml", Decimal(1000))),
    **dict.fromkeys(_names("ml mls millilitre milliliter"), ("ml", Decimal(1))),
    **dict.fromkeys(_names("cl"), ("ml", Decimal(10))),
    **dict.fromkeys(_names("dl"), ("ml", Decimal(100))),
    **dict.fromkeys(("fl oz", "fl. oz", "fl.oz"), ("ml", Decimal("29.5735295625"))),
    **dict.fromkeys(
        _names(
            "pcs pc pieces pièces stück stk st szt piezas pezzi ct count tabs tablets tabletten capsules sachets bags",
            "wipes sheets rolls pack",
        ),
        ("pcs", Decimal(1)),
    ),
    **dict.fromkeys(_names("m"), ("m", Decimal(1))),
    **dict.fromkeys(_names("cm"), ("m", Decimal("0.01"))),
    **dict.fromkeys(_names("mm"), ("m", Decimal("0.001"))),
}
"""Unit as printed (lower case) -> unit of its dimension, and how many of that it is."""

PRINTED = {
    "l": "L",
    "litre": "L",
    "liter": "L",
    "ltr": "L",
    "lt": "L",
    "gr": "g",
    "gm": "g",
    "gram": "g",
    "stück": "pcs",
}

_WHOLE = frozenset(_names("g gr gm gms gram grams gramm grammes mg ml mls millilitre milliliter cl mm")) | {
    unit for unit, (base, _) in UNITS.items() if base == "pcs"
}
"""Units that nobody counts in thousandths: three digits after a separator are a group of thousands."""
_IMPERIAL = frozenset(_names("lb lbs pound pounds oz ounce ounces")) | {"fl oz", "fl. oz", "fl.oz"}
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?<![\w.,])(?:(?P<count>\d{{1,3}})\s?(?:[x×*]|er\b)\s?)?(?P<amount>\d{{1,5}}(?:[.,]\d{{1,3}})?)\s?(?P<unit>{_UNIT})"
    r"(?:\s?[x×*]\s?(?P<count2>\d{1,3})(?![\w.,]))?(?:\s?[e℮])?(?![^\W_])",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """count packages of amount units each. start, end: where in the text. doubtful: 1,000 kg, where the separator may
    group thousands."""

    count: int
    amount: Decimal
    unit: str
    start: int = 0
    end: int = 0
    doubtful: bool = False

    @property
    def total(self) -> tuple[Decimal, str]:
        """All of it, in g, ml, m or pcs."""
        base, factor = UNITS[self.unit.lower()]
        return self.count * self.amount * factor, base

    def __str__(self) -> str:
        """6 x 1.25 L"""
        unit = PRINTED.get(self.unit.lower(), self.unit.lower())
        amount = f"{self.amount.normalize():f}"
        return f"{self.count} x {amount} {unit}" if self.count > 1 else f"{amount} {unit}"

    def same_as(self, other: Quantity) -> bool | None:
        """Whether both are as much, within 2 % (units are rounded in print); None where they do not compare."""
        (mine, unit), (theirs, their_unit) = self.total, other.total
        if unit != their_unit or not mine or not theirs:
            return None
        return abs(mine - theirs) <= Decimal("0.02") * max(mine, theirs)


def quantities_in(text: str) -> tuple[Quantity, ...]:
    """Every quantity with a unit, as it stands in the text."""
    found = []
    for match in _QUANTITY.finditer(text):
        amount, doubtful = _amount(match["amount"], match["unit"].lower())
        if len(match["unit"]) == 1 and match["unit"] not in "gGlLm":
            continue
        count = int(match["count"] or match["count2"] or 1)
        if amount and count:
            found.append(
                Quantity(count=count, amount=amount, unit=match["unit"].lower(), start=match.start(), end=match.end(),
                         doubtful=doubtful)
            )  # fmt: skip
    return tuple(found)


def _amount(printed: str, unit: str) -> tuple[Decimal, bool]:
    """(the number, whether its separator may as well group thousands): 1,000 g is a thousand, 1,000 kg most likely
    one."""
    whole, _, part = printed.replace(",", ".").partition(".")
    grouped = len(part) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    if grouped and unit in _WHOLE:
        return Decimal(whole + part), False
    english = unit in _IMPERIAL and "," in printed  # whose decimals follow a point
    return Decimal(f"{whole}.{part or '0'}"), grouped and (part == "000" or english)
