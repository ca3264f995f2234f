"""Keyset pages: an opaque cursor that holds the sort and the last row's sort values."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

LONGEST_CURSOR = 1200
Key = str | int | float | UUID | datetime


class BadCursor(ValueError):
    """The cursor was not made by this list."""


@dataclass(frozen=True)
class Cursor:
    """Where a page ended: the order it was read in and the values of its last row."""

    sort: str
    values: tuple[Key, ...]

    def encode(self) -> str:
        """URL-safe text; finite floats survive exactly."""
        parts = [self.sort, *map(_plain, self.values)]
        packed = json.dumps(parts, separators=(",", ":"), allow_nan=False)
        return base64.urlsafe_b64encode(packed.encode("ascii")).rstrip(b"=").decode("ascii")

    @staticmethod
    def decode(cursor: str, sort: str, kinds: Sequence[type[Key]]) -> "Cursor":
        """Read what a client sent back as values of `kinds`. Raises BadCursor: damaged, or of another order."""
        if len(cursor) > LONGEST_CURSOR:
            raise BadCursor("it is too long")
        try:
            packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            parts = json.loads(packed)
        except (ValueError, RecursionError) as error:  # binascii's and json's errors are ValueErrors
            raise BadCursor("it is damaged") from error
        if not isinstance(parts, list) or len(parts) != len(kinds) + 1:
            raise BadCursor("it is damaged or of another list")
        if parts[0] != sort:
            raise BadCursor("it was made for another sort")
        return Cursor(sort, tuple(_read(value, kind) for value, kind in zip(parts[1:], kinds, strict=True)))


@dataclass(frozen=True)
class Page:
    """Rows of one page and the cursor of the next, None on the last."""

    rows: list[RowMapping]
    next: str | None


def cut_page(rows: Sequence[RowMapping], limit: int, sort: str, columns: Sequence[str]) -> Page:
    """Make a page of at most `limit` from limit + 1 fetched rows; `columns` are the sort's, as read from the rows."""
    shown = list(rows[:limit])
    if len(rows) <= limit or not shown:
        return Page(shown, None)
    return Page(shown, Cursor(sort, tuple(shown[-1][column] for column in columns)).encode())


def _plain(value: Key) -> str | int | float:
    if isinstance(value, int | float):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _read(value: object, kind: type[Key]) -> Key:
    """A JSON value as `kind`, within what PostgreSQL takes."""
    try:
        if kind is UUID:
            return UUID(_text(value))
        if kind is datetime:
            return _aware(datetime.fromisoformat(_text(value)))
        if kind is str:
            return _text(value)
        number = _number(value)
        return float(number) if kind is float else int(number)
    except (ValueError, OverflowError) as error:
        raise BadCursor("it is damaged") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("no text")
    value.encode()  # a lone surrogate is a ValueError here, not in the database driver
    return value


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**62:
        raise ValueError("no number")
    return value


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("no time zone")
    return value
