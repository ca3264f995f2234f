"""Tiny real media, written with the same library that reads them."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Film = Callable[..., Path]


def texture(seed: int, height: int, width: int) -> Picture:
    """Print-like texture: patches of many sizes and colours, the same for the same seed."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 200, np.uint8)
    for _ in range(height * width // 120):
        x, y = rng.integers(0, width), rng.integers(0, height)
        w, h = rng.integers(3, max(4, width // 8), 2)
        colour = tuple(int(c) for c in rng.integers(0, 255, 3))
        cv2.rectangle(picture, (int(x), int(y)), (int(x + w // 2), int(y + h // 2)), colour, -1)
    return picture


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Write pictures (RGB, H x W x 3) as a video; keyword arguments are those of `_write`."""

    def make(pictures: Sequence[Picture], name: str = "film.mp4", **how: object) -> Path:
        path = tmp_path / name
        _write(path, pictures, **how)  # type: ignore[arg-type]
        return path

    return make


def _write(
    path: Path,
    pictures: Sequence[Picture],
    *,
    fps: int = 25,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    times: Sequence[float] | None = None,
    rotation: int = 0,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> None:
    with av.open(
        str(path), "w", options={"use_editlist": "0", **(container or {})} if path.suffix == ".mp4" else container
    ) as out:
        out.metadata.update(metadata or {})
        stream = out.add_stream(codec, rate=fps)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixels
        stream.options = {"preset": "ultrafast", "g": "12", **(options or {})} if codec == "libx264" else options or {}
        stream.codec_context.time_base = Fraction(1, 1000) if times is not None else Fraction(1, fps)
        if rotation:
            stream.set_display_rotation(rotation)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number if times is None else round(times[number] * 1000)
            frame.time_base = stream.codec_context.time_base
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """Half a second of silence, without a picture."""
    path = tmp_path / "sound.m4a"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.rate = 16000
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
