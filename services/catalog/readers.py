"""Catalogues as records: CSV in its dialects, JSON, JSON Lines, XML feeds, pages, the listing of a folder."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from scout_common.encoding import Text, decode, is_damaged
from scout_common.errors import PermanentError

from services.catalog.feeds import read_xml
from services.catalog.pages import NO_PRODUCTS, is_page, read_page
from services.catalog.rows import Catalogue, Problem, Record, collect, name_columns
from services.catalog.shops import is_shop, read_shop

PICTURES = frozenset(
    (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".jp2", ".ppm", ".heic", ".heif")
)
"""What a folder's pictures end in. Those of an iPhone cannot be decoded, but are worth a word rather than silence."""
_DELIMITERS = ",;\t|"
_LONGEST_CELL = 1_000_000
_COLUMNS_HINT = (
    "Name the columns in the first line: sku, title, brand, category, family, price, currency, barcode, image."
)
_QUOTED, _MOST_QUOTED = 40, 12  # characters of a column's name, names in a message
_LISTS = ("products", "items", "catalogue", "catalog")


def read_catalogue(data: bytes, name: str) -> Catalogue:
    """Read a catalogue file; `name` (of the file, or the path of its address) settles what its content leaves open.

    An empty file is a catalogue of no products. Raises PermanentError where nothing can be read: a spreadsheet
    or another binary file, no sku column.
    """
    return collect(read_records(data, name))


def read_records(data: bytes, name: str, url: str = "") -> Iterator[Record | Problem]:
    """The records of one document; `url`: the address it came from, which completes those in a page."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")):
        raise PermanentError("this is a spreadsheet or an archive, not text", hint="Save it as CSV (UTF-8).")
    decoded = decode(data)
    if "\0" in decoded.text[:4096] or data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"%PDF")):
        raise PermanentError(
            "this is no catalogue but a binary file", hint="CSV, JSON, JSON Lines and XML feeds are read."
        )
    ending = PurePosixPath(name.lower()).suffix
    start = decoded.text.lstrip()[:1]
    if start == "<":
        return _marked_up(data, decoded.text, url)
    if ending in (".jsonl", ".ndjson"):
        records = _json_lines(decoded.text)
    elif ending == ".json" or (start in ("[", "{") and ending not in (".csv", ".tsv", ".txt")):
        records = _json(decoded.text)
    else:
        records = _csv(decoded.text)
    return _with_doubt(decoded, records)


def _marked_up(data: bytes, text: str, url: str) -> Iterator[Record | Problem]:
    """A feed in XML, or a page that describes products."""
    if is_page(text):
        records = read_page(data, url).records
        if not records:
            raise NO_PRODUCTS
        return iter(records)
    return read_xml(data)


def read_folder(files: Iterable[str]) -> Catalogue:
    """Read a folder's listing (paths relative to it, with `/`): `sku.jpg` and `sku/*.jpg` are products."""
    pictures: dict[str, list[str]] = {}
    others: list[str] = []
    for file in sorted(files):
        path = PurePosixPath(file)
        if any(part.startswith((".", "__")) for part in path.parts) or len(path.parts) > 2:
            continue
        if path.suffix.lower() in PICTURES:
            pictures.setdefault(path.stem if len(path.parts) == 1 else path.parts[0], []).append(file)
        else:
            others.append(file)
    read: list[Record | Problem] = [
        Record(where=images[0], position=position, fields={"sku": sku, "image": images})
        for position, (sku, images) in enumerate(sorted(pictures.items()), 1)
    ]
    tables = [file for file in others if file.lower().endswith((".csv", ".tsv", ".json", ".jsonl"))]
    if tables and not pictures:
        raise PermanentError("the folder holds no pictures", hint=f"Give the file {tables[0]} in it as the catalogue.")
    return collect(read)


def _with_doubt(decoded: Text, records: Iterator[Record | Problem]) -> Iterator[Record | Problem]:
    if decoded.doubtful_line is not None:
        yield Problem(
            message="the file is not UTF-8 from here on; it is read as Windows-1252",
            where=f"line {decoded.doubtful_line}",
            hint="Check accents and signs, or save the file as UTF-8.",
            severity="warning",
        )
    yield from records


def _csv(text: str) -> Iterator[Record | Problem]:
    told, text = _told_delimiter(text)
    start = 2 if told else 1
    delimiter = told or _sniff(text)
    csv.field_size_limit(_LONGEST_CELL)
    rows = _numbered(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start)
    header: list[str] | None = None
    for line, cells in rows:
        if isinstance(cells, Problem):
            yield cells
        elif not any(cell.strip() for cell in cells):
            continue
        elif header is None:
            header = [_header_cell(cell) for cell in cells]
            _check_header(header, line)
        else:
            yield _record(header, cells, line)


