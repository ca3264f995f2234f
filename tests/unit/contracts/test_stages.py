"""The topology is sound: every stage can be reached, waits only for stages that exist, and never for itself."""

import re
from pathlib import Path

from scout_contracts.stages import BY_NAME, STAGES

ROOT = Path(__file__).parents[3]


def test_stages_wait_only_for_earlier_ones() -> None:
    seen: set[str] = set()
    for stage in STAGES:  # the order of the table is the order of the work: so the graph has no cycle
        assert {*stage.after, *stage.after_catalogue} <= seen
        seen.add(stage.name)


def test_waiting_stages_begin_waiting() -> None:
    assert BY_NAME["matcher"].first_state == "waiting"
    assert BY_NAME["catalog"].first_state == "pending"


def test_routing_keys_end_with_their_stage() -> None:
    assert BY_NAME["embedding"].routing_key == "products.images.ready.embedding"
    assert len({stage.routing_key for stage in STAGES}) == len(STAGES)


def test_picture_and_table_of_the_architecture_have_every_stage() -> None:
    named = {stage.name for stage in STAGES}
    drawn = re.findall(r"<text[^>]*>(\w+)</text>", (ROOT / "docs" / "dataflow.svg").read_text())
    assert named <= set(drawn)
    assert named == set(re.findall(r"^\| `(\w+)` \| `", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE))
