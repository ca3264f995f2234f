"""Response models of products, media, keyframes and shows."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.results_api.examples import LISTED, PICTURE
from services.results_api.schemas import NextPage, ProductRef, example


class Product(ProductRef):
    """A product of the catalogue."""

    model_config = example(**LISTED)

    family: str | None = None
    price: float | None = None
    currency: str | None = None
    barcode: str | None = None
    extra: dict[str, Any] = Field(
        default_factory=dict, description="Columns of the catalogue that Scout does not know."
    )
    image: str | None = Field(None, description="Its first prepared picture.")
    sightings: int
    updated_at: datetime


class ProductImage(BaseModel):
    """A prepared picture: upright, on white, trimmed."""

    model_config = example(**PICTURE)

    sha256: str
    url: str
    source: str
    width: int
    height: int
    warnings: list[Any]


class ProductDetail(Product):
    """A product with all its pictures."""

    model_config = example(**LISTED, images=[PICTURE])

    images: list[ProductImage]


class Video(BaseModel):
    """A video, or a photo: a medium of length 0."""

    model_config = example(
        id="2f5a6f0e-0a0e-5d52-9a59-1d3a6b9d3c77",
        name="hall.mp4",
        kind="video",
        media_type="video/mp4",
        duration_s=74.0,
        width=1280,
        height=720,
        fps=25.0,
        codec="h264",
        captured_at="2026-03-02T10:12:00Z",
        sha256="2" * 64,
        poster="/api/v1/assets/" + "3" * 64,
        media="/api/v1/videos/2f5a6f0e-0a0e-5d52-9a59-1d3a6b9d3c77/media",
        sightings=40,
        info={},
    )

    id: UUID
    name: str
    kind: Literal["video", "photo"]
    media_type: str
    duration_s: float
    width: int
    height: int
    fps: float | None
    codec: str | None
    captured_at: datetime | None
    sha256: str
    poster: str | None
    media: str
    sightings: int
    info: dict[str, Any]


class Frame(BaseModel):
    """A keyframe."""

    model_config = example(
        time_s=12.48,
        image="/api/v1/assets/" + "0" * 64,
        width=1280,
        height=720,
        sharpness=143.2,
        shot=3,
        sampler="k1:2.0",
    )

    time_s: float
    image: str
    width: int
    height: int
    sharpness: float
    shot: int
    sampler: str


class TradeShow(BaseModel):
    """A trade show that jobs belong to."""

    model_config = example(
        id="0b0f4f0e-3d0a-5a63-8a93-0c9b2f1e4d55",
        name="Sample Fair",
        place="Cologne",
        starts_on="2026-11-20",
        ends_on="2026-11-22",
    )

    id: UUID
    name: str
    place: str | None
    starts_on: date | None
    ends_on: date | None


class ProductPage(BaseModel):
    """Products by sku."""

    items: list[Product]
    next: NextPage = None


class VideoPage(BaseModel):
    """Media by name."""

    items: list[Video]
    next: NextPage = None


class FramePage(BaseModel):
    """Keyframes in time order."""

    items: list[Frame]
    next: NextPage = None


class ShowList(BaseModel):
    """All shows by name."""

    items: list[TradeShow]
    next: NextPage = None
