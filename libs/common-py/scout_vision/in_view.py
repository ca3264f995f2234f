"""Whether a found product is in view: annotators count a pack where at least 60 % of it is in the picture and unhidden.

What is behind a stronger find is hidden by it; hands and people nobody sees here. A pack that fills the picture is its
subject, in view however little of it is left. What stands behind a subject is blurred, half hidden background: it
must show its weight, since a pack of the same brand that no catalogue knows shares print enough to pass for a sibling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.probability import logistic

if TYPE_CHECKING:
    from scout_vision.matching import Detection

LEAST_SHARE = 0.6
SUBJECT = 0.2  # of the picture
HIDDEN = 0.4  # the most that a hidden or cut off product is worth: a candidate, not a claim
WEIGHT = 16.0  # support that is as likely right as wrong in the background, where the covered part is not small
WEIGHT_UNLIKE = 1.6  # times as much where the place does not look like the picture
LIKE = 0.45  # correlation of print from which a place does
COVERED = 0.1  # part of the picture under which support counts less
SLOPE = 6.0
_RASTER = 256


def in_view(detections: Sequence[Detection], width: int, height: int) -> list[Detection]:
    """The detections of one frame, with `in_view` among the signals and the probability of what hardly is lowered.

    width, height: of the frame, pixels. in_view: part of the outline inside the frame and in front, 0 to 1.
    """
    scale = _RASTER / max(width, height, 1)
    shape = (max(1, round(height * scale)), max(1, round(width * scale)))
    ranked = sorted(detections, key=lambda d: (-d.signals["support"], d.product, tuple(d.quad.ravel().tolist())))
    outlines = [_filled(found.quad * scale, shape) for found in ranked]
    fills = [np.count_nonzero(own) > SUBJECT * own.size for own in outlines]
    subject = any(full and found.probability >= 0.5 for found, full in zip(ranked, fills, strict=True))
    taken = np.zeros(shape, np.uint8)
    seen = []
    for found, own, full in zip(ranked, outlines, fills, strict=True):
        whole = max(1.0, float(cv2.contourArea(found.quad * scale)))
        free = min(1.0, np.count_nonzero(own & ~taken & 1) / whole)
        most = 1.0 if full else _most(found, free, subject)
        seen.append(
            replace(found, signals={**found.signals, "in_view": free}, probability=min(found.probability, most))
        )
        if seen[-1].probability >= 0.5:
            taken |= own
    return seen


def _most(found: Detection, free: float, behind_subject: bool) -> float:
    """What a find that is not the subject is worth at most."""
    shown = 1.0 if free >= LEAST_SHARE else HIDDEN
    if not behind_subject:
        return shown
    weight = found.signals["support"] * min(1.0, float(np.sqrt(found.signals["area"] / COVERED)))
    needed = WEIGHT if found.signals["print"] > LIKE else WEIGHT * WEIGHT_UNLIKE
    return min(shown, logistic(SLOPE * float(np.log(max(weight, 1.0) / needed))))


def _filled(quad: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    mask = np.zeros(shape, np.uint8)
    reach = 4 * _RASTER  # outlines may reach far out of the frame, further than the drawing can count
    cv2.fillConvexPoly(mask, np.clip(np.round(quad), -reach, reach).astype(np.int32), 1)
    return mask
