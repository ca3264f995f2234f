"""The plain pages: jobs and their sightings at the root, the API's reference at /docs. Rendered here, no framework."""

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from scout_common.http import Database, Opened
from scout_common.paging import BadCursor, Page
from sqlalchemy import Connection
from starlette.staticfiles import StaticFiles

from services.results_api.docs import groups_of
from services.results_api.emptiness import why_empty
from services.results_api.files import server_url
from services.results_api.jobs import job_of
from services.results_api.match_filters import product_filter
from services.results_api.match_store import SORTS, MatchFilter, matches_page
from services.results_api.matches import matches_of
from services.results_api.schemas import Job, JobState, JobSummary, Match
from services.results_api.store import job_row, jobs_page

router = APIRouter(include_in_schema=False)

HERE = Path(__file__).parent
JOBS_SHOWN = 30
CARDS_SHOWN = 24
ACTIVE: tuple[JobState, ...] = ("submitted", "running")
Text = Annotated[str, Query(max_length=500)]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the reader chose, as the address bar has it; '' means any."""

    job: str = ""
    product: str = ""
    p: str = ""
    all: str = ""
    sort: str = "-probability"
    cursor: str = ""

    def link(self, **changes: str) -> str:
        """The address of this page with other choices."""
        chosen = {**vars(self), **changes}
        kept = {name: value for name, value in chosen.items() if value and (name, value) != ("sort", "-probability")}
        return f"/?{urlencode(kept)}" if kept else "/"

    def query(self, job: object) -> str:
        """The same choice of the job's sightings, page by page left out, as the API's lists and files are asked."""
        least = self.probability
        chosen = {
            "job": str(job),
            "product": self.product,
            "min_probability": "" if least is None else str(least),
            "all": "true" if self.all else "",
            "sort": "" if self.sort == "-probability" else self.sort,
        }
        return urlencode({name: value for name, value in chosen.items() if value})

    @property
    def probability(self) -> float | None:
        """The least probability, None where nothing usable was typed."""
        try:
            typed = float(self.p)
        except ValueError:
            return None
        return min(1.0, max(0.0, typed)) if math.isfinite(typed) else None

    @property
    def claims(self) -> bool:
        """Whether only the job's claims are shown: unless a probability or everything was asked for."""
        return not self.all and self.probability is None

    @property
    def filtered(self) -> bool:
        return bool(self.product) or self.probability is not None


def add_pages(app: FastAPI) -> None:
    """Serve the style sheet and the script beside the pages."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")


@router.get("/", response_class=HTMLResponse)
def root(
    database: Database,
    job: Text = "",
    product: Text = "",
    p: Text = "",
    everything: Annotated[str, Query(alias="all", max_length=500)] = "",
    sort: Text = "",
    cursor: Text = "",
) -> HTMLResponse:
    """Jobs, and the sightings of one of them."""
    clean = product.replace("\x00", "").strip()
    order = sort if sort in SORTS else "-probability"
    shown = Shown(job=job, product=clean, p=p, all="1" if everything else "", sort=order, cursor=cursor)
    jobs = [JobSummary.model_validate(dict(row)) for row in jobs_page(database, limit=JOBS_SHOWN).rows]
    current = _current(database, shown.job, jobs)
    matches, following = _cards(database, current, shown) if current else ([], None)
    empty = why_empty(current, asked=shown.job, filtered=shown.filtered or bool(shown.cursor)) if not matches else None
    return _page(
        "root.html",
        404 if current is None and shown.job else 200,
        jobs=jobs,
        job=current,
        active=current is not None and current.state in ACTIVE,
        matches=matches,
        empty=empty,
        shown=shown,
        more=shown.link(cursor=following) if following else None,
        still_reading=current is not None and current.still_reading,
        threshold=current.expected_false.min_probability if current else 0.5,
    )


@router.get("/docs", response_class=HTMLResponse)
def docs(request: Request, resources: Opened) -> HTMLResponse:
    """The API's reference, rendered from its own OpenAPI document; its commands ask where the reader asked."""
    document = request.app.openapi()
    return _page("docs.html", document=document, groups=groups_of(document, server_url(request, resources)))


def clock(seconds: float) -> str:
    """1:02.5, or 1:02:03.5 from an hour on."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{rest // 10:02d}.{rest % 10}"


def duration(seconds: float) -> str:
    """About how long, for a reader: 45 s, 3 min, 2 h 5 min."""
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def likely(probability: float) -> str:
    """Two digits, but never a certainty that nobody has: 0.998 is > 0.99."""
    return "> 0.99" if probability >= 0.995 else f"{probability:.2f}"


def code_spans(told: str) -> Markup:
    """Text whose `backticked` parts are set as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(told))))  # noqa: S704 - escaped before


def _current(connection: Connection, asked: str, jobs: list[JobSummary]) -> Job | None:
    """The job that was asked for, else the newest."""
    if not asked:
        chosen = jobs[0].id if jobs else None
    else:
        try:
            chosen = UUID(asked)
        except ValueError:
            chosen = None
    row = job_row(connection, chosen) if chosen else None
    return None if row is None else job_of(connection, row)


def _cards(connection: Connection, job: Job, shown: Shown) -> tuple[list[Match], str | None]:
    where = MatchFilter(
        job=job.id,
        claims=shown.claims or None,
        min_probability=shown.probability,
        **product_filter(shown.product or None),
    )
    try:
        page: Page = matches_page(connection, where, sort=shown.sort, limit=CARDS_SHOWN, cursor=shown.cursor or None)
    except BadCursor:  # a link from another sort: begin at the first page
        page = matches_page(connection, where, sort=shown.sort, limit=CARDS_SHOWN)
    return matches_of(connection, page.rows), page.next


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"clock": clock, "duration": duration, "likely": likely, "code": code_spans}
    return templates


def _page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    html = _templates().get_template(template).render(**values)
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})
