"""The API as the command line uses it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import httpx
from pydantic_settings import BaseSettings, SettingsConfigDict
from scout_common.errors import NotFound
from scout_common.progress import StageProgress

from flows.store import Problem, Sighting, subject_of

ENDED = ("done", "partial", "failed", "cancelled")
PAGE = 200


class Client:
    """A Scout's API at an address."""

    def __init__(self, url: str | None = None) -> None:
        self.url = (url or str(Address())).rstrip("/")
        self._http = httpx.Client(base_url=self.url, timeout=30)

    def start(self, request: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
        """POST /start-job; a key seen before returns the job it started then."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._answer(self._http.post("/start-job", json=dict(request), headers=headers))

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        """Jobs, newest first."""
        return list(self._answer(self._http.get("/api/v1/jobs", params={"limit": limit}))["items"])

    def job(self, job_id: str) -> dict[str, Any]:
        """One job with its progress, failures and expected false."""
        return self._answer(self._http.get(f"/api/v1/jobs/{job_id}"))

    def complete(self, beginning: str) -> str:
        """The id of the one job that begins so. Raises NotFound where there is none or are several."""
        if len(beginning) >= 36:
            return beginning
        found = [str(job["id"]) for job in self.jobs(PAGE) if str(job["id"]).startswith(beginning)]
        if len(found) != 1:
            raise NotFound(
                f"{len(found) or 'no'} jobs begin with it", subject=beginning, hint="`scout job list` shows them"
            )
        return found[0]

    def import_exhibitors(self, show: str, text: str) -> dict[str, Any]:
        """POST /api/v1/exhibitors: the list of a show, as CSV text."""
        headers = {"Content-Type": "text/csv; charset=utf-8"}
        body = text.encode()
        return self._answer(self._http.post("/api/v1/exhibitors", params={"show": show}, content=body, headers=headers))

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Cancel what is left of a job."""
        return self._answer(self._http.post(f"/api/v1/jobs/{job_id}/cancel"))

    def retry(self, job_id: str) -> dict[str, Any]:
        """Queue a job's failed units again."""
        return self._answer(self._http.post(f"/api/v1/jobs/{job_id}/retry"))

    def sightings(self, job_id: str, least: float) -> Iterator[Sighting]:
        """All sightings of a job at p >= least, medium by medium."""
        asked: dict[str, Any] = {"job": job_id, "min_probability": least, "limit": PAGE, "sort": "time"}
        while True:
            page = self._answer(self._http.get("/api/v1/matches", params=asked))
            yield from map(sighting_of, page["items"])
            if not page.get("next"):
                return
            asked["cursor"] = page["next"]

    def get(self, path: str) -> httpx.Response:
        """Any resource of this API."""
        return self._http.get(path).raise_for_status()

    @staticmethod
    def _answer(response: httpx.Response) -> dict[str, Any]:
        answer: dict[str, Any] = response.raise_for_status().json()
        return answer


def stages_of(job: Mapping[str, Any]) -> list[StageProgress]:
    """The job's progress per stage, as the ledger's own class."""
    known = {field.name for field in fields(StageProgress)}
    return [StageProgress(**{name: value for name, value in stage.items() if name in known}) for stage in job["stages"]]


def problems_of(job: Mapping[str, Any]) -> list[Problem]:
    """Why units of the job failed, and what was wrong with its input."""
    failures = [
        {"severity": "error", "subject": subject_of(row["stage"], row["key"]), **row} for row in job["failures"]
    ]
    return [
        Problem(severity=row["severity"], subject=row["subject"], message=row["message"] or "", hint=row["hint"] or "")
        for row in [*failures, *job["issues"]]
    ]


def sighting_of(row: Mapping[str, Any]) -> Sighting:
    """A row of /api/v1/matches."""
    product = row["product"] or {}
    same = ("id", "start_s", "end_s", "best_s", "probability", "sibling_risk", "facings", "frames")
    return Sighting(
        **{name: row[name] for name in same},
        media=row["medium"]["name"],
        name=row["medium"]["name"],
        kind=row["medium"]["kind"],
        sku=product.get("sku"),
        title=product.get("title"),
        brand=product.get("brand"),
        family=tuple(sorted(member["sku"] for member in row["family"])),
        **_read_of(row.get("booth"), row.get("label")),
    )


def _read_of(booth: Mapping[str, Any] | None, label: Mapping[str, Any] | None) -> dict[str, Any]:
    """Where a sighting stood and what its label says."""
    read: dict[str, Any] = {}
    if booth:
        read |= {"booth": booth["number"], "hall": booth["hall"], "company": booth["company"]}
        read |= {"booth_confidence": booth["confidence"], "booth_how": booth["how"], "sign": booth["sign"]}
    if label:
        read |= {"label": label["text"], "label_verdict": label["verdict"], "label_reasons": tuple(label["reasons"])}
    return read


class Address(BaseSettings):
    """Where Scout answers by the environment and `.env`: SCOUT_URL, else this machine's SCOUT_PORT."""

    model_config = SettingsConfigDict(env_prefix="SCOUT_", env_file=".env", extra="ignore")

    url: str = ""
    port: str = "8000"

    def __str__(self) -> str:
        return self.url or f"http://127.0.0.1:{self.port}"
