"""The review queue over HTTP, the accuracy it leads to, and the choice of the reader; products in products_api.py."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from scout_common import readers
from scout_common.http import DEFAULT_PAGE, LARGEST_PAGE, TENANT, Database, Opened, Problem, problems, shown_as
from scout_common.paging import BadCursor
from scout_common.reader_process import pool_of
from scout_common.readers import Choice
from sqlalchemy import Connection

from services.review import accuracy as reports
from services.review import products_api, store
from services.review.pictures import picture_of
from services.review.schemas import Accuracy, Choosing, Chosen, Deciding, Giving, Item, ItemDetail, ItemPage, Reason
from services.review.verdicts import Action, Said, State

router = APIRouter()
router.include_router(products_api.router)
queue = APIRouter(prefix="/api/v1/review", tags=["review"])

Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", max_length=200, description="The same key decides an item once.")
]
Share = Annotated[float | None, Query(ge=0, le=1)]
Day = Annotated[date | None, Query(description="A day, 2026-11-16.")]


def chosen(
    state: State | None = None,
    reason: Reason | None = None,
    field: Text = None,
    kind: Text = None,
    engine: Text = None,
    job: UUID | None = None,
    source: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$", description="sha256 of a file.")] = None,
    min_confidence: Share = None,
    max_confidence: Share = None,
) -> store.QueueFilter:
    """The filters of a request."""
    return store.QueueFilter(
        state=state,
        reason=reason,
        field=field,
        kind=kind,
        engine=engine,
        job=job,
        source=source,
        min_confidence=min_confidence,
        max_confidence=max_confidence,
    )


@queue.get("", summary="What a person should look at", responses=problems(400))
def list_review(
    database: Database,
    where: Annotated[store.QueueFilter, Depends(chosen)],
    sort: Literal["confidence", "created", "-created"] = "confidence",
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = DEFAULT_PAGE,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> ItemPage:
    """A page of values, least sure first; `state=open` leaves out what is decided."""
    try:
        page = store.items_page(database, where, tenant=TENANT, sort=sort, limit=limit, cursor=cursor)
    except BadCursor as error:
        raise Problem(400, f"The cursor cannot be used: {error}. Leave it out to start at the first page.") from error
    return ItemPage(items=[Item(**shown(store.opened(database, row))) for row in page.rows], next=page.next)


@queue.get("/accuracy", summary="How right each engine is", responses=problems())
def get_accuracy(
    database: Database, since: Day = None, until: Day = None, field: Text = None, reader: Text = None
) -> Accuracy:
    """Per week, field, engine and version, by what people said; champion and shadow compared on the same files."""
    asked = reports.Asked(tenant=TENANT, since=since, until=until, field=field, reader=reader)
    return Accuracy.model_validate(reports.accuracy(database, asked))


@queue.get("/reader", summary="Which reader answers", responses=problems())
def get_reader(database: Database, resources: Opened) -> Choosing:
    """The champion, its shadow, the shadow's share of the files, and the latest choices."""
    return _reader(database, readers.chosen(database, resources.settings, TENANT))


@queue.put("/reader", summary="Let another reader answer", responses=problems(400, 403))
def put_reader(database: Database, resources: Opened, wanted: Chosen) -> Choosing:
    """Holds for every process at once; a request that names an engine is not touched by it. An engine that is not
    here is refused, unless `force` says that other machines have it."""
    choice = Choice(champion=wanted.champion, shadow=wanted.shadow, share=wanted.share)
    here = None
    if choice.engines and not wanted.force:
        here = pool_of(resources, resources.settings.ocr_readers).about().languages
    return _reader(database, readers.choose(database, choice, by=wanted.by, tenant=TENANT, here=here))


@queue.get("/{item}", summary="One item", responses=problems(404))
def get_review(database: Database, item: UUID) -> ItemDetail:
    """With everything that was decided about it."""
    return _detail(database, store.opened(database, store.item_row(database, item, TENANT)))


@queue.get(
    "/{item}/picture",
    summary="Where it is to be seen",
    response_class=Response,
    responses={**shown_as("image/*"), **problems(404)},
)
def get_review_picture(database: Database, resources: Opened, item: UUID) -> Response:
    """The value's place cut out of its page with some room around it, or the page where it has no place. JPEG."""
    row = store.item_row(database, item, TENANT)
    jpeg = picture_of(resources, row["source_sha256"], row["page"], row["box"])
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})


@queue.post("/{item}/accept", summary="It is right", responses=problems(400, 403, 404, 409))
def accept_review(database: Database, item: UUID, said: Deciding, key: Key = None) -> ItemDetail:
    """The value is what the file says."""
    return _decided(database, item, "accept", said, key)


@queue.post("/{item}/correct", summary="It says something else", responses=problems(400, 403, 404, 409))
def correct_review(database: Database, item: UUID, said: Giving, key: Key = None) -> ItemDetail:
    """Another value is right; it counts from now on."""
    return _decided(database, item, "correct", said, key)


@queue.post("/{item}/enter", summary="Enter it by hand", responses=problems(400, 403, 404, 409))
def enter_review(database: Database, item: UUID, said: Giving, key: Key = None) -> ItemDetail:
    """What could not be read; for a whole file an object of its fields."""
    return _decided(database, item, "enter", said, key)


@queue.post("/{item}/reject", summary="There is no such value", responses=problems(400, 403, 404, 409))
def reject_review(database: Database, item: UUID, said: Deciding, key: Key = None) -> ItemDetail:
    """The file does not say it at all."""
    return _decided(database, item, "reject", said, key)


@queue.post("/{item}/escalate", summary="Somebody else has to say", responses=problems(400, 403, 404, 409))
def escalate_review(database: Database, item: UUID, said: Deciding, key: Key = None) -> ItemDetail:
    """Nothing becomes true; it waits in the state `escalated`."""
    return _decided(database, item, "escalate", said, key)


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the API names it."""
    return {
        **row,
        "source": row["source_sha256"],
        "job": row["job_id"],
        "picture": f"/api/v1/review/{row['id']}/picture",
    }


def _decided(connection: Connection, item: UUID, action: Action, said: Deciding, key: str | None) -> ItemDetail:
    given = {"value": said.value, "printed": said.printed} if isinstance(said, Giving) else {}
    decision = Said(action=action, by=said.by, revision=said.revision, note=said.note, key=key, **given)
    return _detail(connection, store.decide(connection, item, decision, tenant=TENANT))


def _detail(connection: Connection, row: dict[str, Any]) -> ItemDetail:
    return ItemDetail(**shown(row), history=store.decisions(connection, row, TENANT))  # type: ignore[arg-type]


def _reader(connection: Connection, choice: Choice) -> Choosing:
    shown = {**vars(choice), "champion": choice.champion_name, "history": readers.history(connection, TENANT)}
    return Choosing.model_validate(shown)


router.include_router(queue)
