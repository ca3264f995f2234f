"""The events that carry work: one frozen class per event and version, its CloudEvents type beside it.

A unit's payload is the event's data. Events carry ids and blob keys, never pixels or vectors.
A published version is never edited: add another.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events; `type` is the CloudEvents type, `version` names the JSON Schema."""

    type: ClassVar[str]
    version: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class ProductsCollectRequestV1(Event):
    """Read a catalogue: a local file or folder, or an http(s) URL of a file."""

    type: ClassVar[str] = "products.collect.request"
    source: str
    strict: bool = False


@dataclass(frozen=True, kw_only=True)
class ProductsCollectRequest(Event):
    """Read a catalogue: a local file, folder or feed, or an http(s) URL of one; with a query, what it finds in it."""

    type: ClassVar[str] = "products.collect.request"
    version: ClassVar[int] = 2
    source: str
    strict: bool = False
    query: str = ""


@dataclass(frozen=True, kw_only=True)
class ProductsImagesReady(Event):
    """One prepared product picture is stored."""

    type: ClassVar[str] = "products.images.ready"
    product_id: str
    image_sha256: str


@dataclass(frozen=True, kw_only=True)
class VideosSearchRequest(Event):
    """Take in one medium (file, photo or URL); with a segment, sample that part of a probed video."""

    type: ClassVar[str] = "videos.search.request"
    uri: str
    name: str
    medium_id: str | None = None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class VideosKeyframesReady(Event):
    """At most 32 keyframes of one medium are stored; each frame is [time_s, image sha256]."""

    type: ClassVar[str] = "videos.keyframes.ready"
    medium_id: str
    frames: list[list[Any]] = field(
        metadata={
            "schema": {
                "maxItems": 32,
                "items": {
                    "type": "array",
                    "prefixItems": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^[0-9a-f]{64}$"}],
                    "minItems": 2,
                    "maxItems": 2,
                },
            }
        }
    )


@dataclass(frozen=True, kw_only=True)
class FramesSearchRequest(Event):
    """Choose the stored keyframes of one medium that are nearest to the catalogue's pictures (opened by a barrier)."""

    type: ClassVar[str] = "frames.search.request"
    medium_id: str
    nearest: int


@dataclass(frozen=True, kw_only=True)
class FeaturesReady(Event):
    """The catalogue's features and vectors are stored: index them (opened by a barrier)."""

    type: ClassVar[str] = "features.ready"


@dataclass(frozen=True, kw_only=True)
class MatchRequest(Event):
    """Find the catalogue's products in at most 32 keyframes of one medium (opened by a barrier)."""

    type: ClassVar[str] = "match.request"
    medium_id: str
    frames: list[list[Any]] = field(
        metadata={
            "schema": {
                "maxItems": 32,
                "items": {
                    "type": "array",
                    "prefixItems": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^[0-9a-f]{64}$"}],
                    "minItems": 2,
                    "maxItems": 2,
                },
            }
        }
    )


@dataclass(frozen=True, kw_only=True)
class MatchFramesReady(Event):
    """Every keyframe of one medium is matched: join the detections to sightings (opened by a barrier)."""

    type: ClassVar[str] = "match.frames.ready"
    medium_id: str


@dataclass(frozen=True, kw_only=True)
class MatchResult(Event):
    """Sightings of one medium are stored: draw their evidence (at most 16 per event)."""

    type: ClassVar[str] = "match.result"
    medium_id: str
    match_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class SignsRequest(Event):
    """Read the signs in the stored keyframes of one medium from start to end; a photo has 0 and 0."""

    type: ClassVar[str] = "signs.request"
    medium_id: str
    start_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True)
class BoothsRequest(Event):
    """All sightings are found and all signs read: say at which booth each sighting stood (opened by a barrier)."""

    type: ClassVar[str] = "booths.request"


@dataclass(frozen=True, kw_only=True)
class BoothsResolved(Event):
    """Booths of sightings are known or have changed: name them on the evidence (at most 16 per event)."""

    type: ClassVar[str] = "booths.resolved"
    medium_id: str
    match_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class OcrRequest(Event):
    """Read one file of an OCR job: a stored one by its sha256, else that of an address."""

    type: ClassVar[str] = "ocr.request"
    position: int
    name: str
    sha256: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class NotifyRequest(Event):
    """Tell an address of an event of a job, by a signed webhook; `about` is that event's type, `data` its data."""

    type: ClassVar[str] = "notify.request"
    url: str
    about: str
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class OcrCompleted(Event):
    """A file of an OCR job was read. For observers."""

    type: ClassVar[str] = "ocr.completed"
    job_id: str
    position: int
    name: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class OcrFailed(Event):
    """A file of an OCR job could not be read. For observers."""

    type: ClassVar[str] = "ocr.failed"
    job_id: str
    position: int
    name: str
    message: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class MatchResultEnriched(Event):
    """Sightings have their evidence. For observers: no unit waits for it."""

    type: ClassVar[str] = "match.result.enriched"
    medium_id: str
    match_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class ProductCreated(Event):
    """A product that no catalogue brought: labels told of it, and a person, or a high confidence, accepted it.

    For observers. `fields`: title, brand, category, price, currency, barcode, as far as they are known."""

    type: ClassVar[str] = "product.created"
    product_id: str
    sku: str
    fields: dict[str, Any]
    proposal_id: str
    accepted_by: str


@dataclass(frozen=True, kw_only=True)
class ProductUpdated(Event):
    """A product learnt something from a label that it did not know. For observers. `fields`: only those."""

    type: ClassVar[str] = "product.updated"
    product_id: str
    sku: str
    fields: dict[str, Any]
    proposal_id: str
    accepted_by: str


@dataclass(frozen=True, kw_only=True)
class JobChanged(Event):
    """A job started, progressed or ended. For observers: `type` is one of the job.* names."""

    type: ClassVar[str] = "job.progress"
    job_id: str
    state: str
    stages: dict[str, dict[str, int]]


OBSERVED_EVENTS: dict[str, type[Event]] = {
    ProductCreated.type: ProductCreated,
    ProductUpdated.type: ProductUpdated,
    MatchResultEnriched.type: MatchResultEnriched,
    OcrCompleted.type: OcrCompleted,
    OcrFailed.type: OcrFailed,
    **{f"job.{change}": JobChanged for change in ("started", "progress", "completed", "failed", "cancelled")},
}

WORK_EVENTS: tuple[type[Event], ...] = (
    ProductsCollectRequest,
    ProductsImagesReady,
    VideosSearchRequest,
    VideosKeyframesReady,
    FeaturesReady,
    FramesSearchRequest,
    MatchRequest,
    MatchFramesReady,
    MatchResult,
    SignsRequest,
    BoothsRequest,
    BoothsResolved,
    OcrRequest,
    NotifyRequest,
)

EARLIER_EVENTS: tuple[type[Event], ...] = (ProductsCollectRequestV1,)
"""Versions that are read but no longer written: a service of an earlier release may still send them."""
