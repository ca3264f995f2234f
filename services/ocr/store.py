"""Where files of OCR jobs come from and what was read of them goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from scout_common.assets import Asset, keep_assets
from scout_common.fetch import FetchLimits, fetch
from scout_common.ledger.events import add_event
from scout_common.reader_process import pool_of
from scout_common.readers import chosen
from scout_common.readings import KeptReading, ReadingKey, find_results, keep_readings
from scout_common.settings import Settings
from scout_common.work import Resources, Unit
from scout_ocr.reading_codec import media_type_of, options_from_json
from sqlalchemy import Connection, text

from services.ocr.handler import FileRead, Inputs

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
        options = chosen(connection, resources.settings, unit.tenant_id).answers(asked)
    settings, pool = resources.settings, pool_of(resources)
    version = pool.about().version

    def remembered(sha256: str) -> str | None:
        key = ReadingKey(tenant=unit.tenant_id, sha256=sha256, options=options, version=version)
        with resources.engine.connect() as connection:
            found = find_results(connection, [key]).get(sha256)
        return None if found is None else str(found["media_type"])

    def read(data: bytes) -> tuple[bytes, str, float]:
        done = pool.read(data, options, timeout_s=settings.ocr_long_timeout_s)
        return done.result, media_type_of(done.result), done.took_s

    yield Inputs(
        options=options,
        version=version,
        fetch=lambda url: fetched(url, settings),
        stored=resources.blobs.get,
        keep=lambda data: resources.blobs.put(data, "application/octet-stream"),
        remembered=remembered,
        read=read,
    )


def fetched(url: str, settings: Settings) -> bytes:
    """The file of an address. Raises UrlRefused, FetchFailed, FetchInterrupted."""
    limits = replace(FetchLimits.for_images(settings), max_bytes=settings.max_upload_bytes, media_types=())
    return fetch(url, limits).data


def save(connection: Connection, unit: Unit, rows: tuple[FileRead, ...]) -> None:
    """Write what was read of a file, and tell observers."""
    for row in rows:
        key = ReadingKey(tenant=unit.tenant_id, sha256=row.sha256, options=row.options, version=row.version)
        asset = Asset(sha256=row.sha256, media_type=row.media_type, bytes=row.size)
        keep_assets(connection, tenant=unit.tenant_id, job=unit.job_id, assets=[asset])
        if row.result:
            kept = KeptReading(key=key, result=row.result, took_s=row.took_s)
            keep_readings(connection, [kept], owner=unit.job_id)
        noted = {"job": unit.job_id, "position": row.position, "sha256": row.sha256, "media_type": row.media_type}
        connection.execute(NOTE_FILE, {**noted, "bytes": row.size, "reading": key.id})
        told = {"job_id": unit.job_id, "position": row.position, "name": row.name, "sha256": row.sha256}
        add_event(connection, unit.job_id, "ocr.completed", told)
