"""Short structured logs: time, level, who, what, and `key=value` of what was given as `extra`."""

import logging
import sys
from typing import TextIO

_PLAIN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class KeyValueFormatter(logging.Formatter):
    """`12:01:07 WARNING keeper: units were lost units=3`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(short)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        record.short = record.name.removeprefix("scout_common.").removeprefix("services.")
        line = super().format(record)
        extras = " ".join(
            f"{key}={_shown(value)}" for key, value in vars(record).items() if key not in {*_PLAIN, "short"}
        )
        first, *rest = line.split("\n")
        return "\n".join([f"{first} {extras}".rstrip(), *rest])


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Log to `stream` (standard error); called once per process, by scout_app and by a worker's start."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(KeyValueFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("alembic", "httpx", "httpcore", "asyncio", "faiss", "botocore", "urllib3"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    for told_by_us in ("aiormq", "aio_pika"):  # a lost connection, in one line where they need forty
        logging.getLogger(told_by_us).setLevel(logging.CRITICAL)


def _shown(value: object) -> str:
    text = str(value)
    return repr(text) if not text or any(c.isspace() for c in text) else text