def _numbered(reader: Any, start: int) -> Iterator[tuple[int, list[str] | Problem]]:
    """(line the row begins on, its cells); a quoted cell may go over several lines."""
    while True:
        line = reader.line_num + start
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Problem(message=f"this row cannot be read: {error}", where=f"line {line}")


def _record(header: list[str], cells: list[str], line: int) -> Record | Problem:
    if any(cell.strip() for cell in cells[len(header) :]):
        return Problem(
            message=f"{len(cells)} cells, but the header has {len(header)}",
            where=f"line {line}",
            hint='Put cells that hold the delimiter into quotes, like "12,50".',
        )
    fields: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=False):
        fields[name] = cell if name not in fields or not fields[name] else fields[name]
    return Record(where=f"line {line}", position=line, fields=fields)


def _header_cell(cell: str) -> str:
    # A damaged name of a column costs nothing but itself.
    return "".join("?" if is_damaged(character) else character for character in cell).strip()


def _check_header(header: list[str], line: int) -> None:
    if "sku" not in name_columns(header):
        names = [f"{name[:_QUOTED]!r}" for name in header if name]  # repr: nothing in it can steer a terminal
        found = ", ".join(names[:_MOST_QUOTED]) + (" ..." if len(names) > _MOST_QUOTED else "")
        raise PermanentError(f"line {line}: there is no column 'sku' among: {found or 'none'}", hint=_COLUMNS_HINT)


def _told_delimiter(text: str) -> tuple[str, str]:
    """Excel's first line `sep=;`, and the text after it."""
    told = re.match(r"\s*\"?sep=([,;\t|])\"?\r?\n", text, re.IGNORECASE)
    return (told[1], text[told.end() :]) if told else ("", text)


def _sniff(text: str) -> str:
    """The delimiter with which the header names a sku, and most columns."""
    header = next((line for line in text[:100_000].splitlines() if line.strip()), "")

    def worth(delimiter: str) -> tuple[bool, int]:
        cells = next(csv.reader([header[:_LONGEST_CELL]], delimiter=delimiter), [])
        return "sku" in name_columns(cells), len(cells)

    return max(_DELIMITERS, key=worth)


def _json_lines(text: str) -> Iterator[Record | Problem]:
    for line, content in enumerate(text.split("\n"), 1):
        if content.strip():
            yield _object(content, f"line {line}", line)


def _object(content: str, where: str, position: int) -> Record | Problem:
    try:
        return _as_record(json.loads(content), where, position)
    except (ValueError, RecursionError) as error:
        return Problem(message=f"this is not JSON: {error}", where=where)


def _as_record(value: Any, where: str, position: int) -> Record | Problem:
    if not isinstance(value, dict):
        return Problem(message=f"a product is expected here, not {json.dumps(value)[:40]}", where=where)
    return Record(where=where, position=position, fields=value)


def _json(text: str) -> Iterator[Record | Problem]:
    stripped = text.lstrip()
    if stripped.startswith("["):
        yield from _array(text)
        return
    if not stripped:
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        if text.strip().count("\n"):
            yield from _json_lines(text)
            return
        raise PermanentError(f"this is not JSON: {error}", hint="A list of products is expected.") from error
    items = next(
        (value[name] for name in _LISTS if isinstance(value, dict) and isinstance(value.get(name), list)), None
    )
    if items is None:
        items = [value]
    if is_shop(items):
        yield from read_shop(items)
        return
    yield from (_as_record(item, f"item {number}", number) for number, item in enumerate(items, 1))


def _array(text: str) -> Iterator[Record | Problem]:
    """A list, element by element, so that each knows its line and a broken one does not cost those before it."""
    decoder = json.JSONDecoder()
    blank = re.compile(r"[\s,]*")
    place = text.index("[") + 1
    line = text.count("\n", 0, place) + 1
    while True:
        following = blank.match(text, place).end()  # type: ignore[union-attr]
        line += text.count("\n", place, following)
        if following >= len(text):
            yield Problem(message="the list does not end: the file is cut off", where=f"line {line}")
            return
        if text[following] == "]":
            return
        try:
            value, place = decoder.raw_decode(text, following)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            yield Problem(message=f"the JSON is broken here ({reason}); what follows is not read", where=f"line {line}")
            return
        yield _as_record(value, f"line {line}", line)
        line += text.count("\n", following, place)
