"""The process that parses: one document after the other, until its parent is gone. Started by `confined`.

Request: ("parse", media type, limits, whether pixels of PDF pages are wanted) or ("searchable", media type, limits,
read pages), then the document's bytes. Answers, one message each: ("found", ParsedPage or PDF) ..., then ("end",) or
("error", ReadingError).
"""

from __future__ import annotations

import pickle
import resource
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parsing import parse, searchable
from scout_ocr.errors import ReadingError, TooLarge

_SPARE_S = 5  # of CPU time, beyond what the parent waits: it acts first, if it lives


def main(requests: Connection, answers: Connection) -> None:
    """Work until the parent closes its end."""
    while True:
        try:
            request = pickle.loads(requests.recv_bytes())  # noqa: S301 - the parent's own
            data = requests.recv_bytes()
        except (EOFError, OSError):
            return
        for answer in _answers(data, *request):
            answers.send_bytes(answer)


def _answers(data: bytes, task: str, media_type: str, limits: Limits, rest: Any) -> Iterator[bytes]:
    """Ready to be sent: also that they do not fit into memory is an answer."""
    _bind(limits)
    try:
        if task == "searchable":
            yield _packed("found", searchable(data, media_type, rest, limits))
        else:
            for page in parse(data, media_type, limits, pictures=rest):
                yield _packed("found", page)
    except ReadingError as error:
        yield _packed("error", error)
    except MemoryError:
        yield _packed("error", TooLarge("the document needs more memory than it may have"))
    else:
        yield _packed("end")


def _packed(*answer: object) -> bytes:
    return pickle.dumps(answer, protocol=5)


def _bind(limits: Limits) -> None:
    """Memory, CPU time and files written, bounded by the kernel: also where the parent is gone and cannot kill."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + limits.seconds) + _SPARE_S
    for which, limit in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (limit if hard < 0 else min(limit, hard), hard))


if __name__ == "__main__":
    main(Connection(int(sys.argv[1]), writable=False), Connection(int(sys.argv[2]), readable=False))
