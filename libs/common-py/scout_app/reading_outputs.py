"""What `scout ocr` writes: a JSON object a line for each file, and its text, Markdown, HTML or PDF."""

import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from scout_common.errors import BadRequest
from scout_common.reader_process import Read
from scout_ocr.convert.outputs import html
from scout_ocr.reading_codec import best_fields, from_json

SUFFIXES = {"text": ".txt", "markdown": ".md", "html": ".html", "pdf": ".pdf"}


@dataclass(frozen=True, kw_only=True)
class FileRead:
    """One file: what was read of it as JSON values (scout_ocr.reading_codec), and the error, of reading it or of
    making its PDF. took_s: the reading."""

    name: str
    reading: Mapping[str, Any] = field(default_factory=dict)
    took_s: float = 0.0
    pdf: bytes = b""
    error: str = ""
    hint: str = ""

    @staticmethod
    def of(name: str, read: Read) -> "FileRead":
        return FileRead(name=name, reading=json.loads(read.result), took_s=read.took_s)

    @property
    def told(self) -> str:
        """The error in one line; without one, that nothing was found; "" where something was."""
        error, hint = self.error, self.hint
        if not error and not self.printed:
            error, hint = "no text and no bar code was found", self._advice
        return f"{self.name}: {error}" + (f" ({hint})" if hint else "") if error else ""

    @property
    def printed(self) -> str:
        """What is shown of the file on a terminal: its text, else its bar codes, a line each."""
        codes = (f"{code['format']}: {code['text']}" for code in self.reading.get("barcodes", ()))
        text = str(self.reading.get("text", ""))
        return text if text.strip() else "\n".join(codes)

    @property
    def _advice(self) -> str:
        """What would make the pictures easier to read."""
        told = (quality["advice"] for quality in self.reading.get("quality", ()) if quality)
        return " ".join(filter(None, dict.fromkeys(told)))

    def row(self, *, words: bool) -> dict[str, Any]:
        """The file's line of the JSON output; of several values of a field the surest."""
        problem = {"error": self.error, "hint": self.hint} if self.error else {"error": None}
        if not self.reading:
            return {"file": self.name, "text": "", "barcodes": [], "fields": {}, **problem}
        shown = {name: value for name, value in self.reading.items() if words or name != "pages"}
        fields = best_fields(self.reading)
        return {"file": self.name, **shown, "fields": fields, "took_s": round(self.took_s, 4), **problem}


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What is written where; words: with every word in the JSON."""

    json: str | None = None
    text: Path | None = None
    markdown: Path | None = None
    html: Path | None = None
    pdf: Path | None = None
    words: bool = False

    @property
    def any(self) -> bool:
        """Whether anything is written; else the text is printed."""
        return self.json is not None or bool(self.rendered)

    @property
    def rendered(self) -> dict[str, Path]:
        """Format -> file or folder."""
        return {name: place for name in SUFFIXES if (place := getattr(self, name)) is not None}

    @property
    def places(self) -> list[Path]:
        """All that is written but stdout."""
        files = [] if self.json in (None, "-") else [Path(str(self.json))]
        return [*files, *self.rendered.values()]


class Writer:
    """Writes each file's results as they come."""

    def __init__(self, outputs: Outputs, *, several: bool) -> None:
        self._outputs = outputs
        self._several = several
        self._open = ExitStack()
        self._json: TextIO | None = None
        self._names: set[Path] = set()
        self._written: dict[str, None] = {}

    def __enter__(self) -> "Writer":
        """Raises BadRequest where an output cannot be written: before anything is read."""
        where = self._outputs.json
        for place in self._outputs.places:
            _need_folder(place)
        try:
            if where == "-":
                self._json = sys.stdout
            elif where is not None:
                self._json = self._open.enter_context(Path(where).open("w", encoding="utf-8"))
            for place in self._outputs.rendered.values():
                if self._in_folder(place):
                    place.mkdir(exist_ok=True)
        except OSError as error:
            self._open.close()
            raise BadRequest(f"cannot be written: {error.strerror}", subject=str(error.filename)) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def told(self) -> str:
        """Where something was written, in words."""
        return f" Written: {', '.join(self._written)}" if self._written else ""

    def write(self, read: FileRead) -> None:
        """Write one file's results."""
        if self._json is not None:
            row = json.dumps(read.row(words=self._outputs.words), ensure_ascii=False)
            self._json.write(row + "\n")
            self._json.flush()
            if self._outputs.json not in (None, "-"):
                self._written[str(self._outputs.json)] = None
        if not read.reading:
            return
        for name, place in self._outputs.rendered.items():
            if name == "pdf" and not read.pdf:
                continue
            self._written[str(place)] = None
            target = self._unused(place, read.name, SUFFIXES[name]) if self._in_folder(place) else place
            target.write_bytes(read.pdf if name == "pdf" else _rendered(name, read.reading).encode())
        if not self._outputs.any:
            head = f"== {read.name}\n" if self._several else ""
            sys.stdout.write(head + (f"{read.printed}\n" if read.printed else ""))
            sys.stdout.flush()

    def _in_folder(self, place: Path) -> bool:
        return self._several or place.is_dir()

    def _unused(self, folder: Path, name: str, suffix: str) -> Path:
        """A name in the folder that no other file of this run has taken."""
        stem, number = Path(name).stem, 1
        target = folder / f"{stem}{suffix}"
        while target in self._names:
            number += 1
            target = folder / f"{stem}-{number}{suffix}"
        self._names.add(target)
        return target


def _need_folder(place: Path) -> None:
    """What an output is written into must be there: a mistyped place is no wish for a new one. Raises BadRequest."""
    if not place.parent.is_dir():
        hint = "make that folder first, or see whether it is spelled right"
        raise BadRequest("there is no such folder", subject=str(place.parent), hint=hint)


def _rendered(name: str, reading: Mapping[str, Any]) -> str:
    if name == "text":
        return str(reading["text"]) + "\n"
    if name == "markdown":
        return str(reading["markdown"]) + "\n"
    return html(from_json(reading))
