"""The page about scaling shows what its file of costs gives, and the costs are read from a job's real rows."""

import json
import re
from pathlib import Path

import pytest
from scout_common.db import make_engine
from scout_contracts.stages import STAGES

from bench.scaling import Load, cost_rows, plan_rows
from bench.unit_costs import WHOLE, Costs, read_costs
from tests.hall import open_world

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def costs() -> Costs:
    return Costs(**json.loads((DOCS / "scaling.json").read_text()))


@pytest.mark.parametrize("part", ["costs", "plan"])
def test_the_page_shows_what_the_file_gives(costs: Costs, part: str) -> None:
    page = (DOCS / "scaling.md").read_text()
    shown = re.search(rf"<!-- {part} -->\n(.*)\n<!-- /{part} -->", page, re.DOTALL)
    assert shown is not None
    made = cost_rows(costs) if part == "costs" else plan_rows(costs, Load(hours=10_000, products=1_000_000))
    assert shown[1].splitlines() == list(made)


def test_every_measured_stage_exists(costs: Costs) -> None:
    of_every_job = {stage.name for stage in STAGES if stage.kind == "match" and not stage.optional}
    assert costs.stages.keys() == WHOLE.keys() == of_every_job


def test_twice_the_hours_need_twice_the_cores(costs: Costs) -> None:
    one, two = (
        next(row for row in plan_rows(costs, Load(hours=hours, products=0)) if "`keypoint`" in row)
        for hours in (1_000, 2_000)
    )
    assert float(two.split("|")[2]) == pytest.approx(2 * float(one.split("|")[2]), rel=0.01)


def test_costs_are_read_from_rows_and_files(database: str, tmp_path: Path) -> None:
    with open_world(database, tmp_path, rows=True) as world:
        (tmp_path / "data" / "strip").mkdir()
        (tmp_path / "data" / "strip" / "one").write_bytes(b"x" * 3600)
        engine = make_engine(database)
        with engine.connect() as connection:
            found = read_costs(connection, world.resources.settings.blob_dir)
        engine.dispose()
    assert found.counts["keyframe"] > 0
    assert found.blob_bytes["video_h"] * found.counts["video_h"] == pytest.approx(3600)
    assert min(found.table_bytes[whole] for whole in ("keyframe", "product", "sighting", "unit")) > 0
