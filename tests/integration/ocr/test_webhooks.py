"""Webhooks of any job: signed, tried again, sent nowhere private, told of every end."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from scout_common.reader_process import ReaderPool
from scout_common.webhooks import verify

from services.orchestrator.main import LedgerControl
from services.orchestrator.request import JobRequest
from tests.reading import Replica, replica
from tests.servers import serving

SECRET = "not a secret outside of tests"


@dataclass
class Receiver:
    """A real server that answers with the given statuses, the last one for ever."""

    statuses: list[int] = field(default_factory=lambda: [204])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/told"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((dict(self.headers), body))
            status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with serving(Handler) as port:
        receiver.port = port
        yield receiver


@pytest.fixture
def signed(database: str, tmp_path: Path, toy: ReaderPool) -> Iterator[Replica]:
    with replica(database, tmp_path, toy, allow_private_urls=True, webhook_secret=SECRET) as one:
        yield one


def start(one: Replica, text: str, url: str) -> str:
    form = {"file": ("a.txt", text.encode(), "text/plain")}
    answer = one.post("process/async", form, data={"webhook_url": url})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def deliver(one: Replica) -> None:
    for _ in range(6):
        one.world.run_all()
        one.world.execute("UPDATE unit SET not_before = NULL")


def test_a_webhook_is_signed_and_tried_again_until_it_is_taken(signed: Replica, receiver: Receiver) -> None:
    receiver.statuses = [500, 503, 204]
    task = start(signed, "hello", receiver.url)
    deliver(signed)
    assert len(receiver.got) == 3 and len({body for _, body in receiver.got}) == 1
    for headers, body in receiver.got:
        assert verify(SECRET, headers["X-Scout-Timestamp"], headers["X-Scout-Signature"], body)
        assert not verify("another", headers["X-Scout-Timestamp"], headers["X-Scout-Signature"], body)
        assert not verify(SECRET, headers["X-Scout-Timestamp"], headers["X-Scout-Signature"], body + b" ")
        assert not verify(SECRET, "1000", headers["X-Scout-Signature"], body)
    assert len({headers["X-Scout-Delivery"] for headers, _ in receiver.got}) == 1
    message = json.loads(receiver.got[0][1])
    assert (message["specversion"], message["type"]) == ("1.0", "job.completed")
    assert (message["data"]["job_id"], message["data"]["kind"], message["data"]["state"]) == (task, "ocr", "done")
    assert message["data"]["links"]["result"].endswith(f"/api/v1/ocr/result/{task}")
    assert signed.world.ask("SELECT state FROM unit WHERE stage = 'notify'") == "done"


@pytest.mark.parametrize(("status", "attempts"), [(410, 1), (404, 4), (302, 4)])
def test_a_webhook_that_nobody_takes_does_not_change_the_job(
    signed: Replica, receiver: Receiver, status: int, attempts: int
) -> None:
    receiver.statuses = [status]
    task = start(signed, "hello", receiver.url)
    deliver(signed)
    assert len(receiver.got) == attempts
    assert signed.get(f"status/{task}").json()["state"] == "done"
    assert signed.world.rows("SELECT state, error ->> 'message' FROM unit WHERE stage = 'notify'") == [
        ("failed", f"the receiver of the webhook answers {status}")
        if attempts > 1
        else ("failed", f"the receiver of the webhook answers {status}: it wants no more")
    ]


def test_failed_and_cancelled_tasks_are_told_as_well(signed: Replica, receiver: Receiver) -> None:
    start(signed, "encrypted", receiver.url)
    deliver(signed)
    task = start(signed, "hello", receiver.url)
    signed.client.post(f"/api/v1/jobs/{task}/cancel")
    deliver(signed)
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["job.failed", "job.cancelled"]


def test_a_job_that_searches_tells_too_and_again_after_a_retry(signed: Replica, receiver: Receiver) -> None:
    control = LedgerControl(signed.resources.engine, signed.resources.settings)
    job, _ = control.start_job(JobRequest(catalogue="c.csv", media=("a.mp4",), webhook_url=receiver.url))
    control.cancel(job)
    signed.world.run_all()
    assert [json.loads(body)["data"]["kind"] for _, body in receiver.got] == ["match"]
    control.retry(job)
    control.cancel(job)
    signed.world.run_all()
    assert len({headers["X-Scout-Delivery"] for headers, _ in receiver.got}) == 2


def test_private_addresses_are_refused_and_nonsense_at_once(
    database: str, tmp_path: Path, toy: ReaderPool, receiver: Receiver
) -> None:
    with replica(database, tmp_path, toy) as one:
        start(one, "hello", receiver.url)
        deliver(one)
        assert receiver.got == []
        (told,) = one.world.rows("SELECT state, error ->> 'message' FROM unit WHERE stage = 'notify'")
        assert told[0] == "failed" and "private network" in told[1]
        form = {"file": ("a.txt", b"x", "text/plain")}
        for url in ("ftp://example.org/", "http://user:word@example.org/", "nonsense"):
            assert one.post("process/async", form, data={"webhook_url": url}).status_code == 422
        assert one.post("process", form, data={"webhook_url": receiver.url}).status_code == 422
