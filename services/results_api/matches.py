"""Sightings: pages, exports, one sighting with its evidence and proof."""

from collections.abc import Iterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from scout_common.http import DEFAULT_PAGE, Database, Opened, Problem, not_found, problems, shown_as
from scout_common.paging import BadCursor
from scout_common.work import Resources
from sqlalchemy import Connection

from services.results_api.export import csv_lines, json_chunks
from services.results_api.files import asset_response, asset_url, server_url
from services.results_api.jobs import After, Limit, bad_cursor
from services.results_api.match_filters import Chosen, Order
from services.results_api.match_store import (
    MatchFilter,
    families_of,
    match_row,
    matches_page,
    set_match_state,
)
from services.results_api.schemas import (
    BoothRef,
    LabelRef,
    Match,
    MatchDetail,
    MatchPage,
    MediumRef,
    ProductRef,
    SignRef,
    Verdict,
)
from services.results_api.store import Row

router = APIRouter(prefix="/api/v1", tags=["matches"])


@router.get("/matches", summary="Sightings, most probable first", responses=problems(400))
def list_matches(
    database: Database, where: Chosen, sort: Order = "-probability", limit: Limit = DEFAULT_PAGE, cursor: After = None
) -> MatchPage:
    """A page of sightings: claims, unless `all` or `min_probability` says otherwise.

    `next` is opaque: send it back with the same filters and sort."""
    try:
        page = matches_page(database, where, sort=sort, limit=limit, cursor=cursor)
    except BadCursor as error:
        raise bad_cursor(error) from error
    return MatchPage(items=matches_of(database, page.rows), next=page.next)


@router.get("/matches.csv", summary="Sightings as CSV", response_class=Response, responses=problems())
def matches_csv(request: Request, resources: Opened, where: Chosen, sort: Order = "-probability") -> StreamingResponse:
    """Every chosen sighting. Texts that a spreadsheet would run as a formula begin with an apostrophe."""
    lines = csv_lines(every_match(resources, where, sort), server_url(request, resources))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=_as_file("sightings.csv"))


@router.get("/matches/export", summary="Sightings as a file", response_class=Response, responses=problems())
def export_matches(
    request: Request,
    resources: Opened,
    where: Chosen,
    file_format: Annotated[Literal["csv", "json"], Query(alias="format")] = "csv",
    sort: Order = "-probability",
) -> StreamingResponse:
    """Every chosen sighting as CSV or as a JSON array of what `/matches` lists."""
    if file_format == "csv":
        return matches_csv(request, resources, where, sort)
    chunks = json_chunks(every_match(resources, where, sort))
    return StreamingResponse(chunks, media_type="application/json", headers=_as_file("sightings.json"))


@router.get("/matches/{match}", summary="One sighting", responses=problems(404))
def get_match(database: Database, match: UUID) -> MatchDetail:
    """With the best detection, the box in every keyframe, and the signals behind the probability."""
    row = _need(database, match)
    details = {name: row[name] for name in ("detection", "boxes", "signals")}
    return MatchDetail(**matches_of(database, [row])[0].model_dump(), **details)


@router.patch("/matches/{match}", summary="Accept or reject a sighting", responses=problems(403, 404))
def judge_match(database: Database, match: UUID, verdict: Verdict) -> Match:
    """Note an analyst's verdict; `new` takes it back."""
    if not set_match_state(database, match, verdict.state):
        raise not_found("sighting", match, "/api/v1/matches")
    return matches_of(database, [_need(database, match)])[0]


@router.get(
    "/matches/{match}/evidence",
    summary="The picture that proves it",
    response_class=Response,
    responses={**shown_as("image/*"), **problems(404)},
)
def get_evidence(database: Database, resources: Opened, request: Request, match: UUID) -> Response:
    """Packshot and frame side by side with inlier lines and the projected outline."""
    return _kept(database, resources, request, match, "evidence")


