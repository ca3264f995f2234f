"""Where files of OCR jobs come from and what was read of them goes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from scout_common.assets import Asset, drop_unregistered, keep_assets
from scout_common.errors import LeaseLost
from scout_common.fetch import FetchLimits, fetch
from scout_common.ledger.events import add_event
from scout_common.observations import Seen, observe
from scout_common.reader_process import pool_of
from scout_common.readers import chosen
from scout_common.readings import KeptReading, ReadingKey, find_results, keep_readings
from scout_common.settings import Settings
from scout_common.vault import settings_of
from scout_common.work import Resources, Unit
from scout_ocr.errors import BadDocument, EngineFailed, ReadingError
from scout_ocr.reading import Reading, ReadOptions
from scout_ocr.reading_codec import from_json, media_type_of, options_from_json
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.ocr.handler import SHADOW, FileRead, Inputs

OPTIONS = text("SELECT spec -> 'options' FROM job WHERE id = :job")

NOTE_FILE = text("""
    UPDATE ocr_file SET sha256 = :sha256, media_type = :media_type, bytes = :bytes, reading_id = :reading
    WHERE job_id = :job AND position = :position
""")


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Inputs]:
    """What the handler needs for one file. Raises ReadingError where no reader can be started."""
    with resources.engine.connect() as connection:
        asked = options_from_json(connection.execute(OPTIONS, {"job": unit.job_id}).scalar_one() or {})
        choice = chosen(connection, resources.settings, unit.tenant_id)
    in_shadow = unit.stage == SHADOW
    options = choice.shadows(asked, unit.payload["sha256"]) if in_shadow else choice.answers(asked)
    settings, pool = resources.settings, pool_of(resources)
    version = pool.about().version

    def remembered(sha256: str) -> str | None:
        key = ReadingKey(tenant=unit.tenant_id, sha256=sha256, options=options or asked, version=version)
        with resources.engine.connect() as connection:
            found = find_results(connection, [key]).get(sha256)
        return None if found is None else str(found["media_type"])

    def read(data: bytes) -> tuple[bytes, str, float]:
        try:
            done = pool.read(data, options or asked, timeout_s=settings.ocr_long_timeout_s)
        except (BadDocument, EngineFailed) as error:
            if isinstance(error, BadDocument) or unit.attempt >= settings.max_attempts:
                _note_failure(resources, unit, data, options or asked, error)
            raise
        return done.result, media_type_of(done.result), done.took_s

    kept: list[str] = []

    def keep(data: bytes) -> str:
        kept.append(resources.blobs.put(data, "application/octet-stream"))
        return kept[-1]

    try:
        yield Inputs(
            options=options,
            version=version,
            fetch=lambda url: fetched(url, settings),
            stored=resources.blobs.get,
            keep=keep,
            remembered=remembered,
            read=read,
            shadowed=lambda sha256: not in_shadow and choice.shadows(asked, sha256) is not None,
        )
    except LeaseLost:  # the task was cancelled or forgotten meanwhile: its file is not to stay
        drop_unregistered(resources.engine, resources.blobs, kept)
        raise


def fetched(url: str, settings: Settings) -> bytes:
    """The file of an address. Raises UrlRefused, FetchFailed, FetchInterrupted."""
    limits = replace(FetchLimits.for_images(settings), max_bytes=settings.max_upload_bytes, media_types=())
    return fetch(url, limits).data


def save(connection: Connection, unit: Unit, rows: tuple[FileRead, ...]) -> None:
    """Write what was read of a file, and tell observers; of the shadow's reading nobody is told."""
    for row in rows:
        key = ReadingKey(tenant=unit.tenant_id, sha256=row.sha256, options=row.options, version=row.version)
        if row.result:
            kept = KeptReading(key=key, result=row.result, took_s=row.took_s)
            keep_readings(connection, [kept], owner=unit.job_id)
            reading = from_json(json.loads(row.result))
            observe(connection, _seen(unit, row.name, row.sha256, row.options, reading), settings_of(connection))
        if unit.stage == SHADOW:
            continue
        asset = Asset(sha256=row.sha256, media_type=row.media_type, bytes=row.size)
        keep_assets(connection, tenant=unit.tenant_id, job=unit.job_id, assets=[asset])
        noted = {"job": unit.job_id, "position": row.position, "sha256": row.sha256, "media_type": row.media_type}
        connection.execute(NOTE_FILE, {**noted, "bytes": row.size, "reading": key.id})
        told = {"job_id": unit.job_id, "position": row.position, "name": row.name, "sha256": row.sha256}
        add_event(connection, unit.job_id, "ocr.completed", told)


def _seen(unit: Unit, name: str, sha256: str, options: ReadOptions, reading: Reading | None, error: str = "") -> Seen:
    return Seen(
        tenant=unit.tenant_id,
        owner=unit.job_id,
        job=unit.job_id,
        sha256=sha256,
        name=name,
        kind=options.kind,
        reader=options.engine,
        role="shadow" if unit.stage == SHADOW else "champion",
        reading=reading,
        error=error,
    )


def _note_failure(resources: Resources, unit: Unit, data: bytes, options: ReadOptions, error: ReadingError) -> None:
    """A file that cannot be read is for a person to look at, so it is stored where it was only fetched."""
    sha256 = resources.blobs.put(data, "application/octet-stream")
    asset = Asset(sha256=sha256, media_type="application/octet-stream", bytes=len(data))
    try:
        with resources.engine.begin() as connection:
            keep_assets(connection, tenant=unit.tenant_id, job=unit.job_id, assets=[asset])
            seen = _seen(unit, str(unit.payload.get("name", "")), sha256, options, None, str(error))
            observe(connection, seen, resources.settings)
    except DBAPIError:  # the task was forgotten meanwhile: no row speaks of the file
        drop_unregistered(resources.engine, resources.blobs, [sha256])
        raise
