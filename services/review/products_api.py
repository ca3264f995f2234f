"""Products that labels propose: look at them, make them products or not; what became of them as events."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from scout_common import proposals
from scout_common.errors import Conflict
from scout_common.http import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    TENANT,
    Database,
    Opened,
    Problem,
    not_found,
    problems,
    shown_as,
)
from scout_common.paging import BadCursor
from sqlalchemy import Connection

from services.review import products_store as store
from services.review.pictures import picture_of
from services.review.schemas import Deciding, Words

router = APIRouter(prefix="/api/v1", tags=["products from reading"])

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]
ProposalState = Literal["proposed", "accepted", "rejected"]


class Proposal(BaseModel):
    """A product that labels speak of and no catalogue product explains."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "5d1d1b36-90bb-5f7e-a5a2-4c3f1a2b7c11",
                "state": "proposed",
                "fields": {"barcode": "4006381333931", "brand": "Solva", "title": "Sparkling Water", "price": "1.29"},
                "confidence": 0.91,
                "picture": "/api/v1/proposals/5d1d1b36-90bb-5f7e-a5a2-4c3f1a2b7c11/picture",
                "source": "1" * 64,
                "page": 1,
                "box": [10.0, 12.0, 300.0, 180.0],
                "sources": 2,
                "job": None,
                "product": None,
                "revision": 1,
                "created_at": "2026-11-21T18:00:00Z",
                "decided_at": None,
                "decided_by": None,
            }
        }
    )

    id: UUID
    state: ProposalState
    fields: dict[str, Any]
    confidence: float
    picture: str = Field(description="The label, cut out of the picture it was read best in.")
    source: str
    page: int
    box: list[float] | None
    sources: int = Field(description="Files that speak of it.")
    job: UUID | None
    product: UUID | None
    revision: int
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None


class ProposalPage(BaseModel):
    """A page of proposals."""

    items: list[Proposal]
    next: str | None


class ProductFields(BaseModel):
    """Fields that count instead of those that were read."""

    model_config = ConfigDict(extra="forbid")

    sku: Words | None = Field(None, min_length=1, max_length=200)
    title: Words | None = Field(None, min_length=1, max_length=300)
    brand: Words | None = Field(None, max_length=200)
    category: Words | None = Field(None, max_length=200)
    price: Decimal | None = Field(None, ge=0, lt=10**12, decimal_places=6)
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    barcode: str | None = Field(None, pattern="^[0-9]{8,14}$")


class Accepting(Deciding):
    """Make the proposal a product."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"by": "Ana", "revision": 1, "fields": {"title": "Sparkling Water"}}},
    )

    fields: ProductFields = ProductFields()


class ProductEvent(BaseModel):
    """A product was created or updated; `data` follows the schema `product.created.v1.json` or `product.updated...`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 17,
                "type": "product.created",
                "at": "2026-11-21T18:00:00Z",
                "data": {
                    "product_id": "00000000-0000-4000-8000-0000000000b1",
                    "sku": "4006381333931",
                    "fields": {"barcode": "4006381333931", "brand": "Solva", "title": "Sparkling Water"},
                    "proposal_id": "5d1d1b36-90bb-5f7e-a5a2-4c3f1a2b7c11",
                    "accepted_by": "Ana",
                },
            }
        }
    )

    id: int
    type: str
    at: datetime
    data: dict[str, Any]


class ProductEvents(BaseModel):
    """Events in order; ask again with `after` = the last id."""

    items: list[ProductEvent]


@router.get("/proposals", summary="Products that labels propose", responses=problems(400))
def list_proposals(
    database: Database,
    state: ProposalState | None = None,
    min_confidence: Annotated[float | None, Query(ge=0, le=1)] = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> ProposalPage:
    """Newest first."""
    try:
        page = store.proposals_page(
            database, tenant=TENANT, state=state, min_confidence=min_confidence, limit=limit, cursor=cursor
        )
    except BadCursor as error:
        raise Problem(400, f"The cursor cannot be used: {error}. Leave it out to start at the first page.") from error
    return ProposalPage(items=[_shown(row) for row in page.rows], next=page.next)


@router.get("/proposals/{proposal}", summary="One proposal", responses=problems(404))
def get_proposal(database: Database, proposal: UUID) -> Proposal:
    """With where it was read."""
    return _shown(_need(database, proposal))


@router.get(
    "/proposals/{proposal}/picture",
    summary="Its label",
    response_class=Response,
    responses={**shown_as("image/*"), **problems(404)},
)
def get_proposal_picture(database: Database, resources: Opened, proposal: UUID) -> Response:
    """The label cut out of its picture, as JPEG."""
    row = _need(database, proposal)
    jpeg = picture_of(resources, row["source_sha256"], row["page"], row["box"])
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})


@router.post("/proposals/{proposal}/accept", summary="Make it a product", responses=problems(400, 403, 404, 409))
def accept_proposal(database: Database, proposal: UUID, said: Accepting) -> Proposal:
    """A product of that sku that is there already gets what it lacks; both are told as events."""
    row = _locked(database, proposal, said.revision)
    given = {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in said.fields.model_dump(exclude_none=True).items()
    }
    proposals.accept(database, row, by=said.by, tenant=TENANT, given=given)
    return _shown(_need(database, proposal))


@router.post("/proposals/{proposal}/reject", summary="It is no product", responses=problems(400, 403, 404, 409))
def reject_proposal(database: Database, proposal: UUID, said: Deciding) -> Proposal:
    """The same label does not propose it again."""
    proposals.reject(database, _locked(database, proposal, said.revision), by=said.by)
    return _shown(_need(database, proposal))


@router.get("/product-events", summary="Products created and updated", responses=problems())
def list_product_events(
    database: Database, after: Annotated[int, Query(ge=0, lt=2**63)] = 0, limit: Limit = DEFAULT_PAGE
) -> ProductEvents:
    """`product.created` and `product.updated`, oldest first."""
    rows = store.events_after(database, tenant=TENANT, after=after, limit=limit)
    return ProductEvents(items=[ProductEvent.model_validate(dict(row)) for row in rows])


def _shown(row: Any) -> Proposal:
    picture = f"/api/v1/proposals/{row['id']}/picture"
    renamed = {"source": row["source_sha256"], "job": row["job_id"], "product": row["product_id"], "picture": picture}
    return Proposal.model_validate({**row, **renamed})


def _need(connection: Connection, proposal: UUID) -> Any:
    row = store.proposal_row(connection, proposal, TENANT)
    if row is None:
        raise not_found("proposal", proposal, "/api/v1/proposals")
    return row


def _locked(connection: Connection, proposal: UUID, revision: int) -> Any:
    row = proposals.locked_proposal(connection, proposal, TENANT)
    if row is None:
        raise not_found("proposal", proposal, "/api/v1/proposals")
    if row["revision"] != revision:
        hint = "look at it again and send its revision"
        raise Conflict(
            f"it changed meanwhile: it is {row['state']} at revision {row['revision']}",
            subject=str(proposal),
            hint=hint,
        )
    return row