@router.get("/matches/{match}/proof", summary="The proof as JSON", responses=problems(404))
def get_proof(database: Database, resources: Opened, request: Request, match: UUID) -> Response:
    """Points, homography, hashes and versions; `scout evidence verify FILE` recomputes it."""
    return _kept(database, resources, request, match, "proof")


def matches_of(connection: Connection, rows: list[Row]) -> list[Match]:
    """Rows as the API shows them; the families of the whole page are read at once."""
    members = families_of(connection, rows)
    return [
        _match(row, [ProductRef.model_validate(dict(members[i])) for i in row["family"] if i in members])
        for row in rows
    ]


def _match(row: Row, family: list[ProductRef]) -> Match:
    own = f"/api/v1/matches/{row['id']}"
    product = None if row["product_id"] is None else ProductRef.model_validate({**row, "id": row["product_id"]})
    plain = (
        "id",
        "show",
        "start_s",
        "end_s",
        "best_s",
        "probability",
        "sibling_risk",
        "state",
        "facings",
        "frames",
        "created_at",
    )
    return Match(
        **{name: row[name] for name in plain},
        job=row["job_id"],
        product=product,
        family=family,
        medium=_medium(row),
        frame=asset_url(row["frame_sha256"]),
        packshot=asset_url(row["image_sha256"]),
        evidence=f"{own}/evidence" if row["evidence_sha256"] else None,
        proof=f"{own}/proof" if row["proof_sha256"] else None,
        booth=_booth(row),
        label=_label(row),
    )


def _booth(row: Row) -> BoothRef | None:
    if row["booth_id"] is None:
        return None
    sign = row["booth_sign"]
    return BoothRef(
        id=row["booth_id"],
        number=row["booth_number"],
        hall=row["booth_hall"],
        company=row["company_name"],
        company_id=row["company_id"],
        confidence=row["booth_confidence"],
        how=row["booth_how"],
        sign=None
        if sign is None
        else SignRef(
            frame=asset_url(sign["frame"]),
            medium=sign["medium_id"],
            time_s=sign["time_s"],
            text=sign["text"],
            quad=sign["quad"],
            frames=[asset_url(frame) for frame in sign.get("frames", [])],
        ),
    )


def _label(row: Row) -> LabelRef | None:
    if row["label_verdict"] is None:
        return None
    names = ("text", "verdict", "reasons", "barcodes")
    return LabelRef(**{name: row[f"label_{name}"] for name in names})


def _medium(row: Row) -> MediumRef:
    second = f"#t={row['best_s']:.2f}" if row["medium_kind"] == "video" else ""
    return MediumRef(
        id=row["medium_id"],
        name=row["medium_name"] or str(row["medium_id"]),
        kind=row["medium_kind"],
        captured_at=row["captured_at"],
        url=f"/api/v1/videos/{row['medium_id']}/media{second}",
    )


def every_match(resources: Resources, where: MatchFilter, sort: str, *, batch: int = 500) -> Iterator[Match]:
    """Every chosen sighting, page by page, so that an export of any size needs little memory. A page's connection is
    given back before any of the page is sent: a reader that stops reading holds none."""
    cursor: str | None = None
    while True:
        with resources.engine.connect() as connection:
            page = matches_page(connection, where, sort=sort, limit=batch, cursor=cursor)
            matches = matches_of(connection, page.rows)
        yield from matches
        if (cursor := page.next) is None:
            return


def _need(connection: Connection, match: UUID) -> Row:
    row = match_row(connection, match)
    if row is None:
        raise not_found("sighting", match, "/api/v1/matches")
    return row


def _kept(connection: Connection, resources: Resources, request: Request, match: UUID, what: str) -> Response:
    sha256 = _need(connection, match)[f"{what}_sha256"]
    if sha256 is None:
        raise Problem(
            404,
            f"The {what} of sighting {match} is not there: it is still being made, or the job was started without it.",
        )
    return asset_response(connection, resources, request, sha256)


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
