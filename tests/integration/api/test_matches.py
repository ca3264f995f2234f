"""Sightings over HTTP: filters, order, pages, exports, verdicts, evidence."""

import csv
import io
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from scout_common.paging import Cursor

from services.results_api.match_store import MatchFilter
from services.results_api.matches import every_match
from tests.hall import World

DONE = "00000000-0000-4000-8000-000000000001"
HALL_VIDEO, PHOTO = "00000000-0000-4000-8000-0000000000c1", "00000000-0000-4000-8000-0000000000c2"
FIRST, WITHOUT_EVIDENCE = "10000000-0000-4000-8000-000000000000", "10000000-0000-4000-8000-000000000007"


def walk(client: TestClient, **filters: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params = {**filters, **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/v1/matches", params=params).json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def test_the_most_probable_come_first(hall: TestClient) -> None:
    items = hall.get("/api/v1/matches").json()["items"]
    probabilities = [item["probability"] for item in items]
    assert len(items) == 30
    assert probabilities == sorted(probabilities, reverse=True)


@pytest.mark.parametrize("sort", ["-probability", "probability", "time", "created", "-created"])
@pytest.mark.parametrize("limit", [1, 4, 7, 30])
def test_pages_hold_every_sighting_once_in_the_order_of_one_page(hall: TestClient, sort: str, limit: int) -> None:
    whole = [item["id"] for item in hall.get("/api/v1/matches", params={"sort": sort, "limit": 200}).json()["items"]]
    assert [item["id"] for item in walk(hall, sort=sort, limit=limit)] == whole
    assert len(set(whole)) == 30


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"job": DONE}, 30),
        ({"job": "00000000-0000-4000-8000-000000000002"}, 0),
        ({"video": PHOTO}, 6),
        ({"show": "Spring Fair"}, 30),
        ({"show": "Autumn Fair"}, 0),
        ({"min_probability": 0.9}, 9),
        ({"state": "accepted"}, 0),
        ({"product": "TEA-1"}, 9 + 3),  # ties that may be it count
        ({"product": "00000000-0000-4000-8000-0000000000b1"}, 9 + 3),
        ({"product": "OAT-1"}, 9),
        ({"product": "none such"}, 0),
        ({"video": HALL_VIDEO, "from": 20, "to": 24}, 4),  # those that overlap: 18-21.5, 22-25.5, 24-27.5 and 17
    ],
)
def test_filters(hall: TestClient, filters: dict[str, Any], expected: int) -> None:
    items = walk(hall, limit=200, **filters)
    if "from" in filters:
        assert items
        assert all(item["end_s"] >= 20 and item["start_s"] <= 24 for item in items)
        everything = walk(hall, limit=200, video=HALL_VIDEO)
        assert len(items) == sum(item["end_s"] >= 20 and item["start_s"] <= 24 for item in everything)
    else:
        assert len(items) == expected


def test_a_sighting_says_what_where_when(hall: TestClient) -> None:
    item = next(i for i in walk(hall) if i["id"] == "10000000-0000-4000-8000-000000000001")
    assert item["product"]["sku"] == "TEA-2"
    assert item["medium"]["name"] == "films/hall.mp4"
    assert (item["start_s"], item["end_s"]) == (2.0, 5.5)
    assert item["medium"]["url"] == f"/api/v1/videos/{HALL_VIDEO}/media#t=3.25"
    assert item["show"] == "Spring Fair"


def test_an_honest_tie_has_a_family_and_no_product(hall: TestClient) -> None:
    tie = next(item for item in walk(hall) if item["id"].endswith("009"))
    assert tie["product"] is None
    assert [member["sku"] for member in tie["family"]] == ["TEA-1", "TEA-2"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        "e30",
        Cursor("time", (1.0,)).encode(),
        Cursor("-probability", ("a", "b")).encode(),
        Cursor("-probability", (0.5, "no uuid")).encode(),
        "A" * 5000,
    ],
)
def test_a_bad_cursor_is_refused_with_advice(hall: TestClient, cursor: str) -> None:
    answer = hall.get("/api/v1/matches", params={"cursor": cursor})
    assert answer.status_code == 400
    assert "Leave it out" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "min_probability=2", "state=maybe", "sort=best", "job=7", "from=-1", "product=%00"],
)
def test_bad_parameters_are_named(hall: TestClient, query: str) -> None:
    answer = hall.get(f"/api/v1/matches?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_csv_holds_every_sighting_and_no_formula(hall: TestClient) -> None:
    answer = hall.get("/api/v1/matches.csv", params={"job": DONE, "sort": "time"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 30
    oats = next(row for row in rows if row["sku"] == "OAT-1")
    assert oats["title"].startswith("'=HYPERLINK")
    assert oats["brand"] == "'@Mill"
    assert float(oats["probability"]) > 0.5
    assert not any(str(value).startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_exports_as_files(hall: TestClient) -> None:
    exported = hall.get("/api/v1/matches/export?format=json&min_probability=0.9")
    assert [item["id"] for item in json.loads(exported.text)] == [i["id"] for i in walk(hall, min_probability=0.9)]
    assert hall.get("/api/v1/matches/export?format=csv").text == hall.get("/api/v1/matches.csv").text
    assert json.loads(hall.get("/api/v1/matches/export?format=json&product=none").text) == []


def test_an_export_holds_no_connection_while_it_is_sent(shared_hall: World) -> None:
    """A download that is broken off would keep it in its transaction for long."""
    pool, ids = shared_hall.resources.engine.pool, []
    for match in every_match(shared_hall.resources, MatchFilter(), "time", batch=4):
        assert pool.checkedout() == 0  # type: ignore[attr-defined]
        ids.append(str(match.id))
    assert ids == [item["id"] for item in walk(shared_hall.client, sort="time")]


def test_one_sighting_has_its_details(hall: TestClient) -> None:
    match = hall.get(f"/api/v1/matches/{FIRST}").json()
    assert match["signals"] == {"inliers": 42}
    assert match["boxes"][0]["inliers"] == 42
    assert len(match["detection"]["quad"]) == 4
    missing = hall.get("/api/v1/matches/10000000-0000-4000-8000-0000000000ff")
    assert missing.status_code == 404
    assert "0000000000ff" in missing.json()["detail"]


def test_a_verdict_stays(hall: TestClient) -> None:
    assert hall.patch(f"/api/v1/matches/{FIRST}", json={"state": "accepted"}).json()["state"] == "accepted"
    assert [item["id"] for item in walk(hall, state="accepted")] == [FIRST]
    assert hall.patch(f"/api/v1/matches/{FIRST}", json={"state": "new"}).json()["state"] == "new"
    assert hall.patch(f"/api/v1/matches/{FIRST}", json={"state": "perhaps"}).status_code == 422
    assert hall.patch("/api/v1/matches/10000000-0000-4000-8000-0000000000ff", json={"state": "new"}).status_code == 404


def test_evidence_and_proof(hall: TestClient) -> None:
    picture = hall.get(f"/api/v1/matches/{FIRST}/evidence")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8")
    assert hall.get(f"/api/v1/matches/{FIRST}/proof").json() == {"version": 1}
    missing = hall.get(f"/api/v1/matches/{WITHOUT_EVIDENCE}/evidence")
    assert missing.status_code == 404
    assert "still being made" in missing.json()["detail"]
