"""Byte ranges: whatever a client sends, we read within the file or refuse."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_common.http import Problem

from services.results_api.files import parse_range, stored_file

HEADERS = st.text(max_size=40) | st.from_regex(r"\Abytes=[0-9]{0,25}-[0-9]{0,25}\Z")


@given(HEADERS, st.integers(0, 10_000))
def test_any_header_stays_within_the_file(header: str, size: int) -> None:
    refusal, part = None, None
    try:
        part = parse_range(header, size)
    except Problem as problem:
        refusal = problem.status_code, problem.headers
    assert refusal in (None, (416, {"Content-Range": f"bytes */{size}"}))
    if part is not None:
        start, end = part
        assert 0 <= start < end <= size


@given(st.data(), st.integers(1, 1000))
def test_a_range_within_the_file_is_taken_as_it_is(data: st.DataObject, size: int) -> None:
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.integers(first, size - 1))
    assert parse_range(f"bytes={first}-{last}", size) == (first, last + 1)
    assert parse_range(f"bytes={first}-", size) == (first, size)
    assert parse_range(f"bytes=-{last + 1}", size) == (size - last - 1, size)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    stored = stored_file(tmp_path / "a.mp4")
    assert stored is not None
    assert b"".join(stored.read(3, 7)) == b"3456"
    assert stored_file(tmp_path) is None
    assert stored_file(tmp_path / "none.mp4") is None


def test_the_tag_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"0123456789")
    before = stored_file(path)
    path.write_bytes(b"01234567890")
    after = stored_file(path)
    assert before is not None
    assert after is not None
    assert before.etag != after.etag


@pytest.mark.parametrize("header", ["bytes=-", "bytes=5-2", "bytes=0-1,4-5", "", "bytes=a-b", "items=0-1"])
def test_what_is_not_understood_means_the_whole_file(header: str) -> None:
    assert parse_range(header, 10) is None
