"""What a video file is, and a clear word where it is none."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scout_vision.errors import BadMedia
from scout_vision.video import probe, segments

from tests.unit.vision.conftest import Film, texture

PICTURES = [np.roll(texture(1, 120, 160), 2 * i, axis=1) for i in range(30)]


def test_a_plain_film_is_described(film: Film) -> None:
    info = probe(film(PICTURES, metadata={"creation_time": "2024-05-17T12:03:09.000000Z"}))
    assert (info.width, info.height, info.rotation, info.codec) == (160, 120, 0, "h264")
    assert info.duration_s == pytest.approx(1.2, abs=0.05)
    assert info.fps == pytest.approx(25)
    assert info.frames == 30
    assert not info.has_audio
    assert info.captured_at == datetime(2024, 5, 17, 12, 3, 9, tzinfo=UTC)


def test_a_camera_without_a_clock_gives_no_capture_time(film: Film) -> None:
    assert probe(film(PICTURES, "old.mkv", metadata={"creation_time": "1970-01-01T00:00:00Z"})).captured_at is None
    assert probe(film(PICTURES, "odd.mkv", metadata={"creation_time": "yesterday"})).captured_at is None


def test_rotation_swaps_the_sides(film: Film) -> None:
    info = probe(film(PICTURES, rotation=-90))
    assert (info.width, info.height, info.rotation) == (120, 160, 270)


def test_variable_frame_rate_keeps_the_true_length(film: Film) -> None:
    times = [0.04 * i + (1.0 if i >= 15 else 0.0) for i in range(30)]
    assert probe(film(PICTURES, times=times)).duration_s == pytest.approx(2.2, abs=0.1)


@pytest.mark.parametrize("name", ["bare.h264", "live.mkv", "air.ts", "old.avi"])
def test_a_missing_duration_is_found(film: Film, name: str) -> None:
    how = {"container": {"live": "1"}} if name == "live.mkv" else {"codec": "mpeg4"} if name == "old.avi" else {}
    assert probe(film(PICTURES, name, **how)).duration_s == pytest.approx(1.2, abs=0.1)


def test_sound_only_is_refused(sound: Path) -> None:
    with pytest.raises(BadMedia, match="only sound") as refused:
        probe(sound)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (np.random.default_rng(0).bytes(20_000), "known format"),
        (b"<!doctype html><html><body>404</body></html>", "web page"),
        (b"just some text", "known format"),
    ],
)
def test_what_is_no_video_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(BadMedia, match=said) as refused:
        probe(path)
    assert refused.value.hint


def test_a_play_list_cannot_make_us_read_other_files(tmp_path: Path, film: Film) -> None:
    other = film(PICTURES, "private.ts")
    lists = {
        "a.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{other}\n#EXT-X-ENDLIST\n",
        "b.mp4": f"ffconcat version 1.0\nfile '{other}'\n",
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(BadMedia):
            probe(tmp_path / name)


def test_a_recording_without_its_index_says_so(film: Film) -> None:
    whole = film(PICTURES)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(BadMedia, match="cut off"):
        probe(whole)


def test_no_decodable_frame_is_told(film: Film) -> None:
    whole = film(PICTURES, "clip.mkv")
    whole.write_bytes(whole.read_bytes()[:900])
    with pytest.raises(BadMedia):
        probe(whole)


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="no file"):
        probe(tmp_path / "missing.mp4")
    with pytest.raises(BadMedia, match="not a file"):
        probe(tmp_path)


def test_segments_cover_the_video_once() -> None:
    assert segments(12.0) == [(0.0, 12.0)]
    for duration in (299.0, 300.0, 451.0, 3600.5, 0.04):
        parts = segments(duration)
        assert parts[0][0] == 0.0
        assert parts[-1][1] == duration
        assert all(a[1] == b[0] for a, b in pairwise(parts))
        assert all(150 <= b - a <= 450 for a, b in parts) or len(parts) == 1
