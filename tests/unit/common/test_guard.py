"""The guard's reading of untrusted headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_common.guard import host_name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8000", "localhost"),
        ("LocalHost", "localhost"),
        ("[::1]:8000", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("", ""),
        ("[::1", ""),
        ("evil.example/localhost", "evil.example"),
        ("localhost@evil.example", "evil.example"),
        ("evil.example#localhost", "evil.example"),
    ],
)
def test_the_name_is_the_one_a_browser_means(host: str, name: str) -> None:
    assert host_name(host) == name


@given(st.text(max_size=60))
def test_no_header_breaks_it(host: str) -> None:
    assert isinstance(host_name(host), str)
