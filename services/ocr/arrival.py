"""Reads what a client sends: a form with files, or JSON with addresses. Nothing of it touches the disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from scout_common.http import Problem

from services.ocr.schemas import FILES_AT_ONCE, OcrBatchBody, OcrRequestBody, Wanted

M = TypeVar("M", bound=BaseModel)

MOST_PARTS = FILES_AT_ONCE + 20
LONGEST_FIELD = 4000
LONGEST_HEADERS = 4000
LONGEST_NAME = 500


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A file that came with the request, or the address of one: then `data` is None."""

    name: str
    data: bytes | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """What was sent."""

    files: tuple[Incoming, ...]
    wanted: Wanted


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a form; filename is None for a field."""

    name: str
    filename: str | None
    data: bytes


async def read_request(request: Request, *, several: bool) -> Arrived:
    """The files and options of a request. Raises Problem, RequestValidationError."""
    kind = request.headers.get("content-type", "")
    media_type = kind.partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        return _form(parts_of(await request.body(), kind), several=several)
    if media_type not in ("application/json", ""):
        raise Problem(415, f"Send multipart/form-data with `file`, or JSON with `url`, not {media_type}.")
    data = await _json(request)
    if several:
        batch = _checked(OcrBatchBody, data)
        return Arrived(files=tuple(Incoming(name=url, url=url) for url in batch.urls), wanted=batch)
    one = _checked(OcrRequestBody, data)
    return Arrived(files=(Incoming(name=one.url, url=one.url),), wanted=one)


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """The parts of a multipart body (RFC 7578). Raises Problem where it is damaged or has too many."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise Problem(400, "The form's Content-Type names no boundary. Let your HTTP library write that header.")
    form = _Form()
    try:
        parser = MultipartParser(boundary, form.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise Problem(400, f"The form is damaged: {error}. Let your HTTP library write it.") from error
    return form.parts


class _Form:
    """Gathers what the parser finds; a part's bytes are copied once."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._data: list[bytes] = []
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value, self._seen = b"", b"", 0

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self._data.append(data[start:end]),
            "on_part_end": self._end,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= MOST_PARTS:
            raise Problem(413, f"The form has more than {MOST_PARTS} parts. Send fewer files at once.")
        self._data, self._headers, self._seen = [], {}, 0

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += self._counted(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += self._counted(data[start:end])

    def _header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _counted(self, taken: bytes) -> bytes:
        self._seen += len(taken)
        if self._seen > LONGEST_HEADERS:
            raise Problem(400, "The head of a part of the form is too long.")
        return taken

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name, filename = options.get(b"name", b""), options.get(b"filename")
        self.parts.append(
            Part(
                name=name.decode("utf-8", "replace"),
                filename=None if filename is None else filename.decode("utf-8", "replace"),
                data=self._data[0] if len(self._data) == 1 else b"".join(self._data),
            )
        )


def _form(parts: list[Part], *, several: bool) -> Arrived:
    files, fields = [], {}
    for part in parts:
        if part.filename is not None:
            files.append(Incoming(name=_file_name(part.filename), data=part.data))
        elif len(part.data) > LONGEST_FIELD:
            raise Problem(413, f"The form's field {part.name[:50]!r} is too long. Send the file as a file.")
        elif part.data:
            fields[part.name] = part.data.decode("utf-8", "replace")
    if not files and not several and "url" in fields:
        body = _checked(OcrRequestBody, fields)
        return Arrived(files=(Incoming(name=body.url, url=body.url),), wanted=body)
    wanted = _checked(Wanted, fields)
    if not files:
        raise Problem(422, "The form holds no file. Send it as the form's field `file`, with a file name.")
    if len(files) > (FILES_AT_ONCE if several else 1):
        most = f"{FILES_AT_ONCE} files" if several else "one file; POST /api/v1/ocr/batch takes many"
        raise Problem(422, f"The form holds {len(files)} files; this takes at most {most}.")
    return Arrived(files=tuple(files), wanted=wanted)


def _file_name(name: str) -> str:
    """The last part of a name, without what no database or terminal takes; `file` where nothing is left."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(letter for letter in last if letter.isprintable())
    return clean[-LONGEST_NAME:].strip() or "file"


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError) as error:
        raise Problem(422, f"The body is no JSON: {error}. Send an object as GET /docs shows it.") from error


def _checked(model: type[M], fields: Mapping[str, Any] | Any) -> M:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error
