"""Jobs over HTTP: lists, progress, trust, control, live events."""

import html
import json
import re
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from scout_app.http import create_app
from scout_common.db import plain_url
from scout_common.work import Resources

from services.orchestrator.main import LedgerControl
from tests.hall import World

DONE, RUNNING, FAILED, NONE = (f"00000000-0000-4000-8000-00000000000{i}" for i in (1, 2, 3, 9))


def events(client: TestClient, job: str, **headers: str) -> list[dict[str, Any]]:
    """The stream of a finished job, parsed."""
    answer = client.get(f"/api/v1/jobs/{job}/events", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.text.split("\n\n") if "event:" in block]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


def test_an_empty_database_lists_nothing(empty: World) -> None:
    assert empty.client.get("/api/v1/jobs").json() == {"items": [], "next": None}


def test_jobs_come_newest_first_in_pages(hall: TestClient) -> None:
    first = hall.get("/api/v1/jobs?limit=2").json()
    assert [job["state"] for job in first["items"]] == ["running", "done"]
    second = hall.get("/api/v1/jobs", params={"limit": 2, "cursor": first["next"]}).json()
    assert [job["title"] for job in second["items"]] == ["Broken catalogue"]
    assert second["next"] is None


def test_a_job_in_the_list_says_what_it_was_given_and_found(hall: TestClient) -> None:
    job = hall.get("/api/v1/jobs?state=done").json()["items"][0]
    assert (job["products"], job["media"], job["sightings"], job["show"]) == (3, 2, 30, "Spring Fair")


def test_expected_false_counts_decoys_at_the_threshold_and_sibling_risks(hall: TestClient) -> None:
    trust = hall.get(f"/api/v1/jobs/{DONE}").json()["expected_false"]
    # p = 0.99 - (i // 3) * 0.04 >= 0.5 for all 30; two decoys of 0.55 and 0.91 stand for 0.2 pairs each;
    # 27 sightings name a product, each with a risk of 0.05; 1 - p is 0.01, 0.05 ... 0.37, three times each
    assert trust["sightings"] == 30
    assert trust["by_chance"] == pytest.approx(0.4)
    assert trust["siblings"] == pytest.approx(27 * 0.05)
    assert trust["by_probability"] == pytest.approx(5.7)
    assert trust["text"] == (
        "30 sightings at p >= 0.5; expected false: 0.4 by chance, 1.4 siblings; "
        "of the 30, 5.7 expected wrong by their own probabilities"
    )


def test_expected_false_at_another_threshold(hall: TestClient) -> None:
    trust = hall.get(f"/api/v1/jobs/{DONE}?min_probability=0.9").json()["expected_false"]
    assert trust["sightings"] == 9
    assert trust["by_chance"] == pytest.approx(0.2)


def test_every_count_is_of_claims_and_the_weaker_ones_can_be_asked_for(own_hall: World) -> None:
    with psycopg.connect(plain_url(own_hall.database), autocommit=True) as connection:
        connection.execute("""UPDATE job SET spec = jsonb_set(spec, '{options,min_probability}', '0.9')""")
    client = own_hall.client
    job = client.get(f"/api/v1/jobs/{DONE}").json()
    listed = next(item for item in client.get("/api/v1/jobs").json()["items"] if item["id"] == DONE)
    assert (job["sightings"], job["kept"], job["expected_false"]["sightings"]) == (9, 30, 9)
    assert (listed["sightings"], listed["kept"]) == (9, 30)
    products = client.get("/api/v1/products").json()["items"]
    media = client.get("/api/v1/videos").json()["items"]
    assert sum(medium["sightings"] for medium in media) == 9
    assert sum(product["sightings"] for product in products) == 9
    for query, count in ((f"job={DONE}", 9), (f"job={DONE}&all=true", 30), (f"job={DONE}&min_probability=0.5", 30)):
        assert len(client.get(f"/api/v1/matches?limit=200&{query}").json()["items"]) == count
        assert client.get(f"/api/v1/matches.csv?{query}").text.count("\r\n") == count + 1
    page = client.get(f"/?job={DONE}").text
    assert page.count('<li class="card"') == 9
    assert "also 21 weaker than 0.9" in page
    everything = client.get(f"/?job={DONE}&all=1").text
    assert everything.count('<li class="card"') == 24  # and the rest on the next page, which keeps the choice
    assert "all=1&amp;cursor=" in everything
    assert "matches.csv?job=00000000-0000-4000-8000-000000000001&amp;all=true" in everything


