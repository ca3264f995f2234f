"""Lines that were read in stored pictures (labels of products, signs in keyframes), remembered as readings."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.reading import Kind, Reading, ReadOptions
from scout_ocr.reading_codec import from_json
from scout_ocr.spotting import Spotter
from scout_ocr.words import Page
from sqlalchemy import Connection

from scout_common.readings import KeptReading, ReadingKey, find_results, keep_readings
from scout_common.work import Resources

CHUNK = 500


def spotter_of(resources: Resources) -> Spotter:
    """The reader of a worker process; its networks are opened when it first reads. One thread: a worker per core."""
    if "spotter" not in resources.memory:
        resources.memory["spotter"] = Spotter(RapidEngine(threads=1))
    spotter: Spotter = resources.memory["spotter"]
    return spotter


@cache
def version() -> str:
    """What readings of this release are remembered under; told without opening a network."""
    return Spotter(RapidEngine(threads=1)).version


def options_of(kind: Kind) -> ReadOptions:
    """How stored pictures are read."""
    return ReadOptions(kind=kind, engine="rapidocr", quality="fast", barcodes=False, fields=False)


def find_pages(connection: Connection, kind: Kind, shas: Sequence[str], tenant: str) -> Iterator[tuple[str, Page]]:
    """(sha256, page) of those pictures that were read."""
    for start in range(0, len(shas), CHUNK):
        keys = [_key(kind, sha, tenant) for sha in shas[start : start + CHUNK]]
        for sha, result in find_results(connection, keys).items():
            yield sha, from_json(result).pages[0]


def keep_pages(connection: Connection, pages: Iterable[tuple[str, Kind, Page]], *, tenant: str, job: str) -> None:
    """Remember (sha256, kind, page) of pictures."""
    kept = [KeptReading.of(_key(kind, sha, tenant), _reading(page, kind)) for sha, kind, page in pages]
    keep_readings(connection, kept, owner=job)


def _key(kind: Kind, sha256: str, tenant: str) -> ReadingKey:
    return ReadingKey(tenant=tenant, sha256=sha256, options=options_of(kind), version=version())


def _reading(page: Page, kind: Kind) -> Reading:
    engines = (("rapidocr", version()),)
    return Reading(
        media_type="image/jpeg", kind=kind, pages=(page,), text=page.text, markdown=page.text, engines=engines
    )
