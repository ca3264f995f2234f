"""A film strip: the small grey frames that keyframes were chosen from, kept so that nobody decodes the video again.

The ends of sightings are followed on it (following.refine_ends takes Strip.greys as its `look`). Frames are JPEG,
about 100 kB a second of video.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from scout_vision.frames import GreyFrame

WIDTH = 384
_MAGIC = b"SKST1"
_COUNT, _ROW = struct.Struct("<I"), struct.Struct("<dfI")
_QUALITY = 60


class StripWriter:
    """Collects reduced frames as they pass; a segment of 5 minutes takes about 30 MB."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, float, bytes]] = []

    def add(self, frame: GreyFrame) -> None:
        """Keep a frame (h, w) uint8."""
        ok, data = cv2.imencode(".jpg", frame.grey, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if ok:
            self._rows.append((frame.time_s, frame.scale, data.tobytes()))

    def to_bytes(self) -> bytes:
        rows = sorted(self._rows)
        heads = [_ROW.pack(time_s, scale, len(data)) for time_s, scale, data in rows]
        return b"".join([_MAGIC, _COUNT.pack(len(rows)), *heads, *(data for _, _, data in rows)])


class Strip:
    """The strips of a video's segments, read as one."""

    def __init__(self, rows: Sequence[tuple[float, float, memoryview]]) -> None:
        self._rows = sorted(rows, key=lambda row: row[0])
        self._times = [time_s for time_s, _, _ in self._rows]

    @staticmethod
    def from_bytes(parts: Sequence[bytes]) -> Strip:
        """Raises ValueError where a part is not what StripWriter.to_bytes wrote."""
        return Strip([row for part in parts for row in _rows(part)])

    def __len__(self) -> int:
        return len(self._rows)

    def greys(self, times: Sequence[float]) -> Iterator[GreyFrame]:
        """For each time the frame nearest to it. Raises ValueError where the strip is empty or a frame is damaged."""
        for time_s in times:
            found_s, scale, data = self._rows[self._nearest(time_s)]
            grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
            if grey is None:
                raise ValueError(f"the strip's frame at {found_s:.2f} s is damaged")
            yield GreyFrame(found_s, np.asarray(grey, np.uint8), scale)

    def _nearest(self, time_s: float) -> int:
        if not self._rows:
            raise ValueError("the strip is empty")
        after = min(bisect_left(self._times, time_s), len(self._times) - 1)
        before = max(0, after - 1)
        return min((before, after), key=lambda i: abs(self._times[i] - time_s))


def _rows(part: bytes) -> list[tuple[float, float, memoryview]]:
    start = len(_MAGIC) + _COUNT.size
    try:
        (count,) = _COUNT.unpack_from(part, len(_MAGIC))
        heads = [_ROW.unpack_from(part, start + i * _ROW.size) for i in range(count)]
    except struct.error as error:
        raise ValueError(f"not a film strip: {error}") from error
    place = start + count * _ROW.size
    if part[: len(_MAGIC)] != _MAGIC or place + sum(length for _, _, length in heads) != len(part):
        raise ValueError("not a film strip, or cut off")
    rows, whole = [], memoryview(part)
    for time_s, scale, length in heads:
        rows.append((time_s, scale, whole[place : place + length]))
        place += length
    return rows