def test_the_files_of_the_page_hold_what_the_page_shows(hall: TestClient) -> None:
    page = hall.get(f"/?job={DONE}&product=TEA-2&p=0.8&sort=time").text
    csv, json_ = (html.unescape(found) for found in re.findall(r'href="(/api/v1/matches[./]\w+\?[^"]+)"', page))
    shown = re.findall(r"/api/v1/matches/([0-9a-f-]{36})/evidence", page)
    assert [item["id"] for item in hall.get(json_).json() if item["evidence"]] == list(dict.fromkeys(shown))
    assert hall.get(csv).text.count("\r\n") == len(hall.get(json_).json()) + 1 == page.count('<li class="card"') + 1


def test_a_job_without_claims_shows_what_is_weaker(own_hall: World) -> None:
    with psycopg.connect(plain_url(own_hall.database), autocommit=True) as connection:
        connection.execute("""UPDATE job SET spec = jsonb_set(spec, '{options,min_probability}', '0.999')""")
    page = own_hall.client.get(f"/?job={DONE}").text
    assert "was sighted at p &gt;= 0.999" in page
    assert "30 weaker sightings were kept" in page
    assert "all=1" in page


def test_progress_counts_units_and_says_how_long(hall: TestClient) -> None:
    job = hall.get(f"/api/v1/jobs/{RUNNING}").json()
    stage = next(s for s in job["stages"] if s["stage"] == "keypoint")
    assert (stage["done"], stage["running"], stage["pending"], stage["total"]) == (4, 2, 6, 12)
    assert 40 <= stage["eta_s"] <= 300  # 4 units in 20 s and as long as these tests have run, 8 left
    assert job["progress"] == pytest.approx((1 + 4 / 12) / len(job["stages"]))
    assert job["eta_s"] == stage["eta_s"]


def test_a_failed_job_says_why(hall: TestClient) -> None:
    job = hall.get(f"/api/v1/jobs/{FAILED}").json()
    assert job["failures"][0]["message"] == "none.csv does not exist"
    assert job["failures"][0]["hint"] == "Correct the path."
    assert job["issues"][0]["subject"] == "none.csv"
    assert job["progress"] == 1.0


