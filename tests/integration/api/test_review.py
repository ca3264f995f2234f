"""The review queue as people and programs use it, on real rows."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scout_common.observations import ask_about_label
from scout_ocr.reading import PictureQuality
from sqlalchemy import Engine, text

from tests.hall import World
from tests.integration.api.reviewing import SHA, decide, field, items, reading, see


def test_what_is_doubtful_enters_the_queue_and_nothing_else(api: TestClient, reviewed: World) -> None:
    engine = reviewed.resources.engine
    doubtful = reading(
        field("company", "Sure Ltd"),
        field("total", confidence=0.3),
        field("date", "2018-13-12", doubts=("an impossible date",)),
        field("currency", "EUR"),
        field("currency", "USD", confidence=0.8),
    )
    assert see(engine, doubtful) == 3
    assert see(engine, doubtful) == 3  # once more changes nothing
    found = {item["field"]: item for item in items(api)}
    assert {name: item["reason"] for name, item in found.items()} == {
        "total": "confidence",
        "date": "doubt",
        "currency": "contradiction",
    }
    assert found["currency"]["doubts"] == ["also read as USD"]
    assert items(api)[0]["field"] == "total"  # least sure first
    assert found["total"]["version"] == "3.10"


def test_failed_reads_are_entered_by_hand_and_become_truth(api: TestClient, reviewed: World) -> None:
    see(reviewed.resources.engine, None, error="the engine did not answer")
    blurred = PictureQuality(blur=0.1, glare=1, resolution=1, score=0.1, advice="hold the camera still")
    see(reviewed.resources.engine, reading(quality=(blurred,)), sha256="b" * 64)
    first, second = items(api, reason="failed", sort="created")
    assert first["doubts"] == ["the engine did not answer"]
    assert second["doubts"] == ["hold the camera still"]
    assert decide(api, first, "accept").status_code == 422
    assert decide(api, first, "enter", value="12.50").status_code == 422
    entered = decide(api, first, "enter", value={"total": "12.50", "company": "Sure Ltd"}).json()
    assert entered["state"] == "entered"
    with reviewed.resources.engine.connect() as connection:
        truth = connection.execute(text("SELECT field, value FROM ground_truth ORDER BY field")).all()
    assert truth == [("company", "Sure Ltd"), ("total", "12.50")]


def test_decisions_have_a_history_and_may_be_changed(api: TestClient, reviewed: World) -> None:
    see(reviewed.resources.engine, reading(field(confidence=0.3)))
    [item] = items(api, state="open")
    escalated = decide(api, item, "escalate", note="cannot read it").json()
    corrected = decide(api, escalated, "correct", value="12.80", printed="12,80").json()
    assert corrected["state"] == "corrected"
    assert corrected["truth"] == "12.80"
    assert corrected["value"] == "12.50"
    assert [(one["action"], one["decided_by"], one["note"]) for one in corrected["history"]] == [
        ("escalate", "Ana", "cannot read it"),
        ("correct", "Ana", ""),
    ]
    rejected = decide(api, corrected, "reject").json()
    assert rejected["state"] == "rejected"
    assert items(api, state="open") == []
    with reviewed.resources.engine.connect() as connection:
        assert connection.execute(text("SELECT value FROM ground_truth")).scalars().all() == [None]


def test_who_decides_on_an_old_revision_is_told(api: TestClient, reviewed: World) -> None:
    see(reviewed.resources.engine, reading(field(confidence=0.3)))
    [item] = items(api)
    assert decide(api, item, "accept").status_code == 200
    late = decide(api, item, "reject")
    assert late.status_code == 409
    assert "accepted at revision 2" in late.json()["detail"]


def test_of_many_at_once_one_decides(api: TestClient, reviewed: World) -> None:
    see(reviewed.resources.engine, reading(field(confidence=0.3)))
    [item] = items(api)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: decide(api, item, "correct", value=f"{n}.00").status_code, range(4)))
    assert sorted(answers) == [200, 409, 409, 409]


def test_the_same_request_decides_once(api: TestClient, reviewed: World) -> None:
    see(reviewed.resources.engine, reading(field(confidence=0.3)))
    [item] = items(api)
    first = decide(api, item, "accept", key="k1").json()
    again = decide(api, item, "accept", key="k1")
    assert again.status_code == 200
    assert again.json() == first
    assert decide(api, item, "reject", key="k1").status_code == 409


@pytest.mark.parametrize(
    ("action", "more", "says"),
    [
        ("correct", {"value": "12.5"}, "what was read"),
        ("correct", {"value": ""}, "missing"),
        ("correct", {}, "value"),
        ("accept", {"value": "1"}, "value"),
        ("correct", {"value": "a\u0000b"}, "NUL"),
        ("correct", {"value": [[[[["deep"]]]]]}, "deeper"),
        ("correct", {"value": "1", "by": ""}, "by"),
        ("correct", {"value": "1", "revision": 0}, "revision"),
    ],
)
def test_decisions_that_do_not_fit_are_refused(
    api: TestClient, reviewed: World, action: str, more: dict[str, Any], says: str
) -> None:
    see(reviewed.resources.engine, reading(field(confidence=0.3)))
    [item] = items(api)
    answer = decide(api, item, action, **more)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert items(api)[0]["state"] == "open"


def test_unknown_items_and_cursors(api: TestClient) -> None:
    assert api.get(f"/api/v1/review/{uuid4()}").status_code == 404
    assert api.get("/api/v1/review", params={"cursor": "xyz"}).status_code == 400
    nobody = api.post(f"/api/v1/review/{uuid4()}/accept", json={"by": "Ana", "revision": 1})
    assert nobody.status_code == 404


def test_pages_hold_everything_once(api: TestClient, reviewed: World) -> None:
    for number in range(7):
        see(reviewed.resources.engine, reading(field(confidence=0.1 * (number % 3))), sha256=f"{number:064x}")
    for sort in ("confidence", "created", "-created"):
        seen: list[str] = []
        cursor = None
        while True:
            after: dict[str, Any] = {"cursor": cursor} if cursor else {}
            page = api.get("/api/v1/review", params={"sort": sort, "limit": 3, **after}).json()
            seen += [item["id"] for item in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert len(seen) == len(set(seen)) == 7


def test_filters(api: TestClient, reviewed: World) -> None:
    see(reviewed.resources.engine, reading(field("total", confidence=0.3), field("date", "2020-01-01", confidence=0.1)))
    assert [item["field"] for item in items(api, field="date")] == ["date"]
    assert [item["field"] for item in items(api, min_confidence=0.2)] == ["total"]
    assert len(items(api, source=SHA, kind="receipt", engine="rapidocr", reason="confidence")) == 2
    assert items(api, engine="tesseract") == []


def test_a_person_is_not_asked_twice(api: TestClient, reviewed: World) -> None:
    see(reviewed.resources.engine, reading(field(confidence=0.3)))
    [item] = items(api)
    decide(api, item, "accept")
    see(reviewed.resources.engine, reading(field(confidence=0.2), version="4.0"))
    assert len(items(api)) == 1


def test_the_place_of_a_value_is_shown(api: TestClient, reviewed: World) -> None:
    page = np.full((100, 200, 3), 255, np.uint8)
    page[20:40, 40:120] = (200, 30, 30)
    data = cv2.imencode(".png", page[:, :, ::-1])[1].tobytes()
    sha256 = reviewed.resources.blobs.put(data, "image/png")
    see(reviewed.resources.engine, reading(field(confidence=0.3)), sha256=sha256)
    [item] = items(api)
    answer = api.get(item["picture"])
    assert answer.status_code == 200, answer.text
    shown = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape[:2] == (20 + 2 * 12, 80 + 2 * 12)
    assert shown[shown.shape[0] // 2, shown.shape[1] // 2, 2] > 150
    see(reviewed.resources.engine, reading(field(confidence=0.3)), sha256="c" * 64)
    gone = next(item for item in items(api) if item["source"] == "c" * 64)
    assert api.get(gone["picture"]).status_code == 404


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(value=float("inf"), by="0", note="", action="correct")
@example(value=[[float("-inf")]], by="0", note="", action="correct")
@example(value={"total": float("nan")}, by="0", note="", action="enter")
@given(value=JSON, by=st.text(max_size=20), note=st.text(max_size=20), action=st.sampled_from(["correct", "enter"]))
def test_no_value_breaks_the_api(own: tuple[TestClient, Engine], value: Any, by: str, note: str, action: str) -> None:
    api, engine = own
    sha256 = hashlib.sha256(repr((value, by, note, action)).encode()).hexdigest()
    see(engine, reading(field(confidence=0.3)), sha256=sha256)
    [item] = items(api, source=sha256)
    try:
        body = json.dumps({"by": by, "revision": item["revision"], "note": note, "value": value}).encode()
    except ValueError:
        return
    headers = {"content-type": "application/json"}
    answer = api.post(f"/api/v1/review/{item['id']}/{action}", content=body, headers=headers)
    assert answer.status_code in {200, 409, 422}, answer.text
    assert items(api, source=sha256)


@pytest.fixture
def own(reviewed: World) -> tuple[TestClient, Engine]:
    return reviewed.client, reviewed.resources.engine


def test_a_label_that_contradicts_the_catalogue_is_looked_at(api: TestClient, reviewed: World) -> None:
    match, frame = str(uuid4()), "d" * 64
    about = {"tenant": "default", "job": str(uuid4()), "match": match, "frame": frame}
    for _ in range(2):
        with reviewed.resources.engine.begin() as connection:
            ask_about_label(connection, **about, said="Cola Zero", reasons=("the catalogue says Cola",))
    [item] = items(api)
    assert (item["reason"], item["kind"], item["value"]) == ("contradiction", "label", "Cola Zero")
    assert item["source_name"] == f"sighting {match}"
    assert item["doubts"] == ["the catalogue says Cola"]
