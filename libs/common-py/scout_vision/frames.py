"""Frames of a video by their exact time: seeking, damage, rotation, conversion to RGB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from scout_vision.errors import BadMedia
from scout_vision.image import Picture
from scout_vision.luminance import luminance
from scout_vision.passed_over import skippable
from scout_vision.video_probe import (
    first_frame,
    frame_rate,
    open_container,
    rotation_of,
    stated_duration,
    video_stream,
)

_SEEK_BACK_S = (1.0, 12.0, 60.0)
_WORTH_SEEKING_S = 4.0  # decoding as much of a video costs about as much as seeking in it
_STARVED_S = 1.0


@dataclass(frozen=True, eq=False)
class GreyFrame:
    """A reduced frame: grey (h, w) uint8, upright; scale = its width / the frame's width."""

    time_s: float
    grey: NDArray[np.uint8]
    scale: float


@dataclass
class Damage:
    """What could not be decoded so far: `lost` packets or frames, the first near `first_s`, and a missing end."""

    lost: int = 0
    first_s: float = 0.0
    ends_s: float | None = None

    def note(self, time_s: float) -> None:
        self.first_s = time_s if self.lost == 0 else self.first_s
        self.lost += 1


class VideoFile:
    """An open video. Times are seconds from the first frame. A context manager. Raises BadMedia."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._open()
        first = first_frame(self._container, self._stream, path)
        self.rotation = rotation_of(first)
        self.fps = frame_rate(self._stream)
        self.stated_s = stated_duration(self._container, self._stream)
        self._timed = first.pts is not None and self._stream.time_base is not None
        self._start_pts = first.pts or 0
        self._fresh = False
        self.damage = Damage()

    def frames(
        self, start_s: float = 0.0, end_s: float | None = None, *, all_frames: bool = True
    ) -> Iterator[tuple[float, VideoFrame]]:
        """Frames with start_s <= time < end_s in order of time, each once; what is damaged is left out and noted.

        all_frames=False leaves out frames that the others do not need, half of them or more in many files, which
        saves as much of the cost.
        """
        whole = all_frames or not self._timed
        end = end_s or self.stated_s or start_s
        self._stream.codec_context.skip_frame = "DEFAULT" if whole else skippable(self.path, start_s, end)
        last = -1.0
        for time_s, frame in self._from(start_s):
            if time_s < start_s - 1e-6 or time_s <= last:
                continue
            if end_s is not None and time_s >= end_s - 1e-6:
                return
            last = time_s
            yield time_s, frame
        if self.stated_s is not None and last + 1.0 < min(self.stated_s, end_s or self.stated_s):
            self.damage.ends_s = max(last, start_s)

    def rgb(self, frame: VideoFrame) -> Picture:
        """The frame upright as RGB (H, W, 3) uint8."""
        picture = cast(NDArray[np.uint8], frame.to_ndarray(format="rgb24"))
        return np.ascontiguousarray(np.rot90(picture, self.rotation // 90))

    def grey(self, time_s: float, frame: VideoFrame, width: int) -> GreyFrame:
        """The frame upright in grey, about `width` pixels on its longer side, never enlarged."""
        scale = min(1.0, width / max(frame.width, frame.height))
        size = (max(16, round(frame.width * scale)), max(16, round(frame.height * scale)))
        small = cv2.resize(luminance(frame), size, interpolation=cv2.INTER_AREA)
        grey = np.ascontiguousarray(np.rot90(small, self.rotation // 90), dtype=np.uint8)
        return GreyFrame(time_s, grey, size[0] / frame.width)

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _open(self) -> None:
        self._container = open_container(self.path)
        self._stream = video_stream(self._container, self.path)

    def _from(self, start_s: float) -> Iterator[tuple[float, VideoFrame]]:
        """Frames from the last seekable place before start_s on, wherever the container allows to find one."""
        for back_s in _SEEK_BACK_S if self._timed and start_s > _SEEK_BACK_S[0] else ():
            if start_s <= back_s or not self._seek(start_s - back_s):
                continue
            stream = self._decode()
            head = next(stream, None)
            if head is not None and head[0] <= start_s + 1e-6:
                yield head
                yield from stream
                return
        self.damage = Damage()
        self._container.close()
        self._open_again()
        yield from self._decode()

    def _open_again(self) -> None:
        skip = self._stream.codec_context.skip_frame
        self._open()
        self._stream.codec_context.skip_frame = skip

    def _seek(self, time_s: float) -> bool:
        assert self._stream.time_base is not None
        try:
            target = self._start_pts + int(time_s / float(self._stream.time_base))
            self._container.seek(target, stream=self._stream, backward=True)
        except (av.error.FFmpegError, OSError):
            return False
        return True

    def _decode(self) -> Iterator[tuple[float, VideoFrame]]:
        count, given_s = 0, 0.0
        read_s: float | None = None
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
                found = packet.decode()
            except StopIteration:
                return
            except av.error.InvalidDataError:
                self.damage.note(given_s)
                continue
            except (av.error.FFmpegError, OSError):
                self.damage.note(given_s)
                return
            if packet.dts is not None and self._stream.time_base is not None:
                before_s, read_s = read_s, float((packet.dts - self._start_pts) * self._stream.time_base)
                given_s = read_s if before_s is None else given_s  # after a seek nothing is late yet
            for frame in found:
                given_s = self._time(frame, count)
                count += 1
                if frame.is_corrupt:
                    self.damage.note(given_s)
                else:
                    yield given_s, frame
            if read_s is not None and read_s - given_s > _STARVED_S:
                # An encoder that marks every frame as "referred to by none": then all are wanted.
                self._stream.codec_context.skip_frame = "DEFAULT"

    def _time(self, frame: VideoFrame, count: int) -> float:
        if frame.pts is None or self._stream.time_base is None:
            return count / self.fps
        return float((frame.pts - self._start_pts) * self._stream.time_base)


class FrameReader:
    """Exact frames of a video at given times, in one forward pass where the times go forward.

    A context manager. Raises BadMedia where the file cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self._file = VideoFile(path)
        self._frames: Iterator[tuple[float, VideoFrame]] = iter(())
        self._before: tuple[float, VideoFrame] | None = None
        self._after: tuple[float, VideoFrame] | None = None

    def at(self, times: Sequence[float]) -> Iterator[tuple[float, Picture]]:
        """For each time, in the order given, the frame nearest to it: (its own time, RGB (H, W, 3) uint8).

        Ascending times cost least. Raises BadMedia where nothing at all can be decoded near a time.
        """
        for time_s in times:
            found_s, frame = self._nearest(time_s)
            yield found_s, self._file.rgb(frame)

    def greys(self, times: Sequence[float], width: int = 480) -> Iterator[GreyFrame]:
        """The same as `at`, in reduced grey, at a tenth of the cost: for following points from frame to frame."""
        for time_s in times:
            found_s, frame = self._nearest(time_s)
            yield self._file.grey(found_s, frame, width)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _nearest(self, time_s: float) -> tuple[float, VideoFrame]:
        if not self._reaches(time_s):
            # Farther back where nothing comes: in a hole of the file, or past its end.
            for back_s in (1.5 / self._file.fps, *_SEEK_BACK_S, max(0.0, time_s)):
                self._restart(max(0.0, time_s - back_s))
                if self._after is not None:
                    break
        self._advance(time_s)
        near = [f for f in (self._before, self._after) if f is not None]
        if not near:
            raise BadMedia(f"no frame of {self._file.path.name} can be decoded near {time_s:.1f} s")
        return min(near, key=lambda f: abs(f[0] - time_s))

    def _advance(self, time_s: float) -> None:
        while self._after is not None and self._after[0] < time_s:
            self._before, self._after = self._after, next(self._frames, None)

    def _reaches(self, time_s: float) -> bool:
        """The open pass comes by this time, and soon."""
        here = self._before or self._after
        return here is not None and here[0] <= time_s <= here[0] + _WORTH_SEEKING_S

    def _restart(self, start_s: float) -> None:
        self._frames = self._file.frames(start_s)
        self._before, self._after = None, next(self._frames, None)
