"""What a reader process does: the reader made from its setup, and the orders it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from scout_ocr.reading_codec import dump, from_json, options_from_json


def begin(setup: Mapping[str, Any]) -> "ReadingWork":
    """Make the reader. Raises ReadingError."""
    return ReadingWork(reader=import_module("scout_ocr.reader").Reader(**setup))


@dataclass(frozen=True, kw_only=True)
class ReadingWork:
    """A reader with its engines."""

    reader: Any

    @property
    def version(self) -> str:
        return str(self.reader.version)

    @property
    def languages(self) -> dict[str, list[str]]:
        """ISO 639-1 codes of each engine that is there."""
        return {name: sorted(codes) for name, codes in self.reader.languages().items()}

    def do(self, head: Mapping[str, Any], data: bytes) -> bytes:
        """Read a file, or render what was read of it. Raises ReadingError."""
        if "read" in head:
            return dump(self.reader.read(data, options_from_json(head["read"])))
        outputs = import_module("scout_ocr.convert.outputs")
        return bytes(outputs.searchable_pdf(data, from_json(head["render"])))
