"""Which frames a decoder may leave out without changing the others.

Frames that none refers to (H.264: nal_ref_idc 0) always may. Many encoders, x264 up to its preset "veryfast" among
them, refer from a forward-predicted frame to the one before it alone; then all bidirectional frames may be left out,
which saves another third of the decoding. No header says so, so samples are decoded both ways and compared.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
from av.container import InputContainer

from scout_vision.luminance import luminance
from scout_vision.video_probe import decoded, open_container, video_stream

Skipped = Literal["NONREF", "BIDIR"]

_SAMPLE_FRAMES = 60
_WIDEST_S = 0.17
"""Frames farther apart than this would show too little of how a camera moves and when a product goes."""
_LEAST_COMPARED = 8


def skippable(path: Path, start_s: float, end_s: float) -> Skipped:
    """The strongest of FFmpeg's `skip_frame` settings that changes no other frame of a span: BIDIR or NONREF.

    Two samples of the span are decoded, at its start and in its middle. The same file gives the same answer.
    """
    exact = all(_same_without(path, place_s) for place_s in (start_s, (start_s + end_s) / 2))
    return "BIDIR" if exact else "NONREF"


def _same_without(path: Path, place_s: float) -> bool:
    """Whether the frames near a place are the same without the bidirectional ones, and still near together."""
    whole, part = _sample(path, place_s, "NONREF"), _sample(path, place_s, "BIDIR")
    shared = [pts for pts in part if pts in whole]
    if len(shared) < _LEAST_COMPARED or any(part[pts] != whole[pts] for pts in shared):
        return False
    times = [time_s for time_s, _ in sorted(part.values())]
    return max(b - a for a, b in pairwise(times)) <= _WIDEST_S


def _sample(path: Path, place_s: float, skip: Skipped) -> dict[int, tuple[float, int]]:
    """Of the packets from the key frame before a place on, by their time stamps: (time, checksum of the luma)."""
    with open_container(path) as container:
        return {pts: (time_s, checksum) for pts, time_s, checksum in _decoded(container, path, place_s, skip)}


def _decoded(container: InputContainer, path: Path, place_s: float, skip: Skipped) -> Iterator[tuple[int, float, int]]:
    stream = video_stream(container, path)
    stream.codec_context.skip_frame = skip
    try:
        if place_s > 0:
            container.seek(int(place_s * av.time_base), backward=True)
        for _, packet in zip(range(_SAMPLE_FRAMES), container.demux(stream), strict=False):
            for frame in decoded(packet):
                if frame.pts is not None:
                    yield frame.pts, frame.time or 0.0, zlib.crc32(luminance(frame).tobytes())
    except (av.error.FFmpegError, OSError):
        return
