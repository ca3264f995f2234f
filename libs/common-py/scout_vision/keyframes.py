"""Which frames of a video to keep: the sharpest ones, so that whatever came into view is in one of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from scout_vision.shots import CutDetector, Grey, KnownView, is_still

F = TypeVar("F")


@dataclass(frozen=True, kw_only=True)
class KeyframeOptions:
    """How densely to keep frames. Times are seconds, shares 0..1.

    density_s: at least one keyframe each so often while anything changes. still_s: the same where nothing does.
    min_gap_s: never more often than this within a shot. new_content: keep a frame when this share of the picture
    has come into view since the last one. window_s: the sharpest frame is taken within this span. analysed_fps:
    frames looked at per second.
    """

    density_s: float = 2.0
    still_s: float = 20.0
    min_gap_s: float = 0.5
    new_content: float = 0.75
    window_s: float = 0.35
    analysed_fps: float = 12.0


@dataclass(frozen=True, eq=False)
class Glance(Generic[F]):
    """A frame as the picker sees it. small: (h, w) uint8 grey, about 160 px wide. frame: whatever the caller keeps."""

    time_s: float
    small: Grey
    sharpness: float
    frame: F


@dataclass(frozen=True, eq=False)
class Chosen(Generic[F]):
    """A frame to keep. shot: number of its shot, from 0."""

    glance: Glance[F]
    shot: int


class KeyframePicker(Generic[F]):
    """Takes glances in order of time, gives those to keep; holds only the last `window_s` of them."""

    def __init__(self, options: KeyframeOptions) -> None:
        self._options = options
        self._cuts = CutDetector()
        self._recent: deque[Glance[F]] = deque()
        self._shot = -1
        self._shot_start_s = 0.0
        self._kept: Glance[F] | None = None
        self._view: KnownView | None = None
        self._known = 1.0

    def push(self, glance: Glance[F]) -> Iterator[Chosen[F]]:
        """Look at the next frame; yields the frames (none, one or two) that are now decided."""
        if self._cuts.push(glance.small):
            yield from self.finish()
            self._begin_shot(glance)
        self._recent.append(glance)
        if self._kept is None or self._view is None:
            if glance.time_s - self._shot_start_s >= self._options.window_s:
                yield self._keep(self._sharpest())
            return
        while self._recent[0].time_s < glance.time_s - self._options.window_s:
            self._recent.popleft()
        self._known = self._view.push(glance.small)
        if self._is_due(glance.time_s - self._kept.time_s) and not self._same(glance):
            yield self._keep(self._sharpest())

    def finish(self) -> Iterator[Chosen[F]]:
        """The end of the shot or of the video: what would otherwise not have been seen."""
        if not self._recent:
            return
        if self._kept is None or self._leaves_unseen(self._kept, self._recent[-1]):
            yield self._keep(self._sharpest())

    def _begin_shot(self, glance: Glance[F]) -> None:
        self._shot += 1
        self._shot_start_s = glance.time_s
        self._kept, self._view, self._known = None, None, 1.0
        self._recent.clear()

    def _is_due(self, elapsed_s: float) -> bool:
        options = self._options
        return elapsed_s >= options.density_s or (
            elapsed_s >= options.min_gap_s and self._known <= 1.0 - options.new_content
        )

    def _leaves_unseen(self, kept: Glance[F], last: Glance[F]) -> bool:
        """The rest of a shot deserves a keyframe of its own: half of what is due has come together."""
        elapsed_s = last.time_s - kept.time_s
        if elapsed_s < self._options.min_gap_s or self._same(last):
            return False
        return elapsed_s >= self._options.density_s / 2 or self._known <= 1.0 - self._options.new_content / 2

    def _same(self, glance: Glance[F]) -> bool:
        if self._kept is None or glance.time_s - self._kept.time_s >= self._options.still_s:
            return False
        return is_still(self._kept.small, glance.small)

    def _sharpest(self) -> Glance[F]:
        """Of the recent frames, the sharpest that is far enough from the last keyframe and not the same."""
        if self._kept is None:
            return max(self._recent, key=lambda g: g.sharpness)
        earliest = self._kept.time_s + self._options.min_gap_s
        fit = [g for g in self._recent if g.time_s >= earliest and not self._same(g)]
        return max(fit or [self._recent[-1]], key=lambda g: g.sharpness)

    def _keep(self, glance: Glance[F]) -> Chosen[F]:
        """Start anew from this keyframe: what came after it in the window is followed again from there."""
        self._kept = glance
        self._view = KnownView(glance.small)
        self._known = 1.0
        for later in [g for g in self._recent if g.time_s > glance.time_s]:
            self._known = self._view.push(later.small)
        return Chosen(glance, self._shot)
