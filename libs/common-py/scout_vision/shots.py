"""What changes from frame to frame: cuts between shots, and how much of the picture is new since a keyframe.

Frames are small grey pictures (about 160 px wide), in order of time; nothing here decodes.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

_BINS = 32
_CUT_HISTOGRAM = 0.22  # part of the picture that changes its brightness class
_CUT_LAYOUT = 30.0  # mean grey difference of the picture reduced to 32 x 18
_CUT_TIMES_USUAL = 3.0
_GRID = (8, 5)
_CORNERS = 300
_ENOUGH = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 0.03)
_WORST_PATCH = 18.0  # mean grey difference above which a followed corner is another thing
_STILL_BLOCK = 9.0


class CutDetector:
    """Finds hard cuts: the brightness of the four quarters or the layout jumps, far beyond what it just did."""

    def __init__(self) -> None:
        self._last: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        self._usual: deque[float] = deque(maxlen=12)

    def push(self, small: Grey) -> bool:
        """Whether this frame begins a new shot (the first frame does)."""
        now = _quarter_histograms(small), _layout(small)
        last, self._last = self._last, now
        if last is None:
            return True
        histogram = float(np.abs(now[0] - last[0]).sum(axis=1).mean() / 2)
        layout = float(np.abs(now[1] - last[1]).mean())
        jump = max(histogram / _CUT_HISTOGRAM, layout / _CUT_LAYOUT)
        usual = float(np.median(self._usual)) if self._usual else 0.0
        is_cut = jump > max(1.0, _CUT_TIMES_USUAL * usual)
        if is_cut:
            self._usual.clear()
        else:
            self._usual.append(jump)
        return is_cut


class KnownView:
    """How much of the present picture was already in view at the keyframe.

    Corners of the keyframe are followed from frame to frame (Lucas and Kanade 1981; pyramids: Bouguet 2000).
    The places of an 8 x 5 grid which they still cover are known. That falls when the camera pans, walks past
    something or zooms out, and when somebody steps aside; a zoom in shows nothing new.
    """

    def __init__(self, keyframe: Grey) -> None:
        self._size = (keyframe.shape[1], keyframe.shape[0])
        found = cv2.goodFeaturesToTrack(keyframe, _CORNERS, 0.01, 4)
        self._points = np.zeros((0, 1, 2), np.float32) if found is None else found.astype(np.float32)
        self._last = keyframe
        self._covered_first = max(1, self._covered())

    def push(self, small: Grey) -> float:
        """Follow into the next frame; the share 0..1 of the picture that is known."""
        if len(self._points):
            nowhere = np.zeros_like(self._points)
            flow = cv2.calcOpticalFlowPyrLK(
                self._last, small, self._points, nowhere, winSize=(11, 11), maxLevel=3, criteria=_ENOUGH
            )
            moved, status, error = (np.asarray(part) for part in flow)
            x, y = moved[:, 0, 0], moved[:, 0, 1]
            kept = (status[:, 0] == 1) & (error[:, 0] < _WORST_PATCH)
            kept &= (x >= 0) & (y >= 0) & (x < self._size[0]) & (y < self._size[1])
            self._points = moved[kept]
        self._last = small
        return min(1.0, self._covered() / self._covered_first)

    def _covered(self) -> int:
        columns = (self._points[:, 0, 0] * _GRID[0] / self._size[0]).astype(int)
        rows = (self._points[:, 0, 1] * _GRID[1] / self._size[1]).astype(int)
        return len(np.unique(rows * _GRID[0] + columns))


def is_still(a: Grey, b: Grey) -> bool:
    """Two frames show the same: no block of about a sixteenth of the width differs, apart from overall brightness."""
    difference = a.astype(np.float32) - b
    difference -= np.median(difference)
    block = max(4, a.shape[1] // 16)
    return bool(cv2.blur(np.abs(difference), (block, block)).max() < _STILL_BLOCK)


def _layout(small: Grey) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(small, (32, 18), interpolation=cv2.INTER_AREA), np.float32)


def _quarter_histograms(small: Grey) -> NDArray[np.float32]:
    """(4, 32) float32, each row sums to 1; slightly smoothed so that brightness drift is no jump."""
    middle_y, middle_x = small.shape[0] // 2, small.shape[1] // 2
    quarters = (
        small[:middle_y, :middle_x],
        small[:middle_y, middle_x:],
        small[middle_y:, :middle_x],
        small[middle_y:, middle_x:],
    )
    counts = np.array([np.bincount(q.ravel() >> 3, minlength=_BINS) / q.size for q in quarters], dtype=np.float32)
    return cv2.blur(counts, (5, 1), borderType=cv2.BORDER_REPLICATE).astype(np.float32)
