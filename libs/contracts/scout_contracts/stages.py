"""The whole topology on one page: which stage answers which event, and what it waits for.

A new stage is a row here. `scope` is what its barrier waits for: a stage with `after` starts as `waiting`
and becomes `pending` when no active blocking unit is left in those stages, within its own scope
(`after`), within the catalogue (`after_catalogue`) and within the whole job (`after_all`).
"""

from dataclasses import dataclass

from scout_contracts.events import (
    BoothsRequest,
    BoothsResolved,
    Event,
    FeaturesReady,
    FramesSearchRequest,
    MatchFramesReady,
    MatchRequest,
    MatchResult,
    NotifyRequest,
    OcrRequest,
    ProductsCollectRequest,
    ProductsImagesReady,
    SignsRequest,
    VideosKeyframesReady,
    VideosSearchRequest,
)

CATALOGUE_SCOPE = "catalogue"
JOB_SCOPE = "job"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage: its queue, the event it answers, the stages whose units must end before a waiting unit opens.

    essential: where all its units fail, the job has failed; elsewhere a failed unit only makes the result partial.
    remade_by: the stage whose one unit per scope, where there is one, makes all units of this one; where that is done
    again they are made anew, and must not be tried before with what may no longer be true.
    redone: finished units of these stages and the same scope are done again with a unit that is retried: it may have
    failed for what they left behind. What they remember costs them nothing.
    optional: only some jobs have such units; others do not show it.
    background: nobody waits for its units; they begin when no job waits for anything (on a shared bus a few do before),
    and go on after the job is done.
    kind: of the jobs that have such units."""

    name: str
    event: type[Event]
    title: str
    after: tuple[str, ...] = ()
    after_catalogue: tuple[str, ...] = ()
    after_all: tuple[str, ...] = ()
    essential: bool = False
    remade_by: str | None = None
    redone: tuple[str, ...] = ()
    optional: bool = False
    background: bool = False
    kind: str = "match"

    @property
    def first_state(self) -> str:
        """The state in which its units begin."""
        return "waiting" if self.after or self.after_catalogue or self.after_all else "pending"

    @property
    def routing_key(self) -> str:
        return f"{self.event.type}.{self.name}"


STAGES: tuple[Stage, ...] = (
    Stage(name="catalog", event=ProductsCollectRequest, title="Reading the catalogue", essential=True),
    Stage(name="keypoint_product", event=ProductsImagesReady, title="Features of product pictures"),
    Stage(name="embedding", event=ProductsImagesReady, title="Vectors of product pictures"),
    Stage(name="product_text", event=ProductsImagesReady, title="Reading product labels"),
    Stage(
        name="vector_index",
        event=FeaturesReady,
        title="Indexing the catalogue",
        after=("catalog", "keypoint_product", "embedding"),
        essential=True,
    ),
    Stage(name="media_ingestion", event=VideosSearchRequest, title="Choosing keyframes", essential=True),
    Stage(name="embedding_frame", event=VideosKeyframesReady, title="Vectors of keyframes", optional=True),
    Stage(
        name="frame_search",
        event=FramesSearchRequest,
        title="Choosing stored keyframes",
        after=("embedding_frame",),
        after_catalogue=("catalog", "keypoint_product", "embedding", "vector_index"),
        optional=True,
    ),
    Stage(name="keypoint", event=VideosKeyframesReady, title="Features of keyframes", remade_by="frame_search"),
    Stage(
        name="matcher",
        event=MatchRequest,
        title="Matching",
        after=("embedding_frame",),
        after_catalogue=("catalog", "keypoint_product", "embedding", "vector_index"),
        essential=True,
        remade_by="frame_search",
    ),
    Stage(
        name="sightings",
        event=MatchFramesReady,
        title="Joining sightings",
        after=("media_ingestion", "frame_search", "keypoint", "matcher"),
        after_catalogue=("catalog", "keypoint_product", "embedding", "vector_index"),
        essential=True,
        redone=("matcher",),
    ),
    Stage(
        name="region_text",
        event=MatchResult,
        title="Reading matched places",
        after_catalogue=("product_text",),
        remade_by="sightings",
    ),
    Stage(name="evidence_builder", event=MatchResult, title="Drawing evidence", remade_by="sightings"),
    Stage(name="signs", event=SignsRequest, title="Reading signs", background=True),
    Stage(
        name="booths",
        event=BoothsRequest,
        title="Finding booths",
        after_all=("media_ingestion", "sightings", "region_text", "evidence_builder", "signs"),
        background=True,
    ),
    Stage(name="caption", event=BoothsResolved, title="Naming booths on evidence", remade_by="booths", background=True),
    Stage(name="ocr", event=OcrRequest, title="Reading files", essential=True, kind="ocr", optional=True),
    Stage(
        name="ocr_shadow",
        event=OcrRequest,
        title="Reading once more, to compare",
        kind="ocr",
        optional=True,
        background=True,
    ),
    Stage(name="notify", event=NotifyRequest, title="Telling others", kind="any", optional=True),
)

BY_NAME: dict[str, Stage] = {stage.name: stage for stage in STAGES}
MATCH_STAGES: tuple[str, ...] = tuple(stage.name for stage in STAGES if stage.kind == "match")
