"""`scout watch`: look at a folder again and again, or let Prefect do it, and start jobs over HTTP."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from scout_common.errors import ScoutError
from scout_common.settings import Settings

from flows.watching import FolderWatch, Journal, StartedJob
from scout_app import bootstrap
from scout_app.client import Client
from services.orchestrator.request import parse

WATCH_DEPLOYMENT = "watch-folder/scout"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A folder and the request of the jobs for its media."""

    folder: Path
    request: dict[str, object]
    settle_s: float


def look_once(watched: Watched, *, url: str | None, data_dir: Path | None, say: Callable[[str], None]) -> None:
    """Start jobs for what is new and complete, then return."""
    with _opened(watched, url, data_dir) as watch:
        for started in watch.look_once():
            say(_told(started))


def keep_looking(
    watched: Watched,
    *,
    every_s: float,
    new_only: bool,
    url: str | None,
    data_dir: Path | None,
    say: Callable[[str], None],
) -> None:
    """Look until interrupted. A Scout that does not answer is waited for; a request it refuses ends this."""
    with _opened(watched, url, data_dir) as watch:
        if new_only and not watch.journal.known:
            watch.journal.pass_over(list(watch.files()))
        say(f"Watching {watched.folder}; Ctrl-C ends it.")
        away = False
        while True:
            try:
                for started in watch.look(time.time()):
                    say(_told(started))
                away = False
            except httpx.TransportError as error:
                if not away:
                    say(f"Scout does not answer ({error}); it is asked again until it does.")
                away = True
            time.sleep(every_s)


def schedule(watched: Watched, cron: str) -> str:
    """Let Prefect look when the cron expression says; returns what to tell. Raises ScoutError without Prefect."""
    settings = bootstrap.read_settings()
    api = settings.prefect_api_url.rstrip("/") or f"http://127.0.0.1:{settings.prefect_port}/api"
    parse({**watched.request, "media": []})
    parameters = {"folder": str(watched.folder), "request": watched.request, "settle_s": watched.settle_s}
    name = "watch-" + hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:12]
    wanted = {"schedule": {"cron": cron, "timezone": "UTC"}, "active": True, "parameters": parameters, "slug": name}
    try:
        with httpx.Client(base_url=api, timeout=30) as prefect:
            found = prefect.get(f"/deployments/name/{WATCH_DEPLOYMENT}").raise_for_status().json()
            for old in found["schedules"]:
                if old.get("slug") == name:
                    prefect.delete(f"/deployments/{found['id']}/schedules/{old['id']}").raise_for_status()
            prefect.post(f"/deployments/{found['id']}/schedules", json=[wanted]).raise_for_status()
            # Its own loop would do so within a minute; asked now, a server that cannot says so now.
            prefect.post(f"/deployments/{found['id']}/schedule", json={}).raise_for_status()
    except httpx.HTTPStatusError as error:
        said = error.response.text[:300]
        raise ScoutError(f"Prefect refuses the schedule: {said}", subject=cron, hint="see crontab(5)") from error
    except httpx.TransportError as error:
        raise ScoutError(
            f"no Prefect answers: {error}",
            subject=api,
            hint="start one with `scout up`, or name it with SCOUT_PREFECT_API_URL",
        ) from error
    return f"Prefect looks at {watched.folder} at {cron!r} (UTC); its pages show and pause the schedule {name}."


@contextmanager
def _opened(watched: Watched, url: str | None, data_dir: Path | None) -> Iterator[FolderWatch]:
    settings: Settings = bootstrap.read_settings(data_dir=data_dir)
    client = Client(url)
    parse({**watched.request, "media": []})

    def start(job: Mapping[str, Any], key: str) -> str:
        return str(client.start(job, key)["job_id"])

    with Journal.open(settings.data_dir / "watch", watched.folder, watched.request) as journal:
        yield FolderWatch(
            folder=watched.folder, request=watched.request, journal=journal, start=start, settle_s=watched.settle_s
        )


def _told(started: StartedJob) -> str:
    first = Path(started.files[0]).name
    more = f" and {len(started.files) - 1} more" if len(started.files) > 1 else ""
    return f"{started.job_id}  {first}{more}"
