"""Which sightings a request asks for, and in which order."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from scout_common.http import Problem

from services.results_api.match_store import MatchFilter
from services.results_api.schemas import MatchState

Order = Annotated[
    Literal["-probability", "probability", "time", "created", "-created"],
    Query(description="`-` means descending; `time` is by medium, then second."),
]
Text = Annotated[str | None, Query(max_length=500)]


def chosen(
    job: UUID | None = None,
    product: Annotated[str | None, Query(max_length=500, description="Id or sku; ties that name it count.")] = None,
    video: Annotated[UUID | None, Query(description="Id of a video or photo.")] = None,
    frame: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$", description="Hash of the best keyframe.")] = None,
    show: Text = None,
    company: Annotated[str | None, Query(max_length=500, description="Full name or id.")] = None,
    booth: Annotated[str | None, Query(max_length=500, description="Number or id; `A-10` is `a10`.")] = None,
    min_probability: Annotated[
        float | None, Query(ge=0, le=1, description="Instead of the minimum that each job was started with.")
    ] = None,
    everything: Annotated[
        bool, Query(alias="all", description="Also what was kept below its job's minimum probability: no claims.")
    ] = False,
    state: MatchState | None = None,
    from_s: Annotated[float | None, Query(alias="from", ge=0, le=1e9, description="Seconds in the medium.")] = None,
    to_s: Annotated[float | None, Query(alias="to", ge=0, le=1e9, description="Seconds in the medium.")] = None,
) -> MatchFilter:
    """The filters of a request. A sighting belongs to [from, to] where it overlaps it."""
    if "\x00" in f"{product}{show}{company}{booth}":
        raise Problem(422, "A filter holds a NUL character, which no sku or name has. Leave it out.")
    return MatchFilter(
        job=job,
        video=video,
        frame=frame,
        show=show,
        company=company,
        claims=None if everything or min_probability is not None else True,
        min_probability=min_probability,
        state=state,
        from_s=from_s,
        to_s=to_s,
        **product_filter(product),
        **booth_filter(booth),
    )


Chosen = Annotated[MatchFilter, Depends(chosen)]


def product_filter(product: str | None) -> dict[str, Any]:
    """A product named by its id or by its sku, as MatchFilter takes it."""
    if product is None:
        return {}
    try:
        return {"product_id": UUID(product)}
    except ValueError:
        return {"sku": product}


def booth_filter(booth: str | None) -> dict[str, Any]:
    """A booth named by its id or by its number, as MatchFilter takes it."""
    if booth is None:
        return {}
    try:
        return {"booth": UUID(booth)}
    except ValueError:
        return {"booth_number": booth}
