"""Engines that several files of these tests ask, started once."""

from collections.abc import Iterator

import pytest
from scout_ocr.engines.rapid import RapidEngine

from tests.unit.ocr.model_server import Server, model_server


@pytest.fixture(scope="package")
def rapid() -> RapidEngine:
    """The real engine, loaded once."""
    return RapidEngine(threads=1)


@pytest.fixture(scope="package")
def server(rapid: RapidEngine) -> Iterator[tuple[Server, str]]:
    """A server whose model is rapidocr, and its address."""
    with model_server(rapid) as one:
        yield one
