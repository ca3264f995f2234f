"""The review queue over a database whose results are sealed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from scout_app.http import create_app
from scout_common.sealing import MasterKeys, new_key
from scout_common.vault import Vault

from tests.hall import FakeControl, World
from tests.integration.api.reviewing import decide, field, items, reading, see
from tests.reading import all_rows


@pytest.fixture
def sealed(reviewed: World) -> Iterator[TestClient]:
    """The API over a database whose results are sealed."""
    engine = reviewed.resources.engine.execution_options(scout_vault=Vault(MasterKeys([new_key()])))
    own = replace(reviewed.resources, engine=engine)
    with TestClient(create_app(own, FakeControl()), base_url="http://localhost") as client:
        client.engine = engine
        yield client


def test_sealed_values_are_shown_and_their_rows_say_nothing(sealed: TestClient) -> None:
    engine = sealed.engine
    see(engine, reading(field("company", "Lindqvist", confidence=0.3), field("company", "Lindkvist", confidence=0.28)))
    [item] = items(sealed)
    assert item["value"] == "Lindqvist"
    assert item["doubts"] == ["also read as Lindkvist"]
    corrected = decide(sealed, item, "correct", value="Lindquist", printed="LINDQUIST", note="not Lindqvist").json()
    assert corrected["truth"] == "Lindquist"
    assert (corrected["history"][0]["value"], corrected["history"][0]["note"]) == ("Lindquist", "not Lindqvist")
    [row] = sealed.get("/api/v1/review/accuracy").json()["rows"]
    assert row["wrong"] == 1
    raw = all_rows(engine)
    assert "sealed" in raw
    assert not any(name in raw.lower() for name in ("lindq", "lindk"))


def test_without_the_key_sealed_values_are_not_shown_and_the_answer_says_why(
    sealed: TestClient, reviewed: World
) -> None:
    see(sealed.engine, reading(field("company", "Lindqvist", confidence=0.3)))
    answer = reviewed.client.get("/api/v1/review")
    assert answer.status_code == 503
    assert "SCOUT_MASTER_KEY_FILE" in answer.json()["detail"]
    assert "Lindqvist" not in answer.text
