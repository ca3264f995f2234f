"""How long a product stays in view around the keyframes that show it: its points are followed from frame to frame.

Following (Lucas and Kanade 1981, forward and back) costs milliseconds where matching anew costs hundreds, and it
bears the partial views and steep angles that matching does not. In view means: `least_share` of the outline is
inside the frame, the outline is `least_height` of the frame high (or was recognised smaller), and enough of its
points are still seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby, islice

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.frames import GreyFrame
from scout_vision.matching import Detection
from scout_vision.outvoting import Landing, outvoted
from scout_vision.tracking import Track

Look = Callable[[Sequence[float]], Iterable[GreyFrame]]
"""The frames nearest to ascending times, reduced (FrameReader.greys)."""

Points = NDArray[np.float32]

_BACK_ERROR = 1.5  # pixels of the reduced frame by which following there and back may miss
_FIT_ERROR = 3.0
_CORNERS = 32
_THREADS = (
    2  # this is the last work on a long video: other cores have nothing else to do, and OpenCV lets go of the GIL
)
_AT_ONCE = 32
_ENOUGH = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 0.03)


@dataclass(frozen=True, kw_only=True)
class FollowOptions:
    """step_s: how finely the ends are looked for. reach_s: how far from a keyframe at most."""

    step_s: float = 0.15
    reach_s: float = 4.0
    least_share: float = 0.6
    least_height: float = 0.1
    least_points: int = 6
    least_kept: float = 0.3


@dataclass(frozen=True, eq=False)
class _End:
    """One end of a track: from `anchor_s`, where `detection` is, towards `limit_s`."""

    track: int
    anchor_s: float
    limit_s: float
    detection: Detection

    @property
    def span(self) -> tuple[float, float]:
        return min(self.anchor_s, self.limit_s), max(self.anchor_s, self.limit_s)


@dataclass(frozen=True, eq=False)
class Followed:
    """until_s: up to where the product is in view without a break. outline: (4, 2) where it then is, in pixels of the
    full frame. to_the_end: it was still in view in the last frame given."""

    until_s: float
    outline: Points
    to_the_end: bool


def refine_ends(
    tracks: Sequence[Track], times: Sequence[float], look: Look, options: FollowOptions | None = None
) -> list[Track]:
    """The tracks with start_s and end_s moved to where the product comes into view and leaves it.

    A track whose product, followed to the next keyframe, lies where a far better founded track has another product is
    dropped: one thing cannot be two, and the few frames that took it for its sibling are outvoted.

    times: of all keyframes of the medium. look is called once, with ascending times, so that one pass over the
    video serves all tracks; no more than a few seconds of reduced frames are held. Not for photos.
    """
    options = options or FollowOptions()
    ends = sorted(_ends(tracks, sorted(times), options), key=lambda e: (e.span[1], e.span[0], e.track))
    refined = {i: [t.start_s, t.end_s] for i, t in enumerate(tracks)}
    landings = []
    for end, found in _followed_all(_with_frames(ends, look, options), options):
        if found is not None:
            low, high = refined[end.track]
            refined[end.track] = [min(low, found.until_s), max(high, found.until_s)]
            if found.to_the_end:
                landings.append(Landing(end.track, end.limit_s, found.outline))
    beaten = outvoted(tracks, landings)
    return [
        replace(t, start_s=round(refined[i][0], 3), end_s=round(refined[i][1], 3))
        for i, t in enumerate(tracks)
        if i not in beaten
    ]


def _followed_all(
    ends: Iterator[tuple[_End, list[GreyFrame]]], options: FollowOptions
) -> Iterator[tuple[_End, Followed | None]]:
    """The ends with what following them gave. Of several instances at one end, the surest first, no more are followed
    once one was seen to the limit: none goes on for longer."""
    alike = (list(same) for _, same in groupby(ends, key=lambda item: (item[0].track, item[0].span)))
    with ThreadPoolExecutor(_THREADS) as threads:
        while part := list(islice(alike, _AT_ONCE)):
            for found in threads.map(lambda same: _followed_until_seen(same, options), part):
                yield from found


def _followed_until_seen(
    ends: Sequence[tuple[_End, list[GreyFrame]]], options: FollowOptions
) -> list[tuple[_End, Followed | None]]:
    found: list[tuple[_End, Followed | None]] = []
    for end, frames in sorted(ends, key=lambda item: -item[0].detection.probability):
        found.append((end, follow(end.detection, frames, options)))
        last = found[-1][1]
        if last is not None and last.to_the_end:
            break
    return found


def follow(detection: Detection, frames: Sequence[GreyFrame], options: FollowOptions) -> Followed | None:
    """Follow a product outwards from its keyframe for as long as it is in view without a break.

    frames: the first is the keyframe of the detection; they may go back in time. None where it cannot be followed.
    """
    if len(frames) < 2:
        return None
    first = frames[0]
    outline = detection.quad * first.scale
    start = _corners(first.grey, outline, detection.frame_points * first.scale)
    if len(start) < options.least_points:
        return None
    origin, points, last, here = start, start, first, outline
    for frame in frames[1:]:
        points, kept = _followed(last.grey, frame.grey, points)
        origin = origin[kept]
        place, fits = _place(origin, points, outline)
        origin, points = origin[fits], points[fits]
        enough = len(points) >= max(options.least_points, options.least_kept * len(start))
        if place is None or not enough or not _in_view(place, outline, frame.grey.shape, options):
            return Followed((last.time_s + frame.time_s) / 2, here / last.scale, False)  # it went in between
        last, here = frame, place
    return Followed(last.time_s, here / last.scale, True)


def share_inside(outline: Points, width: int, height: int) -> float:
    """Part of an outline's area (4, 2) that lies inside a frame, 0..1."""
    area = float(cv2.contourArea(outline.astype(np.float32)))
    if area <= 0:
        return 0.0
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    common, _ = cv2.intersectConvexConvex(outline.astype(np.float32), frame)
    return float(common) / area


