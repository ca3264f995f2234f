"""Readers for the tests of the OCR service: the real one, loaded once, and a toy that hangs and dies as it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from scout_common.reader_process import ReaderPool
from scout_common.reader_setup import reader_setup
from scout_common.settings import Settings

from tests.reading import TOY, Replica, replica


@pytest.fixture(scope="session")
def reader() -> Iterator[ReaderPool]:
    """One process with the real engines."""
    pool = ReaderPool(reader_setup(Settings(_env_file=None)), 1)
    yield pool
    pool.close()


@pytest.fixture
def toy() -> Iterator[ReaderPool]:
    """Two processes that do what a file's text says."""
    pool = ReaderPool({}, 2, TOY)
    yield pool
    pool.close()


@pytest.fixture
def real(database: str, tmp_path: Path, reader: ReaderPool) -> Iterator[Replica]:
    """The API with the real reader."""
    with replica(database, tmp_path, reader, allow_private_urls=False) as one:
        yield one


@pytest.fixture
def played(database: str, tmp_path: Path, toy: ReaderPool) -> Iterator[Replica]:
    """The API with the toy."""
    with replica(database, tmp_path, toy, ocr_timeout_s=2, ocr_long_timeout_s=0.5, allow_private_urls=True) as one:
        yield one
