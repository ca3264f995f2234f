"""The commands that the API's reference shows, sent as curl would send them."""

import html
import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from string import Template

import httpx
import pytest
from fastapi.routing import APIWebSocketRoute
from fastapi.testclient import TestClient
from scout_app.http import create_app
from scout_common.reader_process import POOL, About, ReaderPool

from services.ocr import tasks_api
from tests.hall import World
from tests.reading import TOY, drawn

IDS = {
    "JOB": "00000000-0000-4000-8000-000000000001",
    "MATCH": "10000000-0000-4000-8000-000000000001",
    "PRODUCT": "00000000-0000-4000-8000-0000000000b1",
    "VIDEO": "00000000-0000-4000-8000-0000000000c1",
    **dict.fromkeys(("UPLOAD", "BOOTH", "TASK", "PROPOSAL", "ITEM"), "00000000-0000-4000-8000-00000000abcd"),
}
NEVER = (400, 405, 412, 415, 422, 500, 501, 502)
"""What a request gets that is no good in itself; that something is not there, or goes on, says nothing against it."""

BYTES = (
    "matches/$MATCH/evidence",
    "assets/$SHA256",
    "videos/$VIDEO/media",
    "review/$ITEM/picture",
    "proposals/$PROPOSAL/picture",
)


class Toys(ReaderPool):
    """A pool of readers that take everything, called as the engines of the reference's examples."""

    def about(self) -> About:
        return replace(super().about(), languages={"rapidocr": ("en",), "tesseract": ("en",)})


@pytest.fixture
def reading_hall(own_hall: World) -> Iterator[World]:
    """Files are read by a reader that takes everything."""
    pool = Toys({}, 1, TOY)
    own_hall.resources.memory[POOL] = pool
    yield own_hall
    pool.close()


def test_every_operation_has_a_command_that_runs(reading_hall: World, tmp_path: Path) -> None:
    world = reading_hall
    page = world.client.get("/docs").text
    commands = [html.unescape(found) for found in re.findall(r"<pre><code>(curl .*?)</code></pre>", page)]
    paths = world.client.get("/openapi.json").json()["paths"]
    assert len(commands) == sum(map(len, paths.values()))
    _files(tmp_path)
    ids, answers = IDS | {"SHA256": world.names["frame"]}, {}
    for command in sorted(commands, key=lambda command: "-X DELETE" in command):
        answer = answers[command] = _sent(world, command, ids, tmp_path)
        assert answer.status_code not in NEVER, (command, answer.status_code, answer.text[:500])
        if "/uploads" in command and answer.status_code == 201:
            ids["UPLOAD"] = answer.headers["Location"].rsplit("/", 1)[1]
    right = [command for command, answer in answers.items() if answer.is_success]
    assert len(right) >= 0.6 * len(commands), set(answers) - set(right)


@pytest.mark.parametrize("address", BYTES)
def test_what_a_terminal_cannot_show_goes_to_a_file(hall: TestClient, address: str) -> None:
    page = html.unescape(hall.get("/docs").text)
    assert f"<pre><code>curl -o answer http://localhost/api/v1/{address}</code></pre>" in page


def test_commands_ask_where_the_reader_did(hall: TestClient) -> None:
    page = hall.get("/docs", headers={"Host": "127.0.0.1:8123"}).text
    assert "curl http://127.0.0.1:8123/api/v1/jobs<" in page
    assert page.count("<pre><code>curl ") == len(re.findall(r"curl .*http://127\.0\.0\.1:8123/", page))


def test_commands_ask_where_the_settings_say(own_hall: World) -> None:
    settings = own_hall.resources.settings.model_copy(update={"public_url": "https://scout.example.com/"})
    app = create_app(replace(own_hall.resources, settings=settings), own_hall.control)
    with TestClient(app, base_url="https://scout.example.com") as client:
        assert "curl https://scout.example.com/api/v1/jobs<" in client.get("/docs").text


def test_the_reference_names_every_websocket(hall: TestClient) -> None:
    """Which OpenAPI cannot."""
    page = hall.get("/docs").text
    found = [route.path for route in tasks_api.router.routes if isinstance(route, APIWebSocketRoute)]
    assert found
    for path in found:
        assert f"<code>{path}</code>" in page


def _files(folder: Path) -> None:
    for name in ("label.jpg", "scan.pdf"):
        (folder / name).write_bytes(drawn("Honey Cake", format="JPEG"))
    (folder / "exhibitors.csv").write_text("company,booth,hall\nKornhaus GmbH,A12,4\n", "utf-8")
    (folder / "part").write_bytes(b"hall")


def _sent(world: World, command: str, ids: dict[str, str], folder: Path) -> httpx.Response:
    """As curl 8 does it, as far as the reference uses it."""
    method, headers, body, files, address = "", {}, b"", [], ""
    words = iter(shlex.split(Template(command).safe_substitute(ids))[1:])
    with ExitStack() as opened:
        for word in words:
            if word == "-X":
                method = next(words)
            elif word == "-I":
                method = "HEAD"
            elif word == "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            elif word == "-d":
                body = next(words).encode()
            elif word == "--data-binary":
                body = (folder / next(words).removeprefix("@")).read_bytes()
            elif word == "-F":
                name, _, file = next(words).partition("=@")
                files.append((name, (file, opened.enter_context((folder / file).open("rb")))))
            elif word == "-o":
                assert next(words) == "answer"
            elif word != "-N":
                assert not address and word.startswith("http://localhost/"), command
                address = word.removeprefix("http://localhost")
        given = {"files": files} if files else {"content": body} if body else {}
        answer: httpx.Response = world.client.request(method or "GET", address, headers=headers, **given)
        return answer
