"""A dataflow whose tests take every message themselves."""

from pathlib import Path

import pytest
from scout_common.work import Resources

from tests.integration.world import World


@pytest.fixture
def world(resources: Resources) -> World:
    return World(resources)


@pytest.fixture
def film(tmp_path: Path) -> str:
    (tmp_path / "a.mp4").touch()
    return str(tmp_path / "a.mp4")
