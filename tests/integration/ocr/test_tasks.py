"""OCR tasks: read by a worker, told live by any replica, tried again, cancelled, limited in number."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from fastapi.testclient import TestClient
from scout_app.bootstrap import open_resources
from scout_app.http import create_app
from scout_common.db import make_engine
from scout_common.ledger import dispatch
from scout_common.reader_process import POOL, ReaderPool
from scout_common.settings import Settings
from starlette.websockets import WebSocketDisconnect

from services.orchestrator.main import LedgerControl
from tests.reading import Replica, replica
from tests.servers import serving_folder


def sent(*texts: str) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (f"{number}.txt", text.encode(), "text/plain")) for number, text in enumerate(texts)]


def text_of(item: dict[str, Any]) -> str:
    return str(item["result"]["text"].rpartition(" ")[0])


def start(one: Replica, *texts: str, **data: str) -> str:
    answer = one.post("batch", sent(*texts), data=data)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == answer.json()["status"]
    return str(answer.json()["id"])


@contextmanager
def working(one: Replica) -> Iterator[None]:
    """A worker beside the test."""
    ends = threading.Event()

    def work() -> None:
        while not ends.wait(0.05):
            one.world.run_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        ends.set()
        worker.join()


def test_a_task_is_read_by_a_worker_and_told_by_another_replica(
    played: Replica, database: str, tmp_path: Path, toy: ReaderPool
) -> None:
    task = played.post("process/async", {"file": ("a.txt", b"hello there", "text/plain")}).json()["id"]
    assert played.get(f"result/{task}").status_code == 409
    with (
        replica(database, tmp_path, toy) as other,
        other.client.websocket_connect(f"ws://localhost/api/v1/ocr/ws/{task}") as socket,
    ):
        assert socket.receive_json()["event"] == "started"
        with working(played):
            told = socket.receive_json()
            while told["event"] == "progress":
                told = socket.receive_json()
        assert told["event"] == "completed" and told["state"] == "done" and told["progress"] == 1.0
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1000
        assert text_of(other.get(f"result/{task}").json()["items"][0]) == "hello there"
        lines = other.get(f"events/{task}").text
        assert "event: started" in lines and "event: completed" in lines
    types = played.world.rows("SELECT type FROM job_event WHERE type <> 'job.progress' ORDER BY id")
    assert [kind for (kind,) in types] == ["job.started", "ocr.completed", "job.completed"]


def test_a_batch_goes_on_past_what_cannot_be_read(played: Replica) -> None:
    task = start(played, "first", "encrypted", "third", title="Three files")
    status = played.get(f"status/{task}").json()
    assert (status["state"], status["files"], status["progress"]) == ("running", 3, 0.0)
    played.world.run_all()
    found = played.get(f"result/{task}").json()
    assert (found["state"], found["files"], found["read"], found["failed"]) == ("partial", 3, 2, 1)
    assert [item["state"] for item in found["items"]] == ["done", "failed", "done"]
    assert found["items"][1]["error"] == {
        "kind": "Encrypted",
        "message": "the file opens with a password only",
        "hint": "remove it",
    }
    assert played.get(f"result/{task}", file=1, format="text").status_code == 409
    assert text_of(played.get(f"result/{task}", file=2).json()["items"][0]) == "third"
    assert played.get(f"result/{task}", file=7).status_code == 404
    assert "== 2.txt" in played.get(f"result/{task}", format="text").text
    assert played.get(f"result/{task}", format="pdf").status_code == 409
    assert played.get(f"result/{task}", format="pdf", file=0).content.startswith(b"%PDF first")
    told = played.world.rows("SELECT data ->> 'name', data ->> 'message' FROM job_event WHERE type = 'ocr.failed'")
    assert told == [("1.txt", "the file opens with a password only")]
    assert played.client.post(f"/api/v1/jobs/{task}/retry").json() == {"units": 1}
    played.world.run_all()
    assert played.get(f"status/{task}").json()["state"] == "partial"


def test_nothing_is_read_twice(played: Replica) -> None:
    tasks = [start(played, "the same", "the same") for _ in range(2)]
    played.world.run_all()
    results = [played.get(f"result/{task}").json()["items"] for task in tasks]
    assert len({item["result"]["text"] for items in results for item in items}) == 1  # the toy signs with its process
    assert played.count("reading") == 1


def test_a_file_that_hangs_costs_its_own_unit_alone(played: Replica) -> None:
    task = start(played, "sleep 30", "die", "fine")
    began = time.monotonic()
    for _ in range(6):  # `die` is transient: tried again up to the limit
        played.world.run_all()
        played.world.execute("UPDATE unit SET not_before = NULL")
    assert time.monotonic() - began < 20
    items = played.get(f"result/{task}").json()["items"]
    assert [item["state"] for item in items] == ["failed", "failed", "done"]
    assert "longer than the 0.5 s" in items[0]["error"]["message"]
    assert "process that read it ended" in items[1]["error"]["message"]


def test_a_sender_who_waits_is_told_of_a_hang_and_of_a_crash(played: Replica) -> None:
    hung = played.post("process", {"file": ("a.txt", b"sleep 30", "text/plain")})
    assert hung.status_code == 413 and "longer" in hung.json()["detail"]
    dead = played.post("process", {"file": ("a.txt", b"die", "text/plain")})
    assert dead.status_code == 422 and "ended" in dead.json()["detail"]
    assert played.post("process", {"file": ("a.txt", b"alive", "text/plain")}).status_code == 200


def test_a_cancelled_task_is_not_read(played: Replica) -> None:
    task = start(played, "one", "two")
    assert played.client.post(f"/api/v1/jobs/{task}/cancel").json() == {"state": "cancelled"}
    played.world.run_all()
    assert played.get(f"status/{task}").json()["state"] == "cancelled"
    assert "event: failed" in played.get(f"events/{task}").text
    assert played.client.delete(f"/api/v1/ocr/{task}").status_code == 204
    assert played.count("job") == 0 and not list((played.resources.settings.data_dir / "blobs").rglob("?" * 64))


def test_a_running_task_can_be_forgotten(played: Replica) -> None:
    task = start(played, "one")
    ref = played.world.messages()[0]
    assert played.client.delete(f"/api/v1/ocr/{task}").status_code == 204
    assert played.world.run(ref) == "gone"
    assert played.count("reading") == 0


def test_a_full_queue_says_when_to_come_again(database: str, tmp_path: Path, toy: ReaderPool) -> None:
    with replica(database, tmp_path, toy, ocr_queue=2) as one:
        key = {"Idempotency-Key": "once"}
        first = one.post("batch", sent("one", "two"), headers=key).json()
        full = one.post("batch", sent("three"))
        assert full.status_code == 429 and int(full.headers["retry-after"]) >= 1
        assert full.headers["content-type"] == "application/problem+json"
        again = one.post("batch", sent("one", "two"), headers=key)
        assert (again.status_code, again.json()["id"], again.json()["created"]) == (202, first["id"], False)
        assert one.post("batch", sent("three"), headers={"Idempotency-Key": "another"}).status_code == 429
        unread = one.client.post("/api/v1/ocr/process/async", content=b"x", headers={"content-type": "image/png"})
        assert unread.status_code == 429  # else 415
        statuses: list[int] = []
        form = {"file": ("a.txt", b"sleep 0.7", "text/plain")}
        threads = [
            threading.Thread(target=lambda: statuses.append(one.post("process", form).status_code)) for _ in "abcd"
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200, 200, 429, 429]
        one.world.run_all()
        assert one.post("batch", sent("three")).status_code == 202


def test_a_batch_that_never_fits_is_not_told_to_come_again(database: str, tmp_path: Path, toy: ReaderPool) -> None:
    with replica(database, tmp_path, toy, ocr_queue=2) as one:
        large = one.post("batch", sent("one", "two", "three"))
        assert large.status_code == 413 and "retry-after" not in large.headers
        assert one.count("job") == 0


def test_waiting_for_a_batch(played: Replica) -> None:
    with working(played):
        found = played.post("batch", sent("one", "two"), params={"wait": 50})
    assert found.status_code == 200 and found.json()["read"] == 2
    assert played.post("batch", sent("three"), params={"wait": 0.1}).status_code == 202


def test_addresses_are_fetched_by_the_worker(played: Replica, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("from afar")
    with serving_folder(tmp_path) as url:
        task = played.post("batch", json={"urls": [f"{url}/a.txt", f"{url}/missing.txt"]}).json()["id"]
        played.world.run_all()
    items = played.get(f"result/{task}").json()["items"]
    assert text_of(items[0]) == "from afar" and len(items[0]["sha256"]) == 64
    assert "404" in items[1]["error"]["message"]


def test_the_same_key_is_the_same_task(played: Replica) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = (played.post("batch", sent("a"), headers=key).json() for _ in range(2))
    assert first["created"] and not again["created"] and first["id"] == again["id"]
    assert played.post("batch", sent("b"), headers=key).status_code == 409
    assert len(list((played.resources.settings.data_dir / "blobs").rglob("?" * 64))) == 1


def test_a_file_that_comes_for_a_forgotten_task_does_not_stay(played: Replica, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("sleep 0.4")
    with serving_folder(tmp_path) as url:
        task = played.post("process/async", json={"url": f"{url}/a.txt"}).json()["id"]
        (ref,) = played.world.messages()
        ended: list[str] = []
        worker = threading.Thread(target=lambda: ended.append(played.world.run(ref)))
        worker.start()
        while played.world.ask("SELECT state FROM unit") != "running":
            time.sleep(0.01)
        assert played.client.delete(f"/api/v1/ocr/{task}").status_code == 204
        worker.join()
    assert ended == ["lost"]
    assert not list((played.resources.settings.data_dir / "blobs").rglob("?" * 64))


def test_tasks_are_listed_by_pages_and_filters(played: Replica) -> None:
    tasks = [start(played, f"file {number}", title=f"Task {number}") for number in range(5)]
    played.world.run_all()
    start(played, "encrypted")
    played.world.run_all()
    pages, cursor = [], None
    while True:
        page = played.get("tasks", limit=2, state="done", **({"cursor": cursor} if cursor else {})).json()
        pages.append([item["id"] for item in page["items"]])
        if not (cursor := page["next"]):
            break
    assert [len(page) for page in pages] == [2, 2, 1] and [one for page in pages for one in page] == tasks[::-1]
    assert played.get("tasks", cursor="nonsense").status_code == 400
    assert len(played.get("tasks", state="failed").json()["items"]) == 1
    assert len(played.get("tasks", name="0.TXT").json()["items"]) == 6
    assert played.get("tasks", name="nothing").json()["items"] == []
    sha = played.get(f"status/{tasks[0]}").json()["items"][0]["sha256"]
    assert [item["id"] for item in played.get("tasks", sha256=sha).json()["items"]] == [tasks[0]]
    assert played.get("tasks", since="2999-01-01T00:00:00").json()["items"] == []


def test_other_sites_may_not_listen(played: Replica) -> None:
    task = start(played, "one")
    with (
        pytest.raises(WebSocketDisconnect),
        played.client.websocket_connect(
            f"ws://localhost/api/v1/ocr/ws/{task}", headers={"origin": "http://evil.example"}
        ),
    ):
        pass
    with played.client.websocket_connect("ws://localhost/api/v1/ocr/ws/00000000-0000-4000-8000-000000000000") as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 4404


def test_match_jobs_do_not_see_the_stages_of_reading(played: Replica) -> None:
    start(played, "one")
    with played.resources.engine.connect() as connection:
        assert {"ocr", "notify"} <= dispatch.room(connection, 10).keys()
    assert played.client.get("/api/v1/jobs").json()["items"] == []


def test_a_server_that_stops_waits_for_no_file(database: str, tmp_path: Path) -> None:
    """`scout run api` ends within its time whatever is being read."""
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url=database)
    resources = open_resources(settings, make_engine(database, name="scout-test"))
    with TestClient(
        create_app(resources, LedgerControl(resources.engine, settings)), base_url="http://localhost"
    ) as one:
        assert one.get("/api/v1/ocr/languages").status_code == 200
        pids = resources.memory[POOL].pids()
        assert pids and all(psutil.pid_exists(pid) for pid in pids)
    assert not any(psutil.pid_exists(pid) for pid in pids)
    resources.engine.dispose()
