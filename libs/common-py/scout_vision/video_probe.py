"""What a video file is: size, length, rotation, capture time; and whether it can be used at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from scout_vision.errors import BadMedia

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpegtsraw,mpeg,mpegvideo,m4v,h264,hevc,ivf,obu,flv,live_flv,asf,ogg,"
    "mxf,dv,gif,nut,rm,wtv,mjpeg,mp3,wav,flac,aac,ac3"
)
"""Containers that untrusted files may be; play lists (hls, dash, concat) would make us read other files."""

_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
_CAPTURE_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")
_COVER_ART = 0x0400  # AV_DISPOSITION_ATTACHED_PIC


@dataclass(frozen=True)
class MediaInfo:
    """A usable video. `width` and `height` are pixels after rotation, `rotation` degrees counter-clockwise.

    `duration_s` counts from the first frame; where the file does not state it, it was found by reading all
    packets. `frames` is the number of frames as stated or estimated. `captured_at` is in UTC or carries its offset.
    """

    duration_s: float
    width: int
    height: int
    rotation: int
    fps: float
    codec: str
    captured_at: datetime | None
    has_audio: bool
    frames: int


def probe(path: str | Path) -> MediaInfo:
    """Open the file, decode one frame, tell what it is. Raises BadMedia: empty, cut off, garbage, sound only."""
    with open_container(path) as container:
        stream = video_stream(container, path)
        first = first_frame(container, stream, path)
        turned = rotation_of(first) % 180 == 90
        fps = frame_rate(stream)
        stated = stated_duration(container, stream)
        if stated is None and container.duration:  # the sound's perhaps, but near enough to cut segments by
            stated = container.duration / av.time_base
        duration = stated if stated else _duration_by_packets(path, fps)
        return MediaInfo(
            duration_s=duration,
            width=first.height if turned else first.width,
            height=first.width if turned else first.height,
            rotation=rotation_of(first),
            fps=fps,
            codec=stream.codec_context.name,
            captured_at=_captured_at({**stream.metadata, **container.metadata}),
            has_audio=bool(container.streams.audio),
            frames=stream.frames or max(1, round(duration * fps)),
        )


def segments(duration_s: float, length_s: float = 300.0) -> list[tuple[float, float]]:
    """Cut the video into spans [start, end) of about `length_s` seconds, all of the same length.

    They cover it without gap or overlap; the last one ends at `duration_s`, which readers take as "to the end".
    """
    count = max(1, round(duration_s / length_s))
    cuts = [round(duration_s * i / count, 3) for i in range(count)] + [duration_s]
    return list(pairwise(cuts))


def open_container(path: str | Path) -> InputContainer:
    """Open a local file, only as one of `CONTAINERS`, never a network address. Raises BadMedia."""
    place = Path(path)
    try:
        if place.stat().st_size == 0:
            raise BadMedia("the file is empty (0 bytes)", hint="Copy it again from the camera.")
        return av.open(str(place.absolute()), options=_OPTIONS, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise _cannot_open(place, error) from error


def video_stream(container: InputContainer, path: str | Path) -> VideoStream:
    """The moving picture of the container (cover art is none), set to decode with all cores. Raises BadMedia."""
    moving = [s for s in container.streams.video if not int(s.disposition) & _COVER_ART]
    if not moving:
        what = "only sound" if container.streams.audio or container.streams.video else "no video stream"
        raise BadMedia(f"the file contains {what}", hint="Give the video file itself.")
    stream = max(moving, key=lambda s: (s.codec_context.width or 0) * (s.codec_context.height or 0))
    if not stream.codec_context.width:
        raise BadMedia("the video stream has no picture size", hint="The file is damaged: copy it again.")
    stream.codec_context.thread_type = "AUTO"
    return stream


def first_frame(container: InputContainer, stream: VideoStream, path: str | Path) -> VideoFrame:
    """The first frame that decodes; the container stands behind it. Raises BadMedia where there is none."""
    try:
        for packet in container.demux(stream):
            for frame in decoded(packet):
                return frame
    except (av.error.FFmpegError, OSError):
        pass
    raise BadMedia(
        f"not one frame of {Path(path).name} can be decoded ({stream.codec_context.name})",
        hint="The file is damaged or cut off: copy it again from the camera.",
    )


def decoded(packet: Packet[VideoStream]) -> list[VideoFrame]:
    """The frames of a packet; none where it is damaged."""
    try:
        return packet.decode()
    except (av.error.InvalidDataError, av.error.ArgumentError, av.error.EOFError, av.error.PermissionError):
        return []


def rotation_of(frame: VideoFrame) -> int:
    """Degrees counter-clockwise by which the frame has to be turned to stand upright: 0, 90, 180, 270."""
    return round(frame.rotation / 90) * 90 % 360


def frame_rate(stream: VideoStream) -> float:
    """Frames per second on average; 25 where the file is silent about it."""
    rate = stream.average_rate or stream.guessed_rate
    value = float(rate) if rate else 0.0
    return value if 0 < value <= 1000 and math.isfinite(value) else 25.0


def stated_duration(container: InputContainer, stream: VideoStream) -> float | None:
    """Seconds as the video stream itself states them, or the container, where it holds nothing else."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    try:
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        return (int(hours) * 60 + int(minutes)) * 60 + float(seconds) or None
    except (KeyError, ValueError):
        alone = len(container.streams) == 1
        return container.duration / av.time_base if alone and container.duration else None


def _duration_by_packets(path: str | Path, fps: float) -> float:
    with open_container(path) as container:
        stream = video_stream(container, path)
        first, last, count = math.inf, -math.inf, 0
        try:
            for packet in container.demux(stream):
                count += packet.size > 0
                if packet.pts is not None and packet.time_base is not None:
                    start = float(packet.pts * packet.time_base)
                    length = float((packet.duration or 0) * packet.time_base)
                    first, last = min(first, start), max(last, start + (length or 1 / fps))
        except (av.error.FFmpegError, OSError):
            pass  # what could be read counts; reading the frames will tell of the damage
        return last - first if last > first else max(count, 1) / fps


def _captured_at(tags: dict[str, str]) -> datetime | None:
    for name in _CAPTURE_TAGS:
        try:
            taken = datetime.fromisoformat(tags[name].strip())
        except (KeyError, ValueError):
            continue
        if taken.year >= 1990:  # cameras without a clock write 1904 or 1970
            return taken if taken.tzinfo else taken.replace(tzinfo=UTC)
    return None


def _cannot_open(path: Path, error: Exception) -> BadMedia:
    if isinstance(error, BadMedia):
        return error
    if isinstance(error, FileNotFoundError):
        return BadMedia(f"there is no file {path.name}", hint="Check the path.")
    if isinstance(error, PermissionError):
        return BadMedia(f"{path.name} may not be read by this user", hint="Change its permissions or its owner.")
    if not path.is_file():
        return BadMedia(f"{path.name} is not a file", hint="Give a video file.")
    with path.open("rb") as file:
        head = file.read(512)
    if head[4:8] in (b"ftyp", b"mdat", b"wide", b"free"):
        return BadMedia(
            "the video is cut off: its index (moov) is missing",
            hint="The recording or the copy was interrupted: copy it again from the camera.",
        )
    if b"<html" in head.lower():
        return BadMedia("this is a web page (HTML), not a video", hint="Use the address of the video file itself.")
    return BadMedia("the file is not a video in a known format", hint="MP4, MOV, MKV, WebM, AVI and TS can be read.")
