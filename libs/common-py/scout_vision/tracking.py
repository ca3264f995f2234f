"""Detections over keyframes become sightings: one product, in view from here to there.

sightings = track([FrameDetections(time_s, sha256, result), ...])
sightings = following.refine_ends(sightings, keyframe_times, reader.greys)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scout_vision import probability
from scout_vision.matching import Detection, FrameResult


@dataclass(frozen=True, kw_only=True)
class TrackOptions:
    """least_probability: weaker detections are not followed. missed: keyframes in a row that may lack the product
    within one sighting, if they span no more than gap_s seconds."""

    least_probability: float = 0.1
    missed: int = 1
    gap_s: float = 4.5


@dataclass(frozen=True, eq=False)
class FrameDetections:
    """What was found in one keyframe. frame: sha256 of its picture."""

    time_s: float
    frame: str
    result: FrameResult


@dataclass(frozen=True, eq=False)
class TrackBox:
    """Where the product is in one keyframe. quad: (4, 2) float32 pixels."""

    time_s: float
    frame: str
    quad: NDArray[np.float32]
    inliers: int
    probability: float


@dataclass(frozen=True, eq=False)
class Track:
    """A sighting. product is None where `family` could not be told apart in any frame.

    start_s, end_s: first and last time in view, equal in a photo. boxes: all instances of all keyframes, in order
    of time; detections: the same with all their points, as (time_s, detection). facings: most instances at once.
    frames: keyframes with the product. signals: those of the best detection, and "frames".
    """

    product: str | None
    family: tuple[str, ...]
    decoy: bool
    start_s: float
    end_s: float
    best_s: float
    best_frame: str
    best: Detection
    boxes: tuple[TrackBox, ...]
    facings: int
    frames: int
    probability: float
    signals: Mapping[str, float]
    sibling_risk: float
    detections: tuple[tuple[float, Detection], ...]


@dataclass
class _Open:
    """A sighting under construction: `seen` is (keyframe number, frame, detections of this product in it)."""

    decoy: bool
    product: str | None
    family: frozenset[str]
    seen: list[tuple[int, FrameDetections, list[Detection]]] = field(default_factory=list)

    def add(self, number: int, frame: FrameDetections, detection: Detection) -> None:
        if not self.seen or self.seen[-1][0] != number:
            self.seen.append((number, frame, []))
        self.seen[-1][2].append(detection)

    def distance(self, detection: Detection) -> float:
        """Pixels from where the product was last, for ties between sightings."""
        return min(float(np.linalg.norm(d.quad.mean(axis=0) - detection.quad.mean(axis=0))) for d in self.seen[-1][2])


def track(frames: Sequence[FrameDetections], options: TrackOptions | None = None) -> list[Track]:
    """Join the detections of a medium's keyframes to sightings, ordered by start, then product.

    A product missing in `missed` successive keyframes goes on; missing longer it ends and may begin anew. A tie
    between siblings (a detection with a family) joins the sighting of a member, and a tied sighting takes the name
    of the first member that a later frame decides for. Decoys are joined alike.
    """
    options = options or TrackOptions()
    live: list[_Open] = []
    done: list[_Open] = []
    for number, frame in enumerate(sorted(frames, key=lambda f: (f.time_s, f.frame))):
        ended = [t for t in live if not _reaches(t, number, frame.time_s, options)]
        live = [t for t in live if t not in ended]
        done += ended
        for detection in _in_order(frame.result.detections, options.least_probability):
            home = _home(live, detection)
            if home is None:
                home = _begin(detection)
                live.append(home)
            _name(home, detection)
            home.add(number, frame, detection)
    return sorted((_finish(t) for t in done + live), key=_order)


def _reaches(found: _Open, number: int, time_s: float, options: TrackOptions) -> bool:
    last, frame, _ = found.seen[-1]
    missed = number - last - 1
    return missed <= 0 or (missed <= options.missed and time_s - frame.time_s <= options.gap_s)


def _in_order(detections: Sequence[Detection], least: float) -> list[Detection]:
    """Decided ones first, so that ties meet the sightings that can decide them; then the best first."""
    worth = [d for d in detections if d.probability >= least]
    return sorted(worth, key=lambda d: (bool(d.family), -d.probability, d.product, tuple(d.quad.ravel().tolist())))


def _home(live: Sequence[_Open], detection: Detection) -> _Open | None:
    """The open sighting that this detection continues: of the same product, else of a tie that holds it."""
    names = _names(detection)
    alike = [t for t in live if t.decoy == detection.decoy]
    same = [t for t in alike if t.product is not None and t.product in names]
    tied = [t for t in alike if t.product is None and t.family & names]
    for found in (same, tied):
        if found:
            return min(found, key=lambda t: t.distance(detection))
    return None


def _names(detection: Detection) -> frozenset[str]:
    return frozenset(detection.family) if detection.family else frozenset((detection.product,))


def _decided(detection: Detection) -> str | None:
    return None if detection.family else detection.product


def _begin(detection: Detection) -> _Open:
    return _Open(detection.decoy, _decided(detection), frozenset(detection.family))


def _name(found: _Open, detection: Detection) -> None:
    """Narrow a tied sighting by what this frame says."""
    if found.product is None:
        found.family = found.family & _names(detection) or found.family
        if len(found.family) == 1:
            found.product = next(iter(found.family))


def _finish(found: _Open) -> Track:
    per_frame = [(frame, max(found_here, key=_strength)) for _, frame, found_here in found.seen]
    # Where a frame decided, it shows more than one that could not.
    decided = [item for item in per_frame if found.product in (None, _decided(item[1]))] or per_frame
    best_frame, best = max(decided, key=lambda item: _strength(item[1]))
    boxes = tuple(
        TrackBox(f.time_s, f.frame, d.quad, int(d.signals.get("inliers", len(d.frame_points))), d.probability)
        for _, f, found_here in found.seen
        for d in sorted(found_here, key=lambda d: tuple(d.quad.mean(axis=0).tolist()))
    )
    times = [frame.time_s for frame, _ in per_frame]
    return Track(
        product=found.product,
        family=() if found.product is not None else tuple(sorted(found.family)),
        decoy=found.decoy,
        start_s=min(times),
        end_s=max(times),
        best_s=best_frame.time_s,
        best_frame=best_frame.frame,
        best=best,
        boxes=boxes,
        facings=max(len(found_here) for _, _, found_here in found.seen),
        frames=len(per_frame),
        probability=probability.combine([d for _, d in per_frame]),
        signals={**best.signals, "frames": float(len(per_frame))},
        sibling_risk=_risk(found),
        detections=tuple((f.time_s, d) for _, f, found_here in found.seen for d in found_here),
    )


def _risk(found: _Open) -> float:
    """That a sibling was right: the least of what decided. Where only ties left one name, all must have erred."""
    every = [d for _, _, found_here in found.seen for d in found_here]
    decided = [d.sibling_risk for d in every if _decided(d) is not None]
    return min(decided) if decided else float(np.prod([d.sibling_risk for d in every]))


def _strength(detection: Detection) -> tuple[float, float, tuple[float, ...]]:
    return detection.probability, detection.signals.get("inliers", 0.0), tuple(detection.quad.ravel().tolist())


def _order(found: Track) -> tuple[float, bool, str, float]:
    return found.start_s, found.decoy, found.product or "+".join(found.family), found.end_s
