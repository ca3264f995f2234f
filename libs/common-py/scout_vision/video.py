"""A video as Scout sees it: what it is, its keyframes, and exact frames by time.

info = probe(path)
for start_s, end_s in segments(info.duration_s):
    for keyframe in keyframes(path, start_s, end_s):
        ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from av.video.frame import VideoFrame

from scout_vision.errors import BadMedia
from scout_vision.frames import Damage, FrameReader, GreyFrame, VideoFile
from scout_vision.image import Picture
from scout_vision.keyframes import Glance, KeyframeOptions, KeyframePicker
from scout_vision.luminance import luminance, sharpness_of
from scout_vision.shots import Grey
from scout_vision.strip import WIDTH as STRIP_WIDTH
from scout_vision.video_probe import MediaInfo, probe, segments

__all__ = ["FrameReader", "Keyframe", "KeyframeOptions", "MediaInfo", "keyframes", "probe", "segments"]

_SMALL_SIDE = 160
_LOST_TOLERATED = 3


@dataclass(frozen=True, eq=False)
class Keyframe:
    """time_s: exact, from the first frame. image: RGB (H, W, 3), upright. sharpness: grey levels per pixel step, for
    comparison within the video. shot: number of the shot within the segment."""

    time_s: float
    image: Picture
    sharpness: float
    shot: int


def keyframes(
    path: str | Path,
    start_s: float = 0.0,
    end_s: float | None = None,
    options: KeyframeOptions | None = None,
    watch: Callable[[GreyFrame], None] | None = None,
) -> Iterator[Keyframe]:
    """The keyframes with start_s <= time < end_s, in order of time.

    The same span gives the same keyframes in every process, and consecutive spans neither share nor lose a frame.
    An end at the stated length of the video or beyond means "to the end". What decodes of a damaged video is
    yielded first; then BadMedia tells of the damage, so that callers can keep what came. watch: gets every frame that
    was looked at, upright, reduced and grey (StripWriter.add keeps them for following.refine_ends).
    """
    options = options or KeyframeOptions()
    with VideoFile(path) as video:
        open_end = end_s is None or (video.stated_s is not None and end_s >= video.stated_s - 1e-3)
        picker: KeyframePicker[VideoFrame] = KeyframePicker(options)
        for glance in _glances(video, start_s, None if open_end else end_s, options, watch or _ignore):
            for chosen in picker.push(glance):
                yield _keyframe(video, chosen.glance, chosen.shot)
        for chosen in picker.finish():
            yield _keyframe(video, chosen.glance, chosen.shot)
        _report(video)


def _glances(
    video: VideoFile,
    start_s: float,
    end_s: float | None,
    options: KeyframeOptions,
    watch: Callable[[GreyFrame], None],
) -> Iterator[Glance[VideoFrame]]:
    due_s = start_s
    for time_s, frame in video.frames(start_s, end_s, all_frames=False):
        if time_s + 1e-6 < due_s:
            continue
        due_s = max(due_s + 1 / options.analysed_fps, time_s + 0.5 / options.analysed_fps)
        reduced = video.grey(time_s, frame, STRIP_WIDTH)
        watch(reduced)
        yield Glance(time_s, thumbnail_of(reduced.grey), sharpness_of(luminance(frame)), frame)


def thumbnail_of(grey: Grey) -> Grey:
    """About 160 pixels on the longer side, for telling frames apart."""
    scale = _SMALL_SIDE / max(grey.shape)
    size = (max(16, round(grey.shape[1] * scale)), max(16, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _ignore(frame: GreyFrame) -> None:
    """Nobody watches."""


def _keyframe(video: VideoFile, glance: Glance[VideoFrame], shot: int) -> Keyframe:
    return Keyframe(glance.time_s, video.rgb(glance.frame), glance.sharpness, shot)


def _report(video: VideoFile) -> None:
    damage: Damage = video.damage
    if damage.ends_s is not None:
        raise BadMedia(
            f"the video ends at {damage.ends_s:.1f} s, although it states {video.stated_s:.1f} s: it was cut off",
            hint="What came before is kept. Copy the file again from the camera and run the job again.",
        )
    if damage.lost > _LOST_TOLERATED:
        raise BadMedia(
            f"{damage.lost} frames could not be decoded, the first near {damage.first_s:.1f} s: the file is damaged",
            hint="What could be decoded is kept. Copy the file again from the camera and run the job again.",
        )
