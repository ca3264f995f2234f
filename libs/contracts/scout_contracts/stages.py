"""The whole topology on one page: which stage answers which event, and what it waits for.

A new stage is a row here. `scope` is what its barrier waits for: a stage with `after` starts as `waiting`
and becomes `pending` when no active blocking unit is left in those stages, within its own scope
(`after`) and within the catalogue (`after_catalogue`).
"""

from dataclasses import dataclass

from scout_contracts.events import (
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
    VideosKeyframesReady,
    VideosSearchRequest,
)

CATALOGUE_SCOPE = "catalogue"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage: its queue, the event it answers, the stages whose units must end before a waiting unit opens.

    essential: where all its units fail, the job has failed; elsewhere a failed unit only makes the result partial.
    remade_by: the stage whose one unit per scope, where there is one, makes all units of this one; where that is done
    again they are made anew, and must not be tried before with what may no longer be true.
    redone: finished units of these stages and the same scope are done again with a unit that is retried: it may have
    failed for what they left behind. What they remember costs them nothing.
    optional: only some jobs have such units; others do not show it.
    kind: of the jobs that have such units."""

    name: str
    event: type[Event]
    title: str
    after: tuple[str, ...] = ()
    after_catalogue: tuple[str, ...] = ()
    essential: bool = False
    remade_by: str | None = None
    redone: tuple[str, ...] = ()
    optional: bool = False
    kind: str = "match"

    @property
    def first_state(self) -> str:
        """The state in which its units begin."""
        return "waiting" if self.after or self.after_catalogue else "pending"

    @property
    def routing_key(self) -> str:
        return f"{self.event.type}.{self.name}"


STAGES: tuple[Stage, ...] = (
    Stage(name="catalog", event=ProductsCollectRequest, title="Reading the catalogue", essential=True),
    Stage(name="keypoint_product", event=ProductsImagesReady, title="Features of product pictures"),
    Stage(name="embedding", event=ProductsImagesReady, title="Vectors of product pictures"),
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
    Stage(name="evidence_builder", event=MatchResult, title="Drawing evidence", remade_by="sightings"),
    Stage(name="ocr", event=OcrRequest, title="Reading files", essential=True, kind="ocr", optional=True),
    Stage(name="notify", event=NotifyRequest, title="Telling others", kind="any", optional=True),
)

BY_NAME: dict[str, Stage] = {stage.name: stage for stage in STAGES}
MATCH_STAGES: tuple[str, ...] = tuple(stage.name for stage in STAGES if stage.kind == "match")
