"""The report of a job: one HTML file with its evidence inside, to send, print or keep."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader
from scout_common.blobs import BlobStore
from scout_common.errors import BlobMissing, ScoutError

from flows.store import Problem, Sighting
from scout_app.display import clock, short_names


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the report tells."""

    title: str
    state: str
    doubt: str  # the expected-false sentence
    min_probability: float
    sightings: Sequence[Sighting]
    problems: Sequence[Problem]


@dataclass(frozen=True, kw_only=True)
class _Medium:
    name: str
    kind: str
    path: str
    sightings: list[Sighting]


def write_report(path: Path, report: Report, blobs: BlobStore) -> None:
    """Write the report. Raises ScoutError where the file cannot be written."""
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(render(report, blobs))
    except OSError as error:
        raise ScoutError(f"cannot be written: {error.strerror}", subject=str(path)) from error


def render(report: Report, blobs: BlobStore) -> Iterable[str]:
    """The page in pieces, so that a thousand pictures are not in memory at once."""
    pages = Environment(loader=PackageLoader("scout_app"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters["clock"] = clock
    template = pages.get_template("report.html")
    names = short_names(sighting.name for sighting in report.sightings)
    media = [
        _Medium(name=names[rows[0].name], kind=rows[0].kind, path=path, sightings=rows)
        for path, rows in ((path, list(rows)) for path, rows in groupby(report.sightings, lambda s: s.media))
    ]
    return template.generate(
        report=report,
        media=media,
        names=names,
        products=sorted({s.product for s in report.sightings}),
        made=datetime.now(UTC).astimezone(),
        picture=lambda sha256: _inline(blobs, sha256),
    )


def _inline(blobs: BlobStore, sha256: str) -> str | None:
    """A stored picture as a data URI; None where it is gone (the report says so)."""
    try:
        data = blobs.get(sha256)
    except BlobMissing:
        return None
    return f"data:{_media_type(data)};base64,{base64.b64encode(data).decode('ascii')}"


def _media_type(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/png" if data[:4] == b"\x89PNG" else "image/jpeg"
