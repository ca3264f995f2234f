"""Errors as the user reads them on a terminal."""

import httpx
from rich.console import Console
from rich.markup import escape
from scout_common.errors import ScoutError
from scout_vision.errors import VisionError


def complain(error: Exception) -> bool:
    """Print an error that has words of its own; False where it is unexpected and its traceback is the message."""
    if isinstance(error, ScoutError):
        _say(f"{error.subject}: {error.message}" if error.subject else error.message, error.hint)
    elif isinstance(error, VisionError):
        _say(str(error), error.hint)
    elif isinstance(error, httpx.ConnectError):
        address = error.request.url.copy_with(path="/", query=None)
        _say(f"no Scout answers at {address}", "start one with `scout up`, or name another with --url or SCOUT_URL")
    elif isinstance(error, httpx.TimeoutException):
        _say(f"no answer in time from {error.request.url}", "see whether it is overloaded: `scout doctor`")
    elif isinstance(error, httpx.HTTPStatusError):
        _say(*_problem(error.response))
    else:
        return False
    return True


def _problem(response: httpx.Response) -> tuple[str, str]:
    """What an RFC 9457 problem says, or the status where it is none."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict) or "title" not in body:
        return f"{response.request.method} {response.request.url}: {response.status_code}", ""
    return str(body.get("detail") or body["title"]), str(body.get("hint", ""))


def _say(message: str, hint: str) -> None:
    console = Console(stderr=True, soft_wrap=True)
    console.print(f"[bold red]error:[/] {escape(message)}")
    if hint:
        console.print(f"[dim]{escape(hint[:1].upper() + hint[1:])}[/]")
