"""What was read, as the client wants to have it."""

from collections.abc import Mapping, Sequence
from typing import Any

from scout_ocr.convert.outputs import html
from scout_ocr.reading_codec import from_json

TYPES = {
    "markdown": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
}


def rendered(format: str, named: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Readings (name of the file, JSON) as one text, Markdown or HTML; several are headed by their names."""
    if format == "html":
        return "\n".join(html(from_json(reading)) for _, reading in named)
    several = len(named) > 1
    head = "## " if format == "markdown" else "== "
    parts = [(f"{head}{name}\n\n" if several else "") + str(reading[format]) for name, reading in named]
    return "\n\n".join(parts) + "\n"
