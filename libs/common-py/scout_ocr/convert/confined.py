"""Parsing in a process of its own, which may die alone.

The child is a fresh interpreter (never a fork: nothing of ours is in its memory, and no variable of our environment),
kept between documents so that nobody waits for its imports twice. It is bounded by the kernel in memory and CPU time,
and killed when it keeps its parent waiting too long; the next document gets another. Pages come one at a time through a
pipe, so a long document never stands in memory whole; the child waits while a page is being read. What it sends may
name the few classes of `parts`, `words` and `errors`, no others: a parser that was taken over gains nothing by it.
Pixels come through the same pipe: 5 ms for a page of 200 dpi, against a second to read it.
"""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from multiprocessing.connection import Connection
from threading import Lock
from types import TracebackType
from typing import Any, get_args

from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parts import Block, ParsedPage, Pixels
from scout_ocr.errors import BadDocument, TooLarge
from scout_ocr.words import Page

_TRUSTED = frozenset(
    {("scout_ocr.convert.parts", kind.__name__) for kind in (ParsedPage, Pixels, *get_args(Block))}
    | {("scout_ocr.errors", name) for name in ("BadDocument", "TooLarge", "Encrypted", "_rebuild")}
    | {("scout_ocr.words", "Word")}
)
_START_S = 20.0  # for the imports of the first document, on a busy machine
_IDLE = 2  # children kept


class Confined:
    """Children that parse. Safe for threads: each document has a child of its own while it is being parsed."""

    def __init__(self) -> None:
        self._idle: list[_Child] = []
        self._lock = Lock()

    def __enter__(self) -> Confined:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def parse(self, data: bytes, media_type: str, limits: Limits, *, pictures: bool = False) -> Generator[ParsedPage]:
        """The pages of a document, as the child finds them. Raises BadDocument, TooLarge, Encrypted."""
        yield from self._asked("parse", data, media_type, limits, pictures)

    def searchable(self, data: bytes, media_type: str, pages: Sequence[Page], limits: Limits) -> bytes:
        """The document as PDF with the words of these pages. Raises BadDocument, TooLarge, Encrypted."""
        (written,) = self._asked("searchable", data, media_type, limits, pages)
        return bytes(written)

    def _asked(self, task: str, data: bytes, media_type: str, limits: Limits, rest: object) -> Iterator[Any]:
        child = self._taken()
        try:
            yield from child.answers((task, media_type, limits, rest), data, limits)
        finally:
            if child.busy:  # in the midst of a document, or dead
                child.end()
            else:
                self._put_back(child)

    def close(self) -> None:
        """End the children that wait."""
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.end()

    def _taken(self) -> _Child:
        with self._lock:
            child = self._idle.pop() if self._idle else None
        if child is not None and child.lives():
            return child
        return _Child()

    def _put_back(self, child: _Child) -> None:
        with self._lock:
            if len(self._idle) < _IDLE:
                self._idle.append(child)
                return
        child.end()


def shared() -> Confined:
    """The children of this process."""
    return _of_process(os.getpid())


@cache
def _of_process(process: int) -> Confined:
    """By process: a fork must not talk to its parent's children."""
    return Confined()


class _Child:
    """One process and the two pipes to it."""

    def __init__(self) -> None:
        asked, ask = os.pipe()
        answers, answered = os.pipe()
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "scout_ocr.convert.child", str(asked), str(answered)],
            pass_fds=(asked, answered),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": paths, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        os.close(asked)
        os.close(answered)
        self._requests = Connection(ask, readable=False)
        self._answers = Connection(answers, writable=False)
        self._patience = _START_S
        self.busy = False

    @property
    def process_id(self) -> int:
        return self._process.pid

    def lives(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._requests.close()
        self._answers.close()

    def answers(self, request: tuple[object, ...], data: bytes, limits: Limits) -> Iterator[Any]:
        left = limits.seconds + self._patience
        self._patience = 0.0
        self.busy = True
        try:
            self._requests.send_bytes(pickle.dumps(request, protocol=5))
            self._requests.send_bytes(data)
            while True:
                started = time.monotonic()
                kind, *found = self._answer(left, limits)
                left -= time.monotonic() - started
                if kind == "found":
                    yield found[0]
                    continue
                self.busy = False
                if kind == "error":
                    raise found[0]
                return
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise BadDocument(f"the document broke its parser ({self._death()})") from error

    def _answer(self, seconds: float, limits: Limits) -> Any:
        if not self._answers.poll(max(0.0, seconds)):
            raise TooLarge(f"the document is not parsed within {limits.seconds:.0f} s", hint="ask for fewer pages")
        return _Trusting(io.BytesIO(self._answers.recv_bytes())).load()

    def _death(self) -> str:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "no answer"
        return f"signal {-code}" if code < 0 else f"exit {code}"


class _Trusting(pickle.Unpickler):
    """Loads the classes that a page is made of."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _TRUSTED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a page")
