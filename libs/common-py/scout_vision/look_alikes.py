"""Vector neighbours of a matched region join its contest: packs of like appearance that no vote named.

Votes see print; two flavours told apart by colour alone may share none that the votes of one frame reach. So a place
that nobody contests, and that is not won beyond doubt, is embedded and its nearest products are verified there too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.catalogue import CatalogueIndex
from scout_vision.competition import CHANCE_SUPPORT, Contest
from scout_vision.kinship import placed
from scout_vision.verification import KNOWN_MARGIN, FrameView, Verified, verify

Neighbours = Callable[[NDArray[np.float32], int], list[list[tuple[str, float]]]]
"""(Q, D) float32 vectors and k -> per vector the k nearest (product picture, cosine similarity), best first."""
Embed = Callable[[list[NDArray[np.uint8]]], NDArray[np.float32]]
"""RGB pictures (H, W, 3) uint8 -> (N, D) float32 vectors."""

ASKED = 4  # neighbours of a region
ALIKE = 0.75  # cosine similarity from which a picture may be the region's
BEYOND_DOUBT = 40  # support of a winner that needs no further rival
_SIDE = 160  # pixels of a rectified region's longer side


def look_alikes(
    index: CatalogueIndex,
    places: Sequence[Contest],
    view: FrameView,
    image: NDArray[np.uint8],
    neighbours: Neighbours,
    embed: Embed,
) -> list[Verified]:
    """What the vector neighbours of uncontested places hold there."""
    asked = [
        place.winner
        for place in places
        if not place.rivals
        and CHANCE_SUPPORT < place.winner.support < BEYOND_DOUBT
        and place.winner.entry < index.pictures
    ]
    if not asked:
        return []
    entry_of = {index.labels[entry][1]: entry for entry in range(index.pictures)}
    vectors = embed([_rectified(image, w.homography, index.entries.shapes[w.entry]) for w in asked])
    found: list[Verified] = []
    for winner, near in zip(asked, neighbours(vectors, ASKED), strict=True):
        for picture, similarity in near:
            entry = entry_of.get(picture, winner.entry)
            if similarity >= ALIKE and index.labels[entry][0] != index.labels[winner.entry][0]:
                find = verify(
                    index.entries, view, placed(index.entries, entry, _stretched(index, entry, winner)), KNOWN_MARGIN
                )
                found += [] if find is None else [find]
    return found


def _stretched(index: CatalogueIndex, entry: int, winner: Verified) -> NDArray[np.float64]:
    """The picture laid on the winner's place, corner on corner."""
    width, height = index.entries.shapes[winner.entry] / np.maximum(index.entries.shapes[entry], 1.0)
    stretched: NDArray[np.float64] = winner.homography @ np.diag([float(width), float(height), 1.0])
    return stretched


def _rectified(
    image: NDArray[np.uint8], homography: NDArray[np.float64], shape: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """The place as the product's picture sees it, small."""
    scale = _SIDE / max(float(shape.max()), 1.0)
    to_frame = homography @ np.diag([1 / scale, 1 / scale, 1.0])
    size = (max(1, round(float(shape[0]) * scale)), max(1, round(float(shape[1]) * scale)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(image, to_frame, size, flags=flags), np.uint8)
