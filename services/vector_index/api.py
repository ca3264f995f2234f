"""POST /api/v1/search: what looks like this picture, this stored item, this vector?"""

import json
from typing import Annotated, Any
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from scout_common.http import Opened, Problem, problems
from scout_common.work import Resources
from scout_vision.errors import BadImage
from scout_vision.learned.manifest import BadModel
from starlette.datastructures import UploadFile

from services.vector_index.search import Asked, Found, SearchKind, search

router = APIRouter(prefix="/api/v1", tags=["search"])

MODEL = "appearance:1"
Text = Annotated[str | None, Field(max_length=500, pattern=r"^[^\x00]*$")]


class SearchRequest(BaseModel):
    """What to look for, and among what. Give one of image_sha256, match_id, vector, words; or upload `image`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"image_sha256": "1" * 64, "category": "Cereals", "k": 10}}
    )

    image_sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$", description="A stored product picture.")
    match_id: UUID | None = Field(None, description="A sighting: its region is what is looked for.")
    vector: tuple[Annotated[float, Field(allow_inf_nan=False)], ...] | None = Field(None, max_length=4000)
    words: str | None = Field(
        None, min_length=1, max_length=500, pattern=r"^[^\x00]*$", description="With an embedder that knows words."
    )
    kind: SearchKind = Field(
        "product_image", description="Search product pictures, the regions of sightings, or stored keyframes."
    )
    embedder: str = Field("appearance", max_length=100, description="The model whose vectors are compared.")
    k: int = Field(10, ge=1, le=200)
    exact: bool = Field(False, description="Compare every vector rather than ask the index; small jobs always do.")
    job: UUID | None = None
    brand: Text = None
    category: Text = None

    @field_validator("vector", mode="before")
    @classmethod
    def _from_form(cls, value: Any) -> Any:
        """In a form the vector is a JSON array."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ValueError("is no JSON array of numbers") from error


class Similar(BaseModel):
    """A stored picture or region and how alike it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "item": "1" * 64,
                "similarity": 0.93,
                "image": "/api/v1/assets/" + "1" * 64,
                "match": None,
                "product": "5f7bfa2c-9c35-5b7f-8c8e-6f6f7f1f9a11",
                "sku": "CK-375",
                "title": "Choco Krave",
                "brand": "Krave",
                "category": "Cereals",
                "medium": None,
                "medium_name": None,
                "time_s": None,
                "box": None,
            }
        }
    )

    item: str = Field(description="sha256 of a product picture or keyframe, or id of a sighting.")
    similarity: float = Field(description="Cosine similarity, -1 to 1.")
    image: str | None = None
    match: str | None = None
    product: UUID | None = None
    sku: str | None = None
    title: str | None = None
    brand: str | None = None
    category: str | None = None
    medium: UUID | None = Field(None, description="Of a keyframe: the video or photo it is from.")
    medium_name: str | None = None
    time_s: float | None = None
    box: tuple[float, float, float, float] | None = Field(
        None, description="The nearest part of a keyframe: left, top, right, bottom as fractions."
    )


class SearchResult(BaseModel):
    """The nearest items, best first."""

    model_config = ConfigDict(json_schema_extra={"example": {"model": MODEL, "exact": True, "items": []}})

    model: str
    exact: bool = Field(description="Every vector was compared; otherwise an HNSW index answered.")
    items: list[Similar]


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/SearchRequest"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "properties": {
                        "image": {
                            "type": "string",
                            "format": "binary",
                            "description": "A picture; the other fields are those of SearchRequest.",
                        },
                        "k": {"type": "integer", "default": 10},
                        "kind": {"type": "string", "default": "product_image"},
                        "job": {"type": "string", "format": "uuid"},
                        "brand": {"type": "string"},
                        "category": {"type": "string"},
                        "exact": {"type": "boolean", "default": False},
                    },
                }
            },
        },
    }
}


@router.post("/search", summary="Find what looks alike", responses=problems(404, 413, 415), openapi_extra=BODY)
async def search_similar(request: Request, resources: Opened) -> SearchResult:
    """By an uploaded picture (form field `image`), a stored picture or sighting, a vector, or words."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        wanted, upload = await _form(request, resources.settings.max_upload_bytes)
    elif kind in {"application/json", ""}:
        wanted, upload = _checked(await _json(request)), None
    else:
        raise Problem(415, f"A search is application/json or multipart/form-data, not {kind}.")
    return await run_sync(_search, resources, wanted, upload)


def _search(resources: Resources, wanted: SearchRequest, upload: bytes | None) -> SearchResult:
    asked = Asked(
        upload=upload,
        image=wanted.image_sha256,
        match=wanted.match_id,
        **wanted.model_dump(exclude={"image_sha256", "match_id"}),
    )
    try:
        with resources.engine.begin() as connection:
            return _shown(search(connection, asked, resources.settings))
    except BadModel as error:
        raise Problem(422, f"{error}. {error.hint}".strip()) from error
    except BadImage as error:
        raise Problem(422, f"The uploaded picture cannot be used: {error}. {error.hint}".strip()) from error


async def _form(request: Request, most: int) -> tuple[SearchRequest, bytes | None]:
    # max_part_size bounds fields; files spill to disk and are bounded by the guard and by the check below.
    async with request.form(max_files=1, max_fields=20) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str) and value}
        wanted, file = _checked(fields), form.get("image")
        if not isinstance(file, UploadFile):
            return wanted, None
        if (file.size or 0) > most:
            raise Problem(413, f"The picture is larger than {most / 1e6:.0f} MB. Save it smaller.")
        return wanted, await file.read()


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError) as error:
        raise Problem(422, f"The body is no JSON: {error}. Send an object as GET /docs shows it.") from error


def _checked(fields: Any) -> SearchRequest:
    try:
        return SearchRequest.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error


def _shown(found: Found) -> SearchResult:
    items = [
        Similar.model_validate({**found.about.get(neighbour.item, {}), **vars(neighbour)})
        for neighbour in found.neighbours
    ]
    for item in items:
        item.image = f"/api/v1/assets/{item.image}" if item.image else None
        item.match = f"/api/v1/matches/{item.match}" if item.match else None
    return SearchResult(model=found.model, exact=found.exact, items=items)
