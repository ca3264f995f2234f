"""Settling a contested place: points, and the look of the place where the rival packs differ, decide together."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.catalogue import CatalogueIndex
from scout_vision.competition import CHANCE_SUPPORT, Contest
from scout_vision.look import Look
from scout_vision.probability import TIE, sibling_lead, sibling_risk
from scout_vision.siblings import UNDECIDED, Difference, Pair, compare, laid
from scout_vision.verification import Verified

_MOST_PAIRS = 200  # kept laid on each other, about 300 kB each
_MOST_RIVALS = 2
_NEAR_THE_BEST = 0.7  # a second rival with less than this part of the first one's points changes nothing
_LEAST_PART = 0.3  # a rival with less than this part of the winner's points is no sibling at this place


@dataclass(frozen=True, eq=False)
class Verdict:
    """Who won a place. margin: lead over the strongest rival product (see probability.sibling_lead; large: no rival).

    lean, lean_area: what the differing print said, 1 for the winner, -1 for the rival. risk: that the rival was right.
    """

    winner: Verified
    family: tuple[str, ...]
    margin: float
    lean: float
    lean_area: float
    rival_support: int
    risk: float


class Rivalry:
    """Compares sibling packs of one catalogue; keeps the thumbnails it has decoded."""

    def __init__(self, index: CatalogueIndex) -> None:
        self.index = index
        self._looks: dict[int, Look] = {}
        self._pairs: dict[tuple[int, int], Pair] = {}

    def settle(self, contest: Contest, image: NDArray[np.uint8]) -> Verdict:
        """The winner of a place after its rivals were compared with it where they differ."""
        winner = contest.winner
        rivals = [r for r in contest.rivals if self._product(r) != self._product(winner)]
        rivals = [r for r in rivals if r.support >= _LEAST_PART * winner.support][:_MOST_RIVALS]
        rivals = [r for r in rivals if r.support >= _NEAR_THE_BEST * rivals[0].support]
        rivals = rivals if winner.support > CHANCE_SUPPORT else []
        closest = Verdict(winner, (), 9.0, 0.0, 0.0, 0, 0.0)
        for rival in rivals:
            seen = self._compared(winner, rival, image)
            lead = sibling_lead(winner.support, rival.support, seen.lean, seen.area)
            if lead < 0:
                winner, rival, lead = rival, winner, -lead
                seen = Difference(-seen.lean, seen.area, seen.contrast)
            if lead < closest.margin or winner is not closest.winner:
                family = tuple(sorted((self._product(winner), self._product(rival)))) if lead < TIE else ()
                closest = Verdict(
                    winner, family, lead, seen.lean, seen.area, rival.support, sibling_risk(lead, seen.area)
                )
        return closest

    def look(self, entry: int) -> Look:
        """The thumbnail of an entry (a decoy's is mirrored) with the shape of its picture."""
        if entry not in self._looks:
            self._looks[entry] = self._load(entry)
        return self._looks[entry]

    def _product(self, find: Verified) -> str:
        return self.index.labels[find.entry][0]

    def _load(self, entry: int) -> Look:
        shape = self.index.entries.shapes[entry]
        data = self.index.thumbnail(entry)
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB) if data else None
        thumb = np.full((8, 8, 3), 128, np.uint8) if found is None else np.asarray(found, np.uint8)
        if entry >= self.index.pictures:
            thumb = np.ascontiguousarray(thumb[:, ::-1])
        return Look(thumb, shape)

    def _compared(self, one: Verified, other: Verified, image: NDArray[np.uint8]) -> Difference:
        key = (one.entry, other.entry)
        known = self._between(*key)
        if known is not None:
            if key not in self._pairs:
                if len(self._pairs) >= _MOST_PAIRS:
                    self._pairs.clear()
                self._pairs[key] = laid(self.look(one.entry), self.look(other.entry), known)
            return compare(image, one.homography, self._pairs[key], one.product_points)
        across = np.linalg.inv(other.homography) @ one.homography
        if not np.all(np.isfinite(across)):
            return UNDECIDED
        pair = laid(self.look(one.entry), self.look(other.entry), across)
        return compare(image, one.homography, pair, one.product_points)

    def _between(self, one: int, other: int) -> NDArray[np.float64] | None:
        """Picture of `one` -> picture of `other`, where the catalogue knows them as siblings."""
        kin = self.index.kinship
        forth = next((m for sibling, m in kin.of(other) if sibling == one), None)
        if forth is not None:
            return forth
        back = next((m for sibling, m in kin.of(one) if sibling == other), None)
        return None if back is None else np.asarray(np.linalg.inv(back), np.float64)
