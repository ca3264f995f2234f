"""Another look at lines that were read with doubt: shown otherwise to the same network, the surer answer wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from scout_ocr.engine import Picture
from scout_ocr.engines.ctc import log_likelihood
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.recognition import STRETCHED, WIDE, Look, Recognised, grown, upright
from scout_ocr.languages import script_of
from scout_ocr.layout import FoundLine

SURE = 0.9  # confidence from which no second look is taken
_AGREED = 0.05  # what a line gains that two ways of looking read alike, and loses that none do
_SURE_IN_SCENE = 0.98
_VIEWS = ((WIDE, 0.12, 0.0), (STRETCHED, 0.12, 0.08), (STRETCHED, 0.25, 0.08))
"""How a line of a scene is shown: the shape, and what is added along and across, in line heights."""


def look_again(image: Picture, lines: Sequence[FoundLine], engine: RapidEngine, *, most: int) -> list[FoundLine]:
    """The same lines; up to `most` of the doubtful ones read anew in other shapes."""
    doubtful = sorted(
        (n for n, line in enumerate(lines) if line.read.confidence < SURE), key=lambda n: _doubt(lines[n])
    )
    improved = list(lines)
    for number in doubtful[:most]:
        improved[number] = _looked_at(image, lines[number], engine)
    return improved


def _doubt(line: FoundLine) -> float:
    """Long lines first: they have most to win."""
    return -len(line.read.text)


def _looked_at(image: Picture, line: FoundLine, engine: RapidEngine) -> FoundLine:
    latin = engine.latin if script_of(line.read.text) in ("LATIN", "") else None
    crops = [upright(image, grown(line.quad, 0.12, across)) for across in (0.0, 0.08)]
    read = [line.read, *engine.recogniser.recognise(crops[:1], latin, STRETCHED)]
    read += engine.recogniser.recognise(crops[1:], latin, WIDE)
    return replace(line, read=surest(read))


def looked_at_closely(image: Picture, lines: Sequence[FoundLine], engine: RapidEngine) -> list[FoundLine]:
    """The lines of a scene, whose letters are blurred, slanted and cut off by their boxes: all but the surest are read
    in three views, and what all three together find likeliest is believed, with the confidence of who read it."""
    return [
        replace(line, read=agreed(_views(image, line, engine))) if line.read.confidence < _SURE_IN_SCENE else line
        for line in lines
    ]


def _views(image: Picture, line: FoundLine, engine: RapidEngine) -> list[Look]:
    latin = engine.latin if script_of(line.read.text) in ("LATIN", "") else None
    return [
        engine.recogniser.look(upright(image, grown(line.quad, along, across)), latin, shape)
        for shape, along, across in _VIEWS
    ]


def agreed(looks: Sequence[Look]) -> Recognised:
    """Of the readings of several looks at one line, by the same subset of the alphabet, the one whose likelihood under
    all of them is highest (a product of experts); nothing only where none says anything."""
    saying = [look for look in looks if look.read.text.strip()]
    if not saying:
        return looks[0].read
    answers: dict[tuple[int, ...], Recognised] = {}
    for look in sorted(saying, key=lambda look: look.read.confidence):
        answers[look.labels] = look.read  # of those who say the same the surest
    if len(answers) == 1:
        return next(iter(answers.values()))
    return answers[max(answers, key=lambda labels: sum(log_likelihood(look.odds, labels) for look in looks))]


def surest(read: Sequence[Recognised]) -> Recognised:
    """The most confident of several readings of one line; more so where another says the same, less where none does."""
    best = max(read, key=lambda one: one.confidence)
    agreed = sum(_bare(one) == _bare(best) for one in read) > 1
    shift = _AGREED if agreed else -_AGREED
    return replace(best, confidences=np.clip(best.confidences + np.float32(shift), 0, 1))


def _bare(read: Recognised) -> str:
    return "".join(read.text.lower().split())


def variants(crop: Picture) -> list[Picture]:
    """A line in other contrasts: light on dark turned round; the colour channel that shows most; even light."""
    channels = max(cv2.split(crop), key=lambda channel: float(np.std(channel)))
    spread = cv2.createCLAHE(2.0, (2, 4)).apply(np.asarray(channels, np.uint8))
    return [np.asarray(255 - crop, np.uint8), np.repeat(np.asarray(spread, np.uint8)[:, :, None], 3, axis=2)]