def _ends(tracks: Sequence[Track], times: Sequence[float], options: FollowOptions) -> Iterator[_End]:
    for number, found in enumerate(tracks):
        for side, at_s in ((-1, found.start_s), (1, found.end_s)):
            beyond = [t for t in times if (t - at_s) * side > 1e-6]
            nearest = min(beyond, key=lambda t: abs(t - at_s), default=at_s + side * options.reach_s)
            limit_s = max(0.0, min(at_s + options.reach_s, max(at_s - options.reach_s, nearest)))
            for time_s, detection in found.detections:
                if abs(time_s - at_s) < 1e-6:
                    yield _End(number, at_s, limit_s, detection)


def _with_frames(ends: Sequence[_End], look: Look, options: FollowOptions) -> Iterator[tuple[_End, list[GreyFrame]]]:
    """Each end with its frames from the anchor outwards, in one pass; frames no end needs any more are dropped.

    ends: ordered by the later side of their span.
    """
    wanted = sorted({t for end in ends for t in _steps(end, options.step_s)})
    held: list[tuple[float, GreyFrame]] = []
    coming = zip(wanted, look(wanted), strict=False)
    for number, end in enumerate(ends):
        low, high = end.span
        while not held or held[-1][0] < high - 1e-9:
            item = next(coming, None)
            if item is None:
                break
            held.append(item)
        needed = min(e.span[0] for e in ends[number:])
        held = [item for item in held if item[0] >= needed - 1e-9]
        mine = [frame for at_s, frame in held if low - 1e-9 <= at_s <= high + 1e-9]
        yield end, mine if end.limit_s > end.anchor_s else mine[::-1]


def _steps(end: _End, step_s: float) -> list[float]:
    """Anchor and limit, and the multiples of step_s between them: on a grid, so that ends share frames."""
    low, high = end.span
    grid = np.arange(np.ceil(low / step_s), np.floor(high / step_s) + 1) * step_s
    return [end.anchor_s, end.limit_s, *(float(t) for t in grid if min(t - low, high - t) > step_s / 4)]


def _corners(grey: NDArray[np.uint8], outline: Points, inliers: Points) -> Points:
    """(N, 2) points worth following on the product: its matched points, and corners inside its outline."""
    height, width = grey.shape
    inside = np.zeros_like(grey)
    cv2.fillConvexPoly(inside, np.round(outline).astype(np.int32), 255)
    for x, y in inliers:
        cv2.circle(inside, (round(float(x)), round(float(y))), 3, 0, -1)
    found = cv2.goodFeaturesToTrack(grey, _CORNERS, 0.01, 4, mask=inside)
    corners = np.zeros((0, 2), np.float32) if found is None else found.reshape(-1, 2)
    points = np.concatenate([inliers[:_CORNERS], corners]).astype(np.float32)
    within = np.all((points >= 0) & (points < (width, height)), axis=1)
    return points[within]


def _followed(before: NDArray[np.uint8], after: NDArray[np.uint8], points: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Points (N, 2) in the next frame, those found again only, and which of the given ones they are."""
    there, found = _flow(before, after, points)
    back, found_back = _flow(after, before, there)
    height, width = after.shape
    kept = found & found_back & (np.linalg.norm(back - points, axis=1) < _BACK_ERROR)
    kept &= np.all((there >= 0) & (there < (width, height)), axis=1)
    return there[kept], kept


def _flow(before: NDArray[np.uint8], after: NDArray[np.uint8], points: Points) -> tuple[Points, NDArray[np.bool_]]:
    if not len(points):
        return points, np.zeros(0, np.bool_)
    start = np.ascontiguousarray(points, np.float32).reshape(-1, 1, 2)
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        before, after, start, np.zeros_like(start), winSize=(15, 15), maxLevel=4, criteria=_ENOUGH
    )
    return np.asarray(moved, np.float32).reshape(-1, 2), np.asarray(status).ravel() == 1


def _place(origin: Points, points: Points, outline: Points) -> tuple[Points | None, NDArray[np.bool_]]:
    """The outline moved as the points moved (homography, RANSAC; few points: similarity), and the points that agree."""
    if len(points) < 4:
        return None, np.zeros(len(points), np.bool_)
    if len(points) >= 12:
        matrix, fits = cv2.findHomography(origin, points, cv2.RANSAC, _FIT_ERROR)
    else:
        affine, fits = cv2.estimateAffinePartial2D(origin, points, ransacReprojThreshold=_FIT_ERROR)
        matrix = None if affine is None else np.vstack([affine, [0, 0, 1]])
    if matrix is None:
        return None, np.zeros(len(points), np.bool_)
    moved = cv2.perspectiveTransform(outline[None].astype(np.float64), matrix)[0]
    return moved.astype(np.float32), np.asarray(fits).ravel() == 1


def _in_view(place: Points, at_first: Points, shape: tuple[int, ...], options: FollowOptions) -> bool:
    if not np.isfinite(place).all() or not cv2.isContourConvex(place):
        return False
    # What was recognised small is in view while it is about as large as it was then.
    least = min(options.least_height * shape[0], 0.75 * float(np.ptp(at_first[:, 1])))
    return float(np.ptp(place[:, 1])) >= least and share_inside(place, shape[1], shape[0]) >= options.least_share
