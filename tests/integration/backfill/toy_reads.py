"""A reader of texts that counts and fails as it is told, and backfills with it."""

from collections import Counter
from typing import Any

from scout_common.work import Resources
from scout_ocr.fields import Field
from scout_ocr.reading import Reading, ReadOptions
from scout_ocr.reading_codec import dump
from sqlalchemy import text

from services.backfill import store
from services.backfill.items import Source, Wanted
from services.backfill.store import Ended
from services.backfill.work import Backfill, Plan, Watch


class Reads:
    """Reads texts; counts how often each was read."""

    def __init__(self) -> None:
        self.count: Counter[bytes] = Counter()
        self.engines: Counter[str] = Counter()
        self.fails: dict[bytes, list[Exception | None]] = {}
        self.names: dict[bytes, str] = {}

    def __call__(self, data: bytes, options: ReadOptions) -> tuple[bytes, float]:
        self.count[data] += 1
        self.engines[options.engine] += 1
        if self.fails.get(data) and (error := self.fails[data].pop(0)):
            raise error
        field = Field(
            name=self.names.get(data, "total"),
            value=data.decode(),
            confidence=0.9 if b"sure" in data else 0.2,
            rule="r",
            engine="e",
        )
        reading = Reading(
            media_type="text/plain",
            kind="receipt",
            pages=(),
            text=data.decode(),
            markdown=f"# {data.decode()}",
            fields=(field,),
            engines=(("e", "1"),),
        )
        return dump(reading), 0.01


def plan(source: Source, **more: Any) -> Plan:
    return Plan(**{"source": source, "wanted": Wanted(), "options": ReadOptions(), "version": "v1", **more})


def run(resources: Resources, wanted: Plan, reads: Reads, **more: Any) -> list[Ended]:
    told: list[Ended] = []
    with store.opened(resources.engine, wanted.source.name, wanted.as_json(), **more) as held:
        Backfill(resources, wanted, held, reads, Watch(ended=told.append)).work()
    return told


def names(source: Source, **wanted: Any) -> list[str]:
    return [item.name for page in source.pages(None, Wanted(**wanted)) for item in page.items]


def rows(resources: Resources, sql: str) -> list[Any]:
    with resources.engine.connect() as connection:
        return list(connection.execute(text(sql)).all())
