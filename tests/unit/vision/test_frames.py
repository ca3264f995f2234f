"""Frames come with their exact times, upright, each once, however the file is cut or damaged."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scout_vision.errors import BadMedia
from scout_vision.frames import FrameReader, VideoFile

from tests.unit.vision.conftest import Film, texture

COUNT = 120


def numbered(count: int = COUNT) -> list[np.ndarray]:
    """Frames whose brightness on the left tells their number: 2 grey levels a frame."""
    ground = texture(2, 96, 128)
    pictures = []
    for number in range(count):
        picture = ground.copy()
        picture[:, :64] = 5 + 2 * number
        pictures.append(picture)
    return pictures


def number_of(picture: np.ndarray) -> int:
    return round((float(picture[20:70, 10:50].mean()) - 5) / 2)


def times_of(path: Path, *cuts: float | None) -> list[float]:
    times = []
    for start, end in pairwise(cuts):
        with VideoFile(path) as video:
            times += [t for t, _ in video.frames(start or 0.0, end)]
    return times


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mp4", {}),
        ("b.mp4", {"options": {"preset": "medium", "bf": "3", "g": "250"}}),
        ("c.mkv", {"options": {"preset": "medium", "bf": "3"}}),
        ("d.avi", {"codec": "mpeg4"}),
        ("e.ts", {"options": {"g": "25"}}),
        ("f.h264", {}),
        ("g.mp4", {"times": [0.04 * i + (0.7 if i >= 60 else 0.0) for i in range(COUNT)]}),
    ],
)
def test_segments_neither_lose_nor_repeat_a_frame(film: Film, name: str, how: dict[str, object]) -> None:
    path = film(numbered(), name, **how)
    whole = times_of(path, 0.0, None)
    assert len(whole) == COUNT
    assert whole[0] == 0.0
    assert whole == sorted(set(whole))
    assert times_of(path, 0.0, 1.1, 2.5, 3.333, None) == whole


def test_times_are_those_of_the_file(film: Film) -> None:
    wanted = [0.04 * i + (0.7 if i >= 60 else 0.0) for i in range(COUNT)]
    path = film(numbered(), times=[t + 1.5 for t in wanted])
    assert times_of(path, 0.0, None) == pytest.approx(wanted, abs=1e-3)


def test_frames_stand_upright(film: Film) -> None:
    picture = np.zeros((96, 128, 3), np.uint8)
    picture[:, :64, 0] = 255  # red on the left; turned clockwise it is on top
    path = film([picture] * 10, rotation=-90)
    with FrameReader(path) as reader:
        _, image = next(reader.at([0.1]))
        grey = next(reader.greys([0.1], width=64))
    assert image.shape == (128, 96, 3)
    assert image.flags.c_contiguous
    assert image[10, 48, 0] > 200
    assert image[120, 48, 0] < 60
    assert grey.grey.shape == (64, 48)
    assert grey.scale == pytest.approx(0.5)
    assert grey.grey[5, 24] > grey.grey[60, 24]


def test_ten_bit_video_looks_like_eight_bit(film: Film) -> None:
    path = film(
        numbered(40), "ten.mkv", codec="libx265", pixels="yuv420p10le", options={"x265-params": "log-level=none"}
    )
    with FrameReader(path) as reader:
        (time_s, image), grey = next(reader.at([0.8])), next(reader.greys([0.8]))
    assert time_s == pytest.approx(0.8, abs=0.02)
    assert abs(number_of(image) - 20) <= 1
    assert abs(float(grey.grey[20:70, 10:50].mean()) - 45 * 219 / 255 - 16) < 6


def test_packed_and_rgb_formats_have_a_brightness_too(film: Film) -> None:
    path = film(numbered(10), "lossless.mkv", codec="ffv1", pixels="bgr0")
    with FrameReader(path) as reader:
        grey = next(reader.greys([0.2]))
    assert grey.grey.shape == (96, 128)


def test_the_nearest_frame_is_given_forward_and_back(film: Film) -> None:
    path = film(numbered(), options={"g": "30"})
    with FrameReader(path) as reader:
        asked = [0.0, 0.41, 0.43, 0.43, 3.9, 0.2, 4.76, 99.0, -1.0, 2.0]
        found = list(reader.at(asked))
    expected = [0, 10, 11, 11, 98, 5, 119, 119, 0, 50]
    assert [t for t, _ in found] == pytest.approx([0.04 * number for number in expected], abs=0.041)
    assert all(abs(number_of(image) - n) <= 1 for (_, image), n in zip(found, expected, strict=True))


def test_a_missing_end_is_noted(film: Film) -> None:
    path = film(numbered(), container={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with VideoFile(path) as video:
        times = [t for t, _ in video.frames()]
        assert len(times) > 10
        assert video.damage.ends_s == times[-1]
    with VideoFile(path) as video:
        assert list(video.frames(4.0)) == []
        assert video.damage.ends_s is not None


def test_broken_frames_are_left_out_and_counted(film: Film) -> None:
    path = film(numbered(), container={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    for at in range(len(data) // 2, len(data) // 2 + 3000, 5):
        data[at] = int(rng.integers(256))
    path.write_bytes(data)
    with VideoFile(path) as video:
        times = [t for t, _ in video.frames()]
        assert 20 < len(times) < COUNT
        assert video.damage.lost > 0
        assert 0 < video.damage.first_s < 4.8


def test_a_reader_of_garbage_fails_at_once(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"x" * 100)
    with pytest.raises(BadMedia):
        FrameReader(tmp_path / "x.mp4")
