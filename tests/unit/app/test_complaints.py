"""Errors are one line of what happened and one of what to do."""

import httpx
import pytest
from scout_app.complaints import complain
from scout_common.errors import NotFound

REQUEST = httpx.Request("GET", "http://127.0.0.1:8000/api/v1/jobs?limit=3")


def test_an_error_of_ours_says_what_to_what_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert complain(NotFound("there is no such job", subject="[abc]", hint="`scout job list` shows them"))
    assert capsys.readouterr().err == "error: [abc]: there is no such job\n`scout job list` shows them\n"


def test_no_server_is_told_with_its_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert complain(httpx.ConnectError("refused", request=REQUEST))
    said = capsys.readouterr().err
    assert "no Scout answers at http://127.0.0.1:8000/" in said
    assert "scout up" in said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"title": "Conflict", "detail": "the job has not ended yet", "hint": "cancel it first"}, "has not ended yet"),
        ({"title": "Not Found"}, "Not Found"),
        (["strange"], "GET http://127.0.0.1:8000/api/v1/jobs?limit=3: 409"),
    ],
)
def test_a_problem_of_the_api_is_told_in_its_words(body: object, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    response = httpx.Response(409, json=body, request=REQUEST)
    assert complain(httpx.HTTPStatusError("409", request=REQUEST, response=response))
    assert said in capsys.readouterr().err


def test_the_unexpected_keeps_its_traceback() -> None:
    assert not complain(ZeroDivisionError("division by zero"))
