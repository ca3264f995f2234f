"""Booths: where things were seen, what was seen where, how often; and words in what was read."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from scout_common.http import DEFAULT_PAGE, Database, not_found, problems

from services.results_api import booth_store
from services.results_api.examples import BOOTH, MATCH, PRODUCT
from services.results_api.files import asset_url
from services.results_api.match_store import MatchFilter, matches_page
from services.results_api.matches import matches_of
from services.results_api.schemas import Match, ProductRef, example
from services.results_api.store import Row
from services.results_api.word_query import query_of, words_of

router = APIRouter(prefix="/api/v1", tags=["booths"])

NAME = r"^[^\x00]*$"
Name = Annotated[str | None, Query(max_length=500, pattern=NAME)]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]


class Booth(BaseModel):
    """A booth of a show, or of a job that names no show."""

    model_config = example(**BOOTH)

    id: UUID
    number: str
    hall: str
    show: str | None
    company: str | None = Field(description="Several names where companies share the booth: then `company_id` is null.")
    company_id: UUID | None
    country: str = ""
    url: str = ""
    listed: bool = Field(description="By an exhibitor list; else a sign said so.")
    sightings: int = Field(description="Claims that stood there, rejected ones left out.")


class BoothList(BaseModel):
    """Booths by show, hall and number."""

    items: list[Booth]


class BoothDetail(Booth):
    """A booth and what was seen there."""

    model_config = example(**BOOTH, seen=[MATCH])

    seen: list[Match] = Field(description="Claims, most probable first, at most 200.")


class RollupRow(BaseModel):
    """How often a product was seen at a booth; booth and company are null where nothing said where it stood."""

    model_config = example(
        product=PRODUCT, company="Kornhaus GmbH", company_id=BOOTH["company_id"], booth=BOOTH["id"], number="A12",
        hall="4", show="Sample Fair", sightings=3, ties=0, media=2, facings=5, probability=0.97, booth_confidence=0.93,
    )  # fmt: skip

    product: ProductRef
    company: str | None
    company_id: UUID | None
    booth: UUID | None
    number: str | None
    hall: str | None
    show: str | None
    sightings: int
    ties: int = Field(description="Of these, so many may be another product of the family instead.")
    media: int
    facings: int = Field(description="Most seen at once.")
    probability: float
    booth_confidence: float | None


class Rollup(BaseModel):
    """Product x company x booth."""

    items: list[RollupRow]


class TextHit(BaseModel):
    """Something that was read and holds the words."""

    model_config = example(
        kind="label",
        snippet="Hollerbach [[Oat]] Crunch Honey",
        text="Hollerbach\nOat Crunch\nHoney",
        image="/api/v1/assets/" + "1" * 64,
        sku="HOL-002",
        medium=None,
        time_s=None,
        match=None,
        file=None,
        rank=0.06,
    )

    kind: str = Field(description="label (of a product's picture), sighting (a label seen), sign, else a document's.")
    snippet: str = Field(description="Where the words stand, in [[ ]].")
    text: str
    image: str | None
    sku: str | None
    medium: UUID | None
    time_s: float | None
    match: UUID | None
    file: str | None
    rank: float


class TextFound(BaseModel):
    """Best first. `words`: what was looked for."""

    items: list[TextHit]
    words: list[str] = Field(examples=[["oat", "crun"]])


@router.get("/booths", summary="Booths", responses=problems())
def list_booths(
    database: Database, show: Name = None, company: Name = None, number: Name = None, limit: Limit = DEFAULT_PAGE
) -> BoothList:
    """Booths of exhibitor lists and of signs. company: full name or id; number: `A-10` is `a10`."""
    rows = booth_store.booths(database, show=show, company=company, number=number, limit=limit)
    return BoothList(items=[Booth.model_validate(dict(row)) for row in rows])


@router.get("/booths/{booth}", summary="What was seen at a booth", responses=problems(404))
def get_booth(database: Database, booth: UUID) -> BoothDetail:
    """The booth, its company, and the sightings that stood there."""
    row = booth_store.booth_row(database, booth)
    if row is None:
        raise not_found("booth", booth, "/api/v1/booths")
    page = matches_page(
        database, MatchFilter(booth=booth, claims=True, unrejected=True), sort="-probability", limit=200
    )
    return BoothDetail(**dict(row), seen=matches_of(database, page.rows))


@router.get("/report/rollup", summary="Product x company x booth", responses=problems())
def get_rollup(
    database: Database,
    job: UUID | None = None,
    show: Name = None,
    company: Name = None,
    limit: Annotated[int, Query(ge=1, le=100_000)] = 10_000,
) -> Rollup:
    """How often each product was claimed at each booth, rejected sightings left out; a tie counts for each of its
    products. Where no job is named, the last that looked for a product in a medium tells of it."""
    rows = booth_store.rollup(database, job=job, show=show, company=company, limit=limit)
    return Rollup(items=[_rollup_row(row) for row in rows])


@router.get("/search/text", summary="Words in labels, signs and documents", tags=["search"], responses=problems())
def search_text(
    database: Database,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=500,
            pattern=NAME,
            description="All words; beginnings will do.",
            examples=["oat crun"],
        ),
    ],
    kind: Annotated[Literal["label", "sighting", "sign", "document"] | None, Query(description="Only these.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = DEFAULT_PAGE,
) -> TextFound:
    """What was read and holds every word, begun or with a typo."""
    words = words_of(q)
    if not words:
        return TextFound(items=[], words=[])
    query = query_of(words, lambda word: booth_store.words_like(database, word))
    rows = booth_store.found(database, query, kind=kind, limit=limit)
    return TextFound(items=[_hit(row) for row in rows], words=words)


def _rollup_row(row: Row) -> RollupRow:
    same = ("company", "company_id", "number", "hall", "show", "sightings", "ties", "media", "facings", "probability")
    values: dict[str, Any] = {name: row[name] for name in (*same, "booth_confidence")}
    product = ProductRef.model_validate({**row, "id": row["product_id"]})
    return RollupRow(product=product, booth=row["booth_id"], **values)


def _hit(row: Row) -> TextHit:
    pictured = row["kind"] in ("label", "sign", "sighting")
    return TextHit(
        kind=row["kind"], snippet=row["snippet"], text=row["text"][:5000],
        image=asset_url(row["sha256"]) if pictured else None, sku=row["sku"], medium=row["medium_id"],
        time_s=row["time_s"], match=row["match_id"], file=row["file"], rank=row["rank"],
    )  # fmt: skip
