"""What a line says: the CTC recogniser of PP-OCR (SVTR, Du et al. 2022, arXiv:2205.00159; CTC, Graves et al. 2006)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_ocr.engine import Picture
from scout_ocr.engines.models import Network

_HEIGHT = 48  # pixels the network was trained at
_WIDEST = 3200
_STEP = 16  # pixels: widths are rounded up, so that few shapes occur
_SURE_QUICKLY = 0.93  # confidence from which a look in int8 is believed: so sure ones hardly ever differ in floats


@dataclass(frozen=True)
class Shape:
    """How a line is shown to the network. narrowest: pixels of width that short lines are padded to: it was trained at
    320, reads short words better so, and takes time for each. stretch: of the width; room for letters that stand close.
    """

    narrowest: int
    stretch: float = 1.0


NARROW, USUAL, WIDE = Shape(48), Shape(160), Shape(320)
STRETCHED = Shape(320, 1.25)


@dataclass(frozen=True, eq=False)
class Recognised:
    """text: with its spaces. confidences: of each character, 0-1. places: (len(text),) centre of each character, as a
    share of the line's width."""

    text: str
    confidences: NDArray[np.float32]
    places: NDArray[np.float32]

    @property
    def confidence(self) -> float:
        """Mean over the characters, 0.0 where there are none."""
        return float(self.confidences.mean()) if self.text else 0.0


@dataclass(frozen=True, eq=False)
class Look:
    """What the network saw in one view of a line. odds: (T, characters of the subset), softmax. labels: of `read`'s
    characters, columns of odds."""

    read: Recognised
    labels: tuple[int, ...]
    odds: NDArray[np.float32]


NOTHING = Recognised("", np.zeros(0, np.float32), np.zeros(0, np.float32))


@dataclass(frozen=True)
class Networks:
    """trained: as it was trained. quick: the same in int8, for half of the time; what it leaves in doubt is read by the
    other, and so are all second looks."""

    trained: Network
    quick: Network | None = None


class Recogniser:
    """Reads cropped lines: several at once with a thread each by `each`, a lone one with all threads by `alone`."""

    def __init__(self, each: Networks, pool: ThreadPoolExecutor, alone: Networks | None = None) -> None:
        self._each, self._pool, self._alone = each, pool, alone or each
        self.alphabet = ("", *each.trained.metadata("character").splitlines(), " ")  # "" is CTC's blank

    def subset(self, allowed: Callable[[str], bool]) -> NDArray[np.intp]:
        """(M,): indices of the blank and of the characters that are allowed, for `recognise`."""
        return np.array([i for i, c in enumerate(self.alphabet) if not c or allowed(c)], np.intp)

    def recognise(
        self, crops: Sequence[Picture], subset: NDArray[np.intp] | None = None, shape: Shape = NARROW
    ) -> tuple[Recognised, ...]:
        """One answer for each crop (H, W, 3), in order. A network run per line, several at once: a batch takes as much
        CPU time as its lines one by one, and padding them to one width takes more."""
        if len(crops) == 1:
            return (self._look(self._alone, crops[0], subset, shape).read,)
        wide_first = sorted(range(len(crops)), key=lambda n: -crops[n].shape[1] / max(1, crops[n].shape[0]))
        found = self._pool.map(lambda n: self._read(crops[n], subset, shape), wide_first)
        read = dict(zip(wide_first, found, strict=True))  # begun so, all threads end at about the same time
        return tuple(read[n] for n in range(len(crops)))

    def look(self, crop: Picture, subset: NDArray[np.intp] | None = None, shape: Shape = NARROW) -> Look:
        """One crop (H, W, 3), with what else it might say."""
        return self._look(self._each, crop, subset, shape)

    def _look(self, networks: Networks, crop: Picture, subset: NDArray[np.intp] | None, shape: Shape) -> Look:
        batch, share = prepared(crop, shape)
        if networks.quick is not None and shape.narrowest < WIDE.narrowest:
            look = self._decoded(networks.quick.run(batch)[0], share, subset)
            if look.read.confidence >= _SURE_QUICKLY:
                return look
        return self._decoded(networks.trained.run(batch)[0], share, subset)

    def _read(self, crop: Picture, subset: NDArray[np.intp] | None, shape: Shape) -> Recognised:
        return self.look(crop, subset, shape).read

    def _decoded(self, odds: NDArray[np.float32], share: float, subset: NDArray[np.intp] | None) -> Look:
        """odds: (T, characters), softmax. share: of the T columns that show the crop, the rest is padding."""
        odds = odds if subset is None else odds[:, subset]
        best = odds.argmax(axis=1)
        keep = best != 0  # the blank is first in every subset
        keep[1:] &= best[1:] != best[:-1]
        columns = np.flatnonzero(keep)
        labels, sure = best[columns], odds[columns, best[columns]]
        text = "".join(self.alphabet[i] for i in (labels if subset is None else subset[labels]))
        places = ((columns + 0.5) / len(best) / share).clip(0, 1)
        read = Recognised(text, sure.astype(np.float32), places.astype(np.float32))
        return Look(read, tuple(map(int, labels)), odds)


def prepared(crop: Picture, shape: Shape) -> tuple[NDArray[np.float32], float]:
    """((1, 3, 48, W) from -1 to 1, BGR, padded with 0; the share of W that the crop fills)."""
    height, width = crop.shape[:2]
    wide = min(_WIDEST, max(8, math.ceil(_HEIGHT * width / height * shape.stretch)))
    full = max(shape.narrowest, math.ceil(wide / _STEP) * _STEP)
    how = cv2.INTER_AREA if height > _HEIGHT * 1.5 else cv2.INTER_LINEAR
    resized = cv2.resize(crop, (wide, _HEIGHT), interpolation=how)
    batch = np.zeros((1, 3, _HEIGHT, full), np.float32)
    batch[0, :, :, :wide] = resized[:, :, ::-1].transpose(2, 0, 1)
    batch[0, :, :, :wide] /= 127.5
    batch[0, :, :, :wide] -= 1
    return batch, wide / full


def upright(image: Picture, quad: NDArray[np.float32]) -> Picture:
    """The line that stands in a quad (4, 2), level, from its first corner on."""
    width = max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[2] - quad[3]))
    height = max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))
    size = max(1, int(width)), max(1, int(height))
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.asarray(quad, np.float32), target)
    crop = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def grown(quad: NDArray[np.float32], along: float, across: float) -> NDArray[np.float32]:
    """A quad (4, 2) made longer and taller by shares of its height on each side."""
    right, down = quad[1] - quad[0], quad[3] - quad[0]
    height = float(np.linalg.norm(down))
    x = right / max(1e-6, float(np.linalg.norm(right))) * along * height
    y = down * across
    return np.asarray(quad + np.array([-x - y, x - y, x + y, y - x]), np.float32)
