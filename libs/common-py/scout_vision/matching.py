"""Matching one frame against the catalogue, top to bottom: vote, verify, compete, tell siblings apart, judge.

index = CatalogueIndex.build([CatalogueImage.of("sku", "image", picture, extractor)], seed=1)
result = FrameMatcher(index).match(extractor.frame(image), image)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scout_vision import probability, voting
from scout_vision.agreement import agreement
from scout_vision.catalogue import CatalogueImage, CatalogueIndex
from scout_vision.competition import CHANCE_SUPPORT, Contest, contests
from scout_vision.in_view import in_view
from scout_vision.keypoints import Features
from scout_vision.kinship import placed
from scout_vision.look_alikes import Embed, Neighbours, look_alikes
from scout_vision.planar import share_inside
from scout_vision.proposals import Proposal, verified_proposals
from scout_vision.rivalry import Rivalry, Verdict
from scout_vision.verification import KNOWN_MARGIN, FrameView, Verified, verify

__all__ = ["Candidate", "CatalogueImage", "CatalogueIndex", "Detection", "FrameMatcher", "FrameResult", "MatchOptions"]

Image = NDArray[np.uint8]
"""RGB (H, W, 3)."""


@dataclass(frozen=True, kw_only=True)
class MatchOptions:
    """neighbours: index neighbours a keypoint votes with. voters: keypoints that vote, the strongest ones. hypotheses:
    places verified per frame at most. After `surely` failures in a row a place needs a score of `floor` (three of four
    decoys stay under it), and after `patience` in a row no more are tried; fewer cost no claims by points alone, but
    the places where vector neighbours are looked at. siblings: verified at a winner's place at most, those with the
    most votes there. candidates: products reported per frame, claims or not."""

    neighbours: int = 10
    voters: int = 2500
    hypotheses: int = 30
    surely: int = 6
    floor: float = 3.0
    patience: int = 8
    siblings: int = 2
    candidates: int = 8


@dataclass(frozen=True, eq=False)
class Detection:
    """One product instance at one place in one frame.

    quad: (4, 2) corners of the product picture in the frame, pixels. homography: (3, 3) picture -> frame.
    product_points, frame_points: (N, 2) inliers. family: products that cannot be told apart here (empty if decided).
    probability: that this product is here. sibling_risk: that a sibling was the right one.
    """

    product: str
    image: str
    decoy: bool
    quad: NDArray[np.float32]
    homography: NDArray[np.float64]
    product_points: NDArray[np.float32]
    frame_points: NDArray[np.float32]
    signals: Mapping[str, float]
    family: tuple[str, ...]
    probability: float
    sibling_risk: float


@dataclass(frozen=True)
class Candidate:
    """A product with its best probability in a frame, claim or not. votes: the evidence that ranks equals."""

    product: str
    probability: float
    votes: float


@dataclass(frozen=True, eq=False)
class FrameResult:
    """detections: winners of their places, decoys included, best first. candidates: best products of the frame."""

    detections: tuple[Detection, ...]
    candidates: tuple[Candidate, ...]


class FrameMatcher:
    """Matches frames against one catalogue index."""

    def __init__(
        self,
        index: CatalogueIndex,
        options: MatchOptions | None = None,
        neighbours: Neighbours | None = None,
        embed: Embed | None = None,
    ) -> None:
        self.index = index
        self.options = options or MatchOptions()
        self.neighbours = neighbours
        self.embed = embed
        self.rivalry = Rivalry(index)

    def match(
        self, frame: Features, image: Image | Callable[[], Image], proposed: Sequence[Proposal] = ()
    ) -> FrameResult:
        """All products of the catalogue in one frame.

        image: RGB (H, W, 3), the frame of the features, or what decodes it: asked only where something was found.
        proposed: what the frame's vectors say may be where; verified like what the votes say."""
        entries = self.index.entries
        view = FrameView.of(frame, self.index.projection)
        distances, rows = self.index.nearest(view.coordinates[: self.options.voters], self.options.neighbours + 1)
        votes = voting.cast(entries, frame.points, frame.sizes, frame.angles, rows, distances)
        places = voting.hypotheses(entries, votes, float(frame.width * frame.height))
        found = self._verified(places[: self.options.hypotheses], view)
        found += verified_proposals(self.index, proposed, votes, view, found)
        found += self._siblings(contests(found), view, votes)
        detections = self._settled(found, view, image() if callable(image) else image) if found else []
        totals = voting.totals(votes, len(entries))
        return FrameResult(tuple(detections), self._candidates(detections, found, totals))

    def _settled(self, found: list[Verified], view: FrameView, image: Image) -> list[Detection]:
        """The winner of every place, after those that only its look named have joined; best first."""
        if self.neighbours is not None and self.embed is not None:
            found += look_alikes(self.index, contests(found), view, image, self.neighbours, self.embed)
        settled = [self._judged(self.rivalry.settle(contest, image), image) for contest in contests(found)]
        detections = in_view(settled, view.features.width, view.features.height)
        return sorted(detections, key=lambda d: -d.probability)

    def _verified(self, places: Sequence[voting.Hypothesis], view: FrameView) -> list[Verified]:
        """Best first, until the scores are those of chance or nothing has held for a while."""
        found: list[Verified] = []
        idle = 0
        for place in places:
            if idle >= self.options.surely and (place.score < self.options.floor or idle >= self.options.patience):
                break
            find = verify(self.index.entries, view, place)
            idle = 0 if find is not None and find.support > CHANCE_SUPPORT else idle + 1
            if find is not None:
                found.append(find)
        return found

    def _siblings(self, places: Sequence[Contest], view: FrameView, votes: voting.Votes) -> list[Verified]:
        """The likeliest siblings of every winner, verified at its place unless the votes had led there already."""
        entries = self.index.entries
        found: list[Verified] = []
        for place in places:
            if place.winner.support <= CHANCE_SUPPORT or place.winner.entry >= self.index.pictures:
                continue
            known = {place.winner.entry, *(r.entry for r in place.rivals)}
            kin = dict(self.index.kinship.of(place.winner.entry))
            within = voting.totals_within(votes, view.features.points, place.winner.quad, tuple(kin))
            for sibling in sorted(kin, key=lambda s: -within[s])[: self.options.siblings]:
                if sibling not in known:
                    hypothesis = placed(entries, sibling, place.winner.homography @ kin[sibling])
                    find = verify(entries, view, hypothesis, KNOWN_MARGIN)
                    found += [] if find is None else [find]
        return found

    def _judged(self, verdict: Verdict, image: NDArray[np.uint8]) -> Detection:
        """A settled place with its signals and what they are worth."""
        find = verdict.winner
        product, picture, decoy = self.index.source(find.entry)
        seen = agreement(image, find.homography, self.rivalry.look(find.entry))
        inside, filled = share_inside(find.quad, image.shape[1], image.shape[0])
        signals = {
            "inliers": float(find.inliers),
            "support": float(find.support),
            "inlier_ratio": len(find.keypoints) / find.matches,
            "area": find.area,
            "margin": verdict.margin,
            "lean": verdict.lean,
            "lean_area": verdict.lean_area,
            "rival": float(verdict.rival_support),
            "inside": inside,
            "filled": filled,
            "visible": seen.visible,
            "print": seen.print,
            "colour": seen.colour,
        }
        return Detection(
            product=product,
            image=picture,
            decoy=decoy,
            quad=find.quad,
            homography=find.homography,
            product_points=find.product_points,
            frame_points=find.frame_points,
            signals=signals,
            family=verdict.family,
            probability=probability.frame_probability(signals),
            sibling_risk=verdict.risk,
        )

    def _candidates(
        self, detections: Sequence[Detection], found: Sequence[Verified], totals: NDArray[np.float64]
    ) -> tuple[Candidate, ...]:
        """The frame's best products: winners, then losers of a place by their points, then the merely voted for."""
        best: dict[str, Candidate] = {}
        for d in detections:
            for product in d.family or (d.product,):
                if not d.decoy and product not in best:
                    said = max(d.probability / max(1, len(d.family)), probability.LOST_PLACE)
                    best[product] = Candidate(product, said, d.signals["support"])
        for f in sorted(found, key=lambda f: (-f.support, f.entry)):
            product, _, decoy = self.index.source(f.entry)
            if not decoy and product not in best:
                best[product] = Candidate(product, probability.LOST_PLACE, f.support)
        for entry in np.argsort(-totals[: self.index.pictures], kind="stable")[: self.options.candidates * 2]:
            product = self.index.labels[entry][0]
            if product not in best:
                best[product] = Candidate(product, probability.ONLY_VOTES, -1 / (1 + totals[entry]))
        ranked = sorted(best.values(), key=lambda c: (-c.probability, -c.votes, c.product))
        return tuple(ranked[: self.options.candidates])
