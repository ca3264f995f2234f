"""Forms as clients and attackers send them: read without loss, or refused; never anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_common.http import Problem

from services.ocr.arrival import MOST_PARTS, Part, parts_of

NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)
PARTS = st.lists(st.builds(Part, name=NAMES, filename=st.none() | NAMES, data=st.binary(max_size=300)), max_size=5)


def written(parts: list[Part], boundary: str = "b0undary") -> bytes:
    body = b""
    for part in parts:
        name = f'; filename="{part.filename}"' if part.filename is not None else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{part.name}"{name}\r\nX-More: 1\r\n\r\n'
        body += head.encode() + part.data + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


@given(PARTS.filter(lambda parts: bool(parts) and not any(b"--b0undary" in part.data for part in parts)))
def test_a_form_is_read_as_it_was_written(parts: list[Part]) -> None:
    assert parts_of(written(parts), 'multipart/form-data; boundary="b0undary"') == parts


@given(PARTS, st.integers(0, 2000), st.binary(max_size=6), st.sampled_from(["b0undary", "other", ""]))
def test_a_damaged_form_is_refused_or_read(parts: list[Part], at: int, noise: bytes, boundary: str) -> None:
    whole = written(parts)
    damaged = whole[:at] + noise + whole[at + 3 :]
    try:
        found = parts_of(damaged, f"multipart/form-data; boundary={boundary}")
    except Problem:
        return
    assert sum(len(part.data) for part in found) <= len(damaged)


def test_a_form_of_a_thousand_parts_is_refused() -> None:
    many = [Part(name="a", filename=None, data=b"1")] * (MOST_PARTS + 1)
    with pytest.raises(Problem) as found:
        parts_of(written(many), "multipart/form-data; boundary=b0undary")
    assert found.value.status_code == 413
