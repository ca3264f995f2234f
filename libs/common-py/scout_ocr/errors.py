"""What can go wrong with what we are given to read."""

from __future__ import annotations


class ReadingError(Exception):
    """Something cannot be read.

    The message says what happened and to what; `hint` says what the reader can do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # Worker processes hand errors back pickled; the default forgets keyword arguments.
        return _rebuild, (type(self), str(self), self.hint)


class BadDocument(ReadingError):
    """The bytes are no document or picture we can read, or they are damaged."""


class TooLarge(BadDocument):
    """The document is beyond a limit: pages, pixels, bytes, entries or time."""


class Encrypted(BadDocument):
    """The document opens with a password only."""


class EngineUnavailable(ReadingError):
    """An engine, its language data, its weights or its endpoint is not there."""


class EngineFailed(ReadingError):
    """An engine that is there gave no answer: it timed out, or answered nonsense. Trying again may help."""


def _rebuild(kind: type[ReadingError], message: str, hint: str) -> ReadingError:
    return kind(message, hint=hint)
