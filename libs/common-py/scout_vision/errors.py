"""What can go wrong with what we are given to look at."""

from __future__ import annotations


class VisionError(Exception):
    """The picture or the video cannot be used.

    The message says what happened and to what; `hint` says what the reader can do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # Worker processes hand errors back pickled; the default forgets keyword arguments.
        return _rebuild, (type(self), str(self), self.hint)


class BadImage(VisionError):
    """The bytes are no picture we can use."""


class BadMedia(VisionError):
    """The file is no video we can use, or it is damaged."""


def _rebuild(kind: type[VisionError], message: str, hint: str) -> VisionError:
    return kind(message, hint=hint)
