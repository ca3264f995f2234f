"""What GS1 bar codes say beside the number: batch, dates, measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from scout_ocr.barcodes.gs1 import date_of, measure_of
from scout_ocr.fields import Field
from scout_ocr.reading import Barcode

_RULE, _SURE, _DISPUTED = "GS1 code", 0.97, 0.7
_DAYS = {"11": "produced", "15": "best_before", "17": "best_before"}
_UNITS = {"kg": "kg", "l": "L", "lb": "lb"}  # as quantities that are printed are written


def with_elements(fields: Sequence[Field], barcodes: Sequence[Barcode], today: date) -> tuple[Field, ...]:
    """A label's fields with those of its GS1 codes: these go before printed dates and batches, doubted where the print
    says something else, and after printed quantities. today: tells the century of dates."""
    known = {field.name: field for field in fields}
    for barcode in barcodes:
        for found in _fields_of(barcode, today) if barcode.valid else ():
            printed = known.get(found.name)
            if printed is None:
                known[found.name] = found
            elif printed.rule != _RULE and found.name != "quantity":
                known[found.name] = _beside(found, str(printed.value))
    return tuple(known.values())


def _fields_of(barcode: Barcode, today: date) -> Iterator[Field]:
    for identifier, value in barcode.elements:
        if identifier == "10":
            yield _field("batch", value, barcode, f"({identifier}){value}")
        elif day := date_of(identifier, value, today) if identifier in _DAYS else None:
            yield _field(_DAYS[identifier], day.isoformat(), barcode, f"({identifier}){value}")
        elif (measure := measure_of(identifier, value)) and measure[1] in _UNITS and Decimal(measure[0]):
            said = f"{Decimal(measure[0]).normalize():f} {_UNITS[measure[1]]}"
            yield _field("quantity", said, barcode, f"({identifier}){value}")


def _field(name: str, value: str, barcode: Barcode, raw: str) -> Field:
    xs, ys = zip(*barcode.quad, strict=True) if barcode.quad else ((), ())
    box = (min(xs), min(ys), max(xs), max(ys)) if xs else None
    return Field(name=name, value=value, confidence=_SURE, rule=_RULE, page=barcode.page, box=box,
                 engine="zxing-cpp", raw=raw)  # fmt: skip


def _beside(found: Field, printed: str) -> Field:
    if found.value.startswith(printed):  # a month without its day says the same
        return found
    return replace(found, confidence=_DISPUTED, doubts=(f"the print reads {printed}",))
