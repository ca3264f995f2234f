"""A video as Scout sees it: what it is, its keyframes, and exact frames by time.

info = probe(path)
for start_s, end_s in segments(info.duration_s):
    for keyframe in keyframes(path, start_s, end_s):
        ...
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from scout_vision.errors import BadMedia
from scout_vision.frames import Damage, FrameReader, VideoFile
from scout_vision.image import Picture
from scout_vision.keyframes import Glance, KeyframeOptions, KeyframePicker
from scout_vision.shots import Grey
from scout_vision.video_probe import MediaInfo, probe, segments

__all__ = ["FrameReader", "Keyframe", "KeyframeOptions", "MediaInfo", "keyframes", "probe", "segments"]

_SMALL_WIDTH = 160
_ROW_STEP = 8
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
    path: str | Path, start_s: float = 0.0, end_s: float | None = None, options: KeyframeOptions | None = None
) -> Iterator[Keyframe]:
    """The keyframes with start_s <= time < end_s, in order of time.

    The same span gives the same keyframes in every process, and consecutive spans neither share nor lose a frame.
    An end at the stated length of the video or beyond means "to the end". What decodes of a damaged video is
    yielded first; then BadMedia tells of the damage, so that callers can keep what came.
    """
    options = options or KeyframeOptions()
    with VideoFile(path) as video:
        open_end = end_s is None or (video.stated_s is not None and end_s >= video.stated_s - 1e-3)
        picker: KeyframePicker[VideoFrame] = KeyframePicker(options)
        for glance in _glances(video, start_s, None if open_end else end_s, options):
            for chosen in picker.push(glance):
                yield _keyframe(video, chosen.glance, chosen.shot)
        for chosen in picker.finish():
            yield _keyframe(video, chosen.glance, chosen.shot)
        _report(video)


def _glances(
    video: VideoFile, start_s: float, end_s: float | None, options: KeyframeOptions
) -> Iterator[Glance[VideoFrame]]:
    due_s = start_s
    for time_s, frame in video.frames(start_s, end_s, all_frames=False):
        if time_s + 1e-6 < due_s:
            continue
        due_s = max(due_s + 1 / options.analysed_fps, time_s + 0.5 / options.analysed_fps)
        luma = luminance(frame)
        height = max(16, round(frame.height * _SMALL_WIDTH / frame.width))
        small = cv2.resize(luma, (_SMALL_WIDTH, height), interpolation=cv2.INTER_AREA)
        yield Glance(time_s, np.asarray(small, dtype=np.uint8), sharpness_of(luma), frame)


def luminance(frame: VideoFrame) -> Grey:
    """The frame's luma plane (H, W) uint8, without converting colours where the format allows."""
    name = frame.format.name
    planar = name.startswith(("yuv", "yuvj", "nv12", "nv21", "gray", "p01")) and not name.startswith("yuyv")
    if not planar or name.endswith("be"):
        return np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
    plane = frame.planes[0]
    bits = frame.format.components[0].bits
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    values: NDArray[np.uint8 | np.uint16] = rows[: frame.height, : frame.width]
    if bits == 8:
        return values.astype(np.uint8, copy=False)
    return (values >> (8 if name.startswith("p01") else bits - 8)).astype(np.uint8)


def sharpness_of(luma: Grey) -> float:
    """Root mean square step between neighbouring pixels, on pairs of rows 8 apart: motion blur in any direction
    lowers it, and full resolution counts. luma: (H, W) uint8."""
    upper = luma[: luma.shape[0] // _ROW_STEP * _ROW_STEP : _ROW_STEP].astype(np.int16)
    lower = luma[1 : luma.shape[0] // _ROW_STEP * _ROW_STEP + 1 : _ROW_STEP].astype(np.int16)
    across = (upper[:, 1:] - upper[:, :-1]).astype(np.float32)
    down = (lower[: len(upper)] - upper[: len(lower)]).astype(np.float32)
    return float(np.sqrt(np.mean(across * across) + np.mean(down * down)))


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
