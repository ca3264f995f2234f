"""From text to fields: what a receipt, an invoice, a label or a sign says, each value with its grounds."""

from scout_ocr.extract.extract import extract
from scout_ocr.extract.kinds import kind_of

VERSION = "4"
"""Changes whenever the same words may give other fields."""

__all__ = ["VERSION", "extract", "kind_of"]
