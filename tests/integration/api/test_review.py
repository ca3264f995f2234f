"""The review queue as people and programs use it, on real rows."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scout_app.http import create_app
from scout_common.observations import Seen, ask_about_label, observe
from scout_common.reader_process import POOL, About
from scout_common.sealing import MasterKeys, new_key
from scout_common.settings import Settings
from scout_common.vault import Vault
from scout_ocr.fields import Field
from scout_ocr.reading import PictureQuality, Reading
from sqlalchemy import Engine, text

from tests.hall import FakeControl, World
from tests.reading import all_rows

SETTINGS = Settings(_env_file=None)
SHA = hashlib.sha256(b"receipt").hexdigest()


@pytest.fixture
def api(reviewed: World) -> TestClient:
    return reviewed.client


def field(name: str = "total", value: Any = "12.50", confidence: float = 0.9, **more: Any) -> Field:
    return Field(
        name=name,
        value=value,
        confidence=confidence,
        rule="rule",
        engine="rapidocr",
        box=(40, 20, 120, 40),
        raw=str(value),
        **more,
    )


def reading(*fields: Field, engine: str = "rapidocr", version: str = "3.10", **more: Any) -> Reading:
    return Reading(
        media_type="image/png",
        kind=more.pop("kind", "receipt"),
        pages=(),
        text=" ".join(str(one.value) for one in fields),
        markdown="",
        fields=fields,
        engines=((engine, version),),
        **more,
    )


def see(engine: Engine, what: Reading | None, sha256: str = SHA, **more: Any) -> int:
    seen = Seen(tenant="default", owner=str(uuid4()), sha256=sha256, name="r.png", reading=what, **more)
    with engine.begin() as connection:
        return observe(connection, seen, SETTINGS)


def items(api: TestClient, **where: Any) -> list[dict[str, Any]]:
    answer = api.get("/api/v1/review", params=where)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def decide(api: TestClient, item: dict[str, Any], action: str, key: str | None = None, **more: Any) -> Any:
    body = {"by": "Ana", "revision": item["revision"], **more}
    headers = {"Idempotency-Key": key} if key else {}
    return api.post(f"/api/v1/review/{item['id']}/{action}", json=body, headers=headers)


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
            after = {"cursor": cursor} if cursor else {}
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
    assert shown.shape[:2] == (20 + 2 * 12, 80 + 2 * 12)
    assert shown[shown.shape[0] // 2, shown.shape[1] // 2, 2] > 150
    see(reviewed.resources.engine, reading(field(confidence=0.3)), sha256="c" * 64)
    gone = next(item for item in items(api) if item["source"] == "c" * 64)
    assert api.get(gone["picture"]).status_code == 404


def test_accuracy_counts_right_wrong_missed_and_invented(api: TestClient, reviewed: World) -> None:
    engine = reviewed.resources.engine
    doubtful = [field("total", confidence=0.3), field("date", "2020-01-01", confidence=0.3)]
    invented = field("tax", "7.00", confidence=0.3)
    see(engine, reading(*doubtful, invented))
    missing = reading(field("total", "99.00", confidence=0.4), engine="tesseract", version="5.5")
    see(engine, missing, role="shadow", reader="tesseract")
    by_field = {item["field"]: item for item in items(api)}
    assert set(by_field) == {"total", "date", "tax"}  # nobody is asked about the shadow's values
    decide(api, by_field["total"], "accept")
    decide(api, by_field["date"], "correct", value="2021-01-01")
    decide(api, by_field["tax"], "reject")
    report = api.get("/api/v1/review/accuracy").json()
    found = {(row["field"], row["engine"], row["version"]): row for row in report["rows"]}
    assert found["total", "rapidocr", "3.10"]["right"] == 1
    assert found["total", "rapidocr", "3.10"]["accuracy"] == 1.0
    assert found["date", "rapidocr", "3.10"]["wrong"] == 1
    assert found["tax", "rapidocr", "3.10"]["invented"] == 1
    assert next(row for key, row in found.items() if key[0] == "date" and row["role"] == "shadow")["missed"] == 1
    total = next(row for row in report["comparisons"] if row["field"] == "total")
    assert (total["champion"], total["champion_right"], total["shadow"], total["shadow_right"]) == (
        "routing",
        1,
        "tesseract",
        0,
    )
    tax = next(row for row in report["comparisons"] if row["field"] == "tax")  # who rightly said nothing is right
    assert (tax["judged"], tax["champion_right"], tax["shadow_right"]) == (1, 0, 1)
    only = api.get("/api/v1/review/accuracy", params={"field": "tax"}).json()["rows"]
    assert {row["field"] for row in only} == {"tax"}
    assert api.get("/api/v1/review/accuracy", params={"until": "2000-01-01"}).json()["rows"] == []


def test_what_a_reader_could_not_read_is_missed(api: TestClient, reviewed: World) -> None:
    engine = reviewed.resources.engine
    see(engine, None, error="it is torn", reader="rapidocr")
    see(engine, reading(field()), role="shadow", reader="tesseract")
    [item] = items(api)
    decide(api, item, "enter", value={"total": "12.50"})
    report = api.get("/api/v1/review/accuracy").json()
    missed = next(row for row in report["rows"] if row["role"] == "champion")
    assert (missed["reader"], missed["field"], missed["missed"], missed["judged"]) == ("rapidocr", "total", 1, 1)
    [pair] = report["comparisons"]
    assert (pair["champion_right"], pair["judged"]) == (0, 1)


@dataclass(frozen=True)
class Engines:
    """Says which engines are here."""

    def about(self) -> About:
        return About(version="1", languages={"rapidocr": ("en",), "tesseract": ("en",)})

    def close(self) -> None:
        """Nothing was started."""


def test_another_reader_answers_at_once_and_back(reviewed: World, api: TestClient) -> None:
    reviewed.resources.memory[POOL] = Engines()
    assert api.get("/api/v1/review/reader").json()["champion"] == "routing"
    changed = {"champion": "tesseract", "shadow": "routing", "share": 0.25, "by": "Ana"}
    assert api.put("/api/v1/review/reader", json=changed).status_code == 200
    now = api.get("/api/v1/review/reader").json()
    assert (now["champion"], now["shadow"], now["share"]) == ("tesseract", "routing", 0.25)
    assert api.put("/api/v1/review/reader", json={"champion": "routing", "by": "Ana"}).json()["champion"] == "routing"
    assert [one["champion"] for one in api.get("/api/v1/review/reader").json()["history"]] == ["", "tesseract"]
    same = {"champion": "tesseract", "shadow": "tesseract", "by": "Ana"}
    assert api.put("/api/v1/review/reader", json=same).status_code == 422
    elsewhere = {"champion": "trocr", "by": "Ana"}
    assert "rapidocr, routing, tesseract" in api.put("/api/v1/review/reader", json=elsewhere).text
    assert api.put("/api/v1/review/reader", json={**elsewhere, "force": True}).json()["champion"] == "trocr"


@pytest.fixture
def sealed(reviewed: World) -> Iterator[TestClient]:
    """The API over a database whose results are sealed."""
    engine = reviewed.resources.engine.execution_options(scout_vault=Vault(MasterKeys([new_key()])))
    own = replace(reviewed.resources, engine=engine)
    with TestClient(create_app(own, FakeControl()), base_url="http://localhost") as client:
        client.engine = engine  # type: ignore[attr-defined]
        yield client


def test_sealed_values_are_shown_and_their_rows_say_nothing(sealed: TestClient) -> None:
    engine = sealed.engine  # type: ignore[attr-defined]
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
    see(sealed.engine, reading(field("company", "Lindqvist", confidence=0.3)))  # type: ignore[attr-defined]
    answer = reviewed.client.get("/api/v1/review")
    assert answer.status_code == 503
    assert "SCOUT_MASTER_KEY_FILE" in answer.json()["detail"]
    assert "Lindqvist" not in answer.text


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
