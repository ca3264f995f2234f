"""The film strip gives the frames that keyframes were chosen from, without the video."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_vision.frames import GreyFrame
from scout_vision.strip import WIDTH, Strip, StripWriter
from scout_vision.video import keyframes

from tests.unit.vision.conftest import Film, texture


def written(times: list[float]) -> bytes:
    writer = StripWriter()
    for time_s in times:
        writer.add(GreyFrame(time_s, np.full((40, 60), round(10 * time_s), np.uint8), 0.25))
    return writer.to_bytes()


def test_segments_read_as_one_and_the_nearest_frame_is_given() -> None:
    strip = Strip.from_bytes([written([2.0, 3.0]), written([0.0, 1.0])])
    assert len(strip) == 4
    found = list(strip.greys([0.4, 0.6, 2.0, 99.0, -1.0]))
    assert [f.time_s for f in found] == [0.0, 1.0, 2.0, 3.0, 0.0]
    assert abs(int(found[2].grey.mean()) - 20) <= 1
    assert found[0].scale == 0.25


def test_keyframes_fill_it_as_they_go(film: Film) -> None:
    shelf = texture(4, 240, 900)
    path = film([np.ascontiguousarray(shelf[:, 3 * i : 3 * i + 480]) for i in range(100)], rotation=-90)
    writer = StripWriter()
    times = [k.time_s for k in keyframes(path, watch=writer.add)]
    strip = Strip.from_bytes([writer.to_bytes()])
    assert 40 <= len(strip) <= 52
    found = list(strip.greys(times))
    assert [f.time_s for f in found] == pytest.approx(times)
    assert found[0].grey.shape == (WIDTH, WIDTH // 2)
    assert found[0].scale == pytest.approx(0.8)


def test_an_empty_strip_says_so() -> None:
    with pytest.raises(ValueError, match="empty"):
        next(Strip.from_bytes([written([])]).greys([1.0]))


@pytest.mark.parametrize("cut", [3, 20, -1])
def test_a_cut_off_strip_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="film strip"):
        Strip.from_bytes([written([0.0, 1.0])[:cut]])


def test_a_damaged_frame_is_told() -> None:
    data = bytearray(written([0.0]))
    data[-200:] = bytes(200)
    data[30:60] = bytes(30)
    with pytest.raises(ValueError, match="damaged"):
        next(Strip.from_bytes([bytes(data)]).greys([0.0]))


@given(st.binary(max_size=80))
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="film strip"):
        Strip.from_bytes([b"SKST1" + data + b"x"])