def test_an_unknown_job_is_named(hall: TestClient) -> None:
    for path in ("", "/events"):
        answer = hall.get(f"/api/v1/jobs/{NONE}{path}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert NONE in answer.json()["detail"]


@pytest.mark.parametrize("address", ["/start-job", "/api/v1/jobs"])
def test_starting_a_job_answers_with_where_to_watch_it(shared_hall: World, address: str) -> None:
    client, control = shared_hall.client, shared_hall.control
    control.started.clear()
    body = {"catalogue": "products.csv", "media": ["hall.mp4"]}
    answer = client.post(address, json=body, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['job_id']}"
    assert client.post(address, json=body, headers={"Idempotency-Key": "k1"}).status_code == 200
    request, key = control.started[0]
    assert (request.catalogue, list(request.media), key) == ("products.csv", ["hall.mp4"], "k1")


def test_a_bad_request_names_the_field(hall: TestClient) -> None:
    answer = hall.post("/start-job", json={"catalogue": "c.csv", "media": ["a"], "options": {"min_probability": 2}})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["errors"][0]["where"] == "options.min_probability"
    assert "options.min_probability" in problem["detail"]


def test_a_refused_catalogue_says_what_to_do(hall: TestClient) -> None:
    answer = hall.post("/start-job", json={"catalogue": "missing.csv", "media": ["a"]})
    assert answer.status_code == 422
    assert "missing.csv" in answer.json()["detail"]
    assert "Correct the path." in answer.json()["detail"]


def test_cancel_and_retry(shared_hall: World) -> None:
    hall, control = shared_hall.client, shared_hall.control
    control.cancelled.clear()
    assert hall.post(f"/api/v1/jobs/{RUNNING}/cancel").json() == {"state": "cancelled"}
    assert hall.post(f"/api/v1/jobs/{FAILED}/retry").json() == {"units": 3}
    assert (control.cancelled, control.retried) == ([RUNNING], [FAILED])
    assert hall.post(f"/api/v1/jobs/{RUNNING}/retry").status_code == 409
    assert hall.post(f"/api/v1/jobs/{NONE}/cancel").status_code == 404


def test_events_of_a_finished_job_can_be_replayed_from_the_start(hall: TestClient) -> None:
    seen = events(hall, DONE, **{"Last-Event-ID": "0"})
    kinds = [event["event"] for event in seen]
    assert kinds == ["job.started", "match.result.enriched", "job.completed", "job.state", "end"]
    ids = [int(event["id"]) for event in seen if "id" in event]
    assert ids == sorted(ids)
    assert json.loads(seen[2]["data"])["state"] == "done"


def test_a_reconnecting_listener_gets_only_what_it_missed(hall: TestClient) -> None:
    first = events(hall, DONE, **{"Last-Event-ID": "0"})
    again = events(hall, DONE, **{"Last-Event-ID": first[1]["id"]})
    assert [event["event"] for event in again] == ["job.completed", "job.state", "end"]


def test_a_new_listener_gets_the_state_and_no_history(hall: TestClient) -> None:
    assert [event["event"] for event in events(hall, DONE)] == ["job.state", "end"]


def test_a_listener_hears_what_happens_while_it_listens(own_hall: World) -> None:
    """The running job ends while somebody listens: the stream tells it, then ends."""

    def finish() -> None:
        with psycopg.connect(plain_url(own_hall.database), autocommit=True) as connection:
            for key in ("k2", "k3", "k4", "k5", "k6"):  # bit by bit: the listener may take its time to begin
                connection.execute("UPDATE unit SET state = 'done' WHERE job_id = %s AND key < %s", [RUNNING, key])
                time.sleep(1)
            connection.execute(
                "INSERT INTO job_event (job_id, type, data) VALUES (%s, 'job.completed', '{}')", [RUNNING]
            )
            connection.execute("UPDATE job SET state = 'done' WHERE id = %s", [RUNNING])

    timer = threading.Timer(0.3, finish)
    timer.start()
    seen = [event["event"] for event in events(own_hall.client, RUNNING)]
    timer.join()
    assert seen[0] == "job.state"
    assert "job.progress" in seen  # read from the ledger: nobody wrote an event
    assert "job.completed" in seen
    assert seen[-1] == "end"


def test_the_orchestrator_behind_the_api(resources: Resources, tmp_path: Path) -> None:
    """Start, see, cancel and retry a job with the control that the product uses; nobody works on it here."""
    (tmp_path / "products.csv").write_text("sku,title,image\nA,Tea,a.jpg\n")
    (tmp_path / "booth.jpg").write_bytes(b"picture")
    body = {"catalogue": str(tmp_path / "products.csv"), "media": [str(tmp_path / "booth.jpg")]}
    app = create_app(resources, LedgerControl(resources.engine, resources.settings))
    with TestClient(app, base_url="http://localhost") as client:
        started = client.post("/start-job", json=body, headers={"Idempotency-Key": "once"}).json()
        again = client.post("/start-job", json=body, headers={"Idempotency-Key": "once"})
        assert (again.status_code, again.json()["job_id"]) == (200, started["job_id"])
        other = {**body, "title": "another"}
        assert client.post("/start-job", json=other, headers={"Idempotency-Key": "once"}).status_code == 409
        assert client.get("/api/v1/jobs").json()["items"][0]["id"] == started["job_id"]
        assert client.post(f"{started['url']}/retry").status_code == 409
        assert client.post(f"{started['url']}/cancel").json() == {"state": "cancelled"}
        assert client.get(started["url"]).json()["state"] == "cancelled"
        assert "The job was cancelled" in client.get(started["page"]).text
