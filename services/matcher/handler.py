"""Matches keyframes against the catalogue, and joins what was found to sightings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scout_common.ids import match_id
from scout_common.work import Batch, Child
from scout_contracts.events import Event, MatchFramesReady, MatchRequest, MatchResult
from scout_contracts.stages import BY_NAME
from scout_vision.keypoints import Features
from scout_vision.matching import FrameMatcher, FrameResult
from scout_vision.proposals import Proposal
from scout_vision.result_codec import detection_to_json, encode_result
from scout_vision.tracking import FrameDetections, Track, TrackOptions, track

FRAMES_PER_COMMIT = 8
MATCHES_PER_EVENT = 4
CANDIDATES = 5
IDLE_DECOYS = 10
"""Decoys that are taken to have won nothing before this job said a word: where art is symmetric only a few take part,
and one win of one in three would else speak for a third of the catalogue."""


@dataclass(frozen=True, kw_only=True)
class FrameRow:
    """Everything found in one keyframe."""

    image_sha256: str
    result: bytes


@dataclass(frozen=True, kw_only=True)
class MatchRow:
    """A sighting, as the results show it."""

    id: str
    medium_id: str
    product_id: str | None
    family: list[str]
    start_s: float
    end_s: float
    best_s: float
    probability: float
    sibling_risk: float
    facings: int
    frames: int
    frame_sha256: str
    image_sha256: str
    detection: dict[str, Any]
    boxes: list[dict[str, Any]]
    signals: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class MediumRow:
    """What was said of a whole medium: its likeliest products, and the decoys that won a sighting."""

    medium_id: str
    candidates: list[dict[str, Any]]
    decoys: list[float]
    decoy_scale: float
    frames: int


@dataclass(frozen=True, kw_only=True)
class FrameInputs:
    """`known` frames were matched before with this very catalogue; features and images are loaded one by one.

    proposed: what the vectors of a frame's regions are nearest to; none where frames have no vectors.
    """

    known: frozenset[str]
    matcher: FrameMatcher
    features: Callable[[str], Features]
    image: Callable[[str], NDArray[np.uint8]]
    proposed: Callable[[str], Sequence[Proposal]] = lambda sha: ()


@dataclass(frozen=True, kw_only=True)
class SightingInputs:
    """A medium's matched keyframes in time order, and how to look between them.

    evidence: the job wants sightings proved; reading: and their labels read before."""

    job_id: str
    frames: Sequence[FrameDetections]
    refine: Callable[[list[Track]], list[Track]]
    decoy_scale: float
    keep_from: float
    evidence: bool
    reading: bool = False
    options: TrackOptions = field(default_factory=TrackOptions)


def handle(event: Event, inputs: Any) -> Iterator[Batch]:
    """Match a chunk of keyframes, or join a medium's detections."""
    if isinstance(event, MatchRequest):
        yield from match_frames(event, inputs)
    elif isinstance(event, MatchFramesReady):
        yield join_sightings(event, inputs)


def match_frames(event: MatchRequest, inputs: FrameInputs) -> Iterator[Batch]:
    """Match the keyframes that no earlier job matched with this catalogue."""
    missing = sorted({sha for _, sha in event.frames} - inputs.known)
    for start in range(0, len(missing), FRAMES_PER_COMMIT):
        part = missing[start : start + FRAMES_PER_COMMIT]
        yield Batch(rows=tuple(FrameRow(image_sha256=sha, result=_match(sha, inputs)) for sha in part))


def _match(sha: str, inputs: FrameInputs) -> bytes:
    found = inputs.matcher.match(inputs.features(sha), lambda: inputs.image(sha), inputs.proposed(sha))
    return encode_result(found)


def join_sightings(event: MatchFramesReady, inputs: SightingInputs) -> Batch:
    """Detections over keyframes become sightings; decoys are counted, real ones refined and kept."""
    tracks = track(inputs.frames, inputs.options)
    decoys = [round(found.probability, 6) for found in tracks if found.decoy]
    real = [found for found in tracks if not found.decoy]
    worth = inputs.refine([found for found in real if found.probability >= inputs.keep_from])
    rows = [_row(event.medium_id, inputs.job_id, found) for found in worth]
    summary = MediumRow(
        medium_id=event.medium_id,
        candidates=best_candidates(real, [frame.result for frame in inputs.frames]),
        decoys=decoys,
        decoy_scale=inputs.decoy_scale,
        frames=len(inputs.frames),
    )
    following = "region_text" if inputs.reading else "evidence_builder" if inputs.evidence else ""
    children = tuple(_following(following, event.medium_id, rows)) if following else ()
    return Batch(rows=(summary, *rows), children=children)


def decoy_scale(pictures: int, decoys: int) -> float:
    """How many chance matches of the catalogue's pictures one decoy's win stands for (posterior mean of a rate)."""
    return pictures / (decoys + IDLE_DECOYS)


def best_candidates(tracks: Sequence[Track], results: Sequence[FrameResult]) -> list[dict[str, Any]]:
    """The likeliest products of a medium: by their sightings first, else by their best frame."""
    best: dict[str, tuple[float, float]] = {}
    for result in results:
        for item in result.candidates:
            best[item.product] = max(best.get(item.product, (0.0, 0.0)), (item.probability, item.votes))
    seen: dict[str, float] = {}
    for found in tracks:
        if found.product is not None:
            seen[found.product] = max(seen.get(found.product, 0.0), found.probability)
    ranked = {name: (seen.get(name, p), votes) for name, (p, votes) in best.items()}
    ranked |= {name: (p, 0.0) for name, p in seen.items() if name not in ranked}
    order = sorted(ranked, key=lambda name: (-ranked[name][0], -ranked[name][1], name))
    return [{"product_id": name, "probability": round(ranked[name][0], 6)} for name in order[:CANDIDATES]]


def _row(medium_id: str, job_id: str, found: Track) -> MatchRow:
    what = found.product or "+".join(sorted(found.family))
    return MatchRow(
        id=match_id(job_id, medium_id, what, round(found.start_s * 1000)),
        medium_id=medium_id,
        product_id=found.product,
        family=sorted(found.family),
        start_s=found.start_s,
        end_s=found.end_s,
        best_s=found.best_s,
        probability=found.probability,
        sibling_risk=found.sibling_risk,
        facings=found.facings,
        frames=found.frames,
        frame_sha256=found.best_frame,
        image_sha256=found.best.image,
        detection=detection_to_json(found.best),
        boxes=[
            {
                "time_s": box.time_s,
                "frame": box.frame,
                "quad": [[round(float(x), 1), round(float(y), 1)] for x, y in box.quad],
                "inliers": box.inliers,
                "probability": round(box.probability, 4),
            }
            for box in found.boxes
        ],
        signals={name: round(float(value), 6) for name, value in found.signals.items()},
    )


def _following(stage: str, medium_id: str, rows: Sequence[MatchRow]) -> Iterator[Child]:
    ids = [row.id for row in rows]
    for start in range(0, len(ids), MATCHES_PER_EVENT):
        part = ids[start : start + MATCHES_PER_EVENT]
        result = MatchResult(medium_id=medium_id, match_ids=part)
        yield Child(stage=stage, key=part[0], event=result, state=BY_NAME[stage].first_state)
