"""The example of docs/ocr.md that follows a task over a WebSocket, run as it stands against a real server."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from tests.reading import Replica

PAGE = Path(__file__).parents[3] / "docs" / "ocr.md"


@contextmanager
def serving(one: Replica) -> Iterator[int]:
    """The replica's app on a free port."""
    server = uvicorn.Server(uvicorn.Config(one.client.app, port=0, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def test_the_example_prints_what_becomes_of_a_task(played: Replica, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(from websockets.*?)```", PAGE.read_text(), re.DOTALL)
    task = played.post("process/async", {"file": ("a.txt", b"hello there", "text/plain")}).json()["id"]
    played.world.run_all()
    with serving(played) as port:
        exec(example.replace("8000", str(port)), {"task": task})
    said = capsys.readouterr().out
    assert '"event":"started"' in said.replace(": ", ":")
    assert '"event":"completed"' in said.replace(": ", ":")
