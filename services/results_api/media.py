"""Products, videos and photos, keyframes, stored pictures."""

from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import fastapi
from fastapi import APIRouter, Query, Request, Response
from scout_common.http import DEFAULT_PAGE, Database, Opened, Problem, not_found, problems, shown_as
from scout_common.paging import BadCursor
from sqlalchemy import Connection

from services.results_api.files import asset_response, asset_url, ranged, stored_blob, stored_file
from services.results_api.jobs import After, Limit, bad_cursor
from services.results_api.media_schemas import (
    Frame,
    FramePage,
    Product,
    ProductDetail,
    ProductImage,
    ProductPage,
    ShowList,
    TradeShow,
    Video,
    VideoPage,
)
from services.results_api.media_store import (
    frames_page,
    product_images,
    products_page,
    show_rows,
    video_places,
    videos_page,
)
from services.results_api.store import Row

router = APIRouter(prefix="/api/v1", tags=["media and products"])

Name = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
Sha256 = Annotated[str, fastapi.Path(pattern="^[0-9a-f]{64}$")]


@router.get("/products", summary="Products by sku", responses=problems(400))
def list_products(
    database: Database,
    job: UUID | None = None,
    brand: Name = None,
    category: Name = None,
    q: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Part of title or sku.")] = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: After = None,
) -> ProductPage:
    """A page of products; `sightings` counts those of the job, or of all jobs."""
    query = None if q is None else "%" + q.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    given = {"job": job, "brand": brand, "category": category, "query": query}
    try:
        page = products_page(database, given, limit=limit, cursor=cursor)
    except BadCursor as error:
        raise bad_cursor(error) from error
    return ProductPage(items=[Product.model_validate(_product(row)) for row in page.rows], next=page.next)


@router.get("/products/{product}", summary="One product", responses=problems(404))
def get_product(database: Database, product: UUID) -> ProductDetail:
    """With all its prepared pictures and what was wrong with each."""
    rows = products_page(database, {"id": product}, limit=1).rows
    if not rows:
        raise not_found("product", product, "/api/v1/products")
    images = [
        ProductImage.model_validate({**row, "sha256": row["image_sha256"], "url": asset_url(row["image_sha256"])})
        for row in product_images(database, product)
    ]
    return ProductDetail.model_validate({**_product(rows[0]), "images": images})


@router.get("/videos", summary="Videos and photos by name", responses=problems(400))
def list_videos(
    database: Database,
    job: UUID | None = None,
    show: Name = None,
    kind: Literal["video", "photo"] | None = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: After = None,
) -> VideoPage:
    """A page of media. A photo is a medium of length 0."""
    try:
        page = videos_page(database, {"job": job, "show": show, "kind": kind}, limit=limit, cursor=cursor)
    except BadCursor as error:
        raise bad_cursor(error) from error
    return VideoPage(items=[_video(row) for row in page.rows], next=page.next)


@router.get("/videos/{video}", summary="One video or photo", responses=problems(404))
def get_video(database: Database, video: UUID) -> Video:
    """What is known of the file."""
    return _video(_need_video(database, video))


@router.get("/videos/{video}/frames", summary="Its keyframes", responses=problems(400, 404))
def list_frames(
    database: Database,
    video: UUID,
    sampler: Name = None,
    from_s: Annotated[float | None, Query(alias="from", ge=0, le=1e9)] = None,
    to_s: Annotated[float | None, Query(alias="to", ge=0, le=1e9)] = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: After = None,
) -> FramePage:
    """A page of keyframes in time order; jobs of another keyframe density have a sampler of their own."""
    _need_video(database, video)
    given = {"sampler": sampler, "from_s": from_s, "to_s": to_s}
    try:
        page = frames_page(database, video, given, limit=limit, cursor=cursor)
    except BadCursor as error:
        raise bad_cursor(error) from error
    frames = [Frame.model_validate({**row, "image": asset_url(row["image_sha256"])}) for row in page.rows]
    return FramePage(items=frames, next=page.next)


@router.get(
    "/videos/{video}/media",
    summary="The file itself",
    response_class=Response,
    responses={**shown_as("image/*", "video/*"), 206: {"description": "Partial Content"}, **problems(404, 416)},
)
def get_media(database: Database, resources: Opened, request: Request, video: UUID) -> Response:
    """The bytes as they were given, with range requests, so that players can jump: `/media#t=12.5`."""
    medium = _need_video(database, video)
    for place in video_places(database, video):
        scheme, _, key = place["uri"].partition("blob:")
        stored = stored_blob(resources.blobs, key) if key and not scheme else stored_file(Path(place["uri"]))
        if stored is not None:
            return ranged(stored, medium["media_type"], request, {"Cache-Control": "no-cache"})
    raise Problem(
        404, f"{medium['name']} is not where it was when the job ran. Put it back there, or run the job again."
    )


@router.get("/shows", summary="Trade shows by name")
def list_shows(database: Database) -> ShowList:
    """All shows that jobs were given."""
    return ShowList(items=[TradeShow.model_validate(dict(row)) for row in show_rows(database)])


@router.get(
    "/assets/{sha256}",
    summary="A stored picture",
    response_class=Response,
    responses={**shown_as("image/*"), **problems(404)},
)
def get_asset(database: Database, resources: Opened, request: Request, sha256: Sha256) -> Response:
    """By the sha256 of its bytes; only what a job registered is served."""
    return asset_response(database, resources, request, sha256)


def _need_video(connection: Connection, video: UUID) -> Row:
    rows = videos_page(connection, {"id": video}, limit=1).rows
    if not rows:
        raise not_found("video", video, "/api/v1/videos")
    return rows[0]


def _product(row: Row) -> dict[str, object]:
    return {**row, "image": asset_url(row["image"]) if row["image"] else None}


def _video(row: Row) -> Video:
    poster = asset_url(row["poster_sha256"]) if row["poster_sha256"] else None
    return Video.model_validate({**row, "poster": poster, "media": f"/api/v1/videos/{row['id']}/media"})
