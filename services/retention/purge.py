"""The purge: what the rules make due goes, then everything that nobody needs any more, blobs last."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from scout_common.blobs import BlobStore
from scout_common.needs import lost_keys, lost_words
from scout_common.sampling import strip_key
from scout_common.work import Resources
from sqlalchemy import Connection

from services.retention import store
from services.retention.rules import cutoffs

JOB_KINDS = ("ocr", "match")


@dataclass
class Removed:
    """What went, or would go: counts by kind, files and their bytes. waiting: jobs run, so that files whose last use
    is less than an hour ago stay until the next purge."""

    counts: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    waiting: bool = False


def purge(
    resources: Resources, rules: Mapping[str, int], *, job: UUID | None = None, now: bool = False, dry_run: bool = False
) -> Removed:
    """Remove what is due. job: this one too, whatever its age. now: no file waits. Raises ScoutError.

    dry_run: everything is done in one transaction that is taken back, and no blob is touched."""
    engine, removed = resources.engine, Removed()
    if dry_run:
        with store.never(engine) as connection:
            _all(lambda: nullcontext(connection), None, rules, job, now, removed)
        return removed
    _all(engine.begin, resources.blobs, rules, job, now, removed)
    return removed


Begin = Callable[[], AbstractContextManager[Connection]]


def _all(
    begin: Begin, blobs: BlobStore | None, rules: Mapping[str, int], job: UUID | None, now: bool, removed: Removed
) -> None:
    _due(begin, blobs, rules, job, removed)
    with begin() as connection:
        removed.waiting = not now and store.active_jobs(connection) > 0
        store.mark_unneeded(connection)
    while _media(begin, blobs, removed):
        pass
    while _assets(begin, blobs, removed):
        pass
    with begin() as connection:
        keys = store.lost_indexes(connection)
        removed.counts["indexes"] += len(keys)
        _delete(blobs, keys)
        removed.counts["keys"] += lost_keys(connection)
        removed.counts["words"] += lost_words(connection)


def _due(begin: Begin, blobs: BlobStore | None, rules: Mapping[str, int], job: UUID | None, removed: Removed) -> None:
    for kind, before in cutoffs(rules, datetime.now(UTC)).items():
        while gone := _due_of(begin, blobs, kind, before):
            removed.counts[kind] += gone
            if kind not in JOB_KINDS:
                break
    if job is not None:
        with begin() as connection:
            removed.counts["job"] += store.remove_job(connection, job)


def _due_of(begin: Begin, blobs: BlobStore | None, kind: str, before: datetime) -> int:
    """One step of one kind."""
    with begin() as connection:
        if kind in JOB_KINDS:
            return store.remove_jobs(connection, kind, before)
        if kind == "backfill":
            return store.remove_backfills(connection, before)
        if kind == "upload":
            count, keys = store.remove_uploads(connection, before)
            _delete(blobs, keys)
            return count
        return store.remove_due(connection, kind, before)


def _media(begin: Begin, blobs: BlobStore | None, removed: Removed) -> int:
    with begin() as connection:
        count, strips, keys = store.lost_media(connection)
        _delete(blobs, (*keys, *(strip_key(*strip) for strip in strips)))
    removed.counts["media"] += count
    return count


def _assets(begin: Begin, blobs: BlobStore | None, removed: Removed) -> int:
    """Blobs go before their rows are committed: whoever is interrupted here finds the rows again, and goes on."""
    with begin() as connection:
        shas, more, size = store.lost_assets(connection, now=not removed.waiting)
        _delete(blobs, (*shas, *more))
    removed.counts["files"] += len(shas)
    removed.bytes += size
    return len(shas)


def _delete(blobs: BlobStore | None, keys: Iterable[str]) -> None:
    if blobs is not None:
        for key in keys:
            blobs.delete(key)
