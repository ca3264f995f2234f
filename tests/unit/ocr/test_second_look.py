"""Several looks at one line: the likelihood of a text under what was seen, and which answer is believed."""

from collections.abc import Sequence
from itertools import product

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scout_ocr.engine import Picture
from scout_ocr.engines.ctc import log_likelihood
from scout_ocr.engines.detection import find
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.recognition import Look, Recognised
from scout_ocr.reading import ReadOptions
from scout_ocr.routing import Routing
from scout_ocr.second_look import agreed, looked_at_closely

LETTERS = "-AEX"  # "-" stands for the blank


def odds_of(*steps: Sequence[float]) -> NDArray[np.float32]:
    return np.array(steps, np.float32)


def look(steps: NDArray[np.float32]) -> Look:
    """As a recogniser decodes it, for the alphabet above."""
    best = steps.argmax(axis=1)
    keep = (best != 0) & np.append(True, best[1:] != best[:-1])
    labels = best[keep]
    confidences = steps.max(axis=1)[keep].astype(np.float32)
    read = Recognised("".join(LETTERS[i] for i in labels), confidences, np.zeros(len(labels), np.float32))
    return Look(read, tuple(map(int, labels)), steps)


def by_hand(odds: NDArray[np.float32], labels: tuple[int, ...]) -> float:
    """The sum over every path that collapses to the labels."""
    total = 0.0
    for path in product(range(odds.shape[1]), repeat=len(odds)):
        kept = [c for n, c in enumerate(path) if c and (n == 0 or c != path[n - 1])]
        if tuple(kept) == labels:
            total += float(np.prod([odds[n, c] for n, c in enumerate(path)]))
    return total


@pytest.mark.parametrize("labels", [(), (1,), (1, 2), (1, 1), (3, 1, 2)])
def test_likelihood_sums_every_way_to_write_a_text(labels: tuple[int, ...]) -> None:
    odds = np.random.default_rng(3).dirichlet(np.ones(4), 5).astype(np.float32)
    assert np.exp(log_likelihood(odds, labels)) == pytest.approx(by_hand(odds, labels), rel=1e-2)


def test_a_text_longer_than_what_was_seen_is_as_good_as_impossible() -> None:
    odds = np.full((2, 4), 0.25, np.float32)
    assert log_likelihood(odds, (1, 2, 3)) < -1e6 < log_likelihood(odds, (1, 2))


def test_the_answer_that_all_looks_can_live_with_wins_over_the_surest() -> None:
    surest = look(odds_of((0.01, 0.97, 0.01, 0.01), (0.01, 0.01, 0.12, 0.86)))  # AX, and E is not ruled out
    others = [look(odds_of((0.05, 0.9, 0.04, 0.01), (0.1, 0.05, 0.84, 0.01))) for _ in range(2)]  # AE, never X
    said = agreed([surest, *others])
    assert surest.read.text == "AX" and surest.read.confidence > others[0].read.confidence
    assert said.text == "AE" and said.confidence == others[0].read.confidence


def test_looks_that_say_the_same_give_the_surest_of_them_and_silence_stays_silent() -> None:
    weak, strong = look(odds_of((0.4, 0.6, 0, 0))), look(odds_of((0.1, 0.9, 0, 0)))
    silent = look(odds_of((0.9, 0.1, 0, 0)))
    assert agreed([strong, weak]).confidence == pytest.approx(0.9)
    assert agreed([silent, weak]).text == "A"
    assert agreed([silent, silent]).text == ""


def scene(text: str, *, blur: float) -> Picture:
    """A small dark sign in a wide picture, as a walk's photo shows it."""
    picture = np.full((540, 960, 3), 150, np.uint8)
    cv2.rectangle(picture, (380, 220), (690, 280), (60, 40, 30), -1)
    cv2.putText(picture, text, (400, 262), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (235, 235, 225), 2, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), np.uint8)


def test_lines_keep_their_places_and_sure_ones_their_text(rapid: RapidEngine) -> None:
    picture = scene("Food Court", blur=2.6)
    lines = rapid.lines_at(picture, find(rapid.detector, picture))
    closer = looked_at_closely(picture, lines, rapid)
    assert [line.quad.tolist() for line in closer] == [line.quad.tolist() for line in lines]
    sharp = scene("Food Court", blur=0.6)
    sure = rapid.lines_at(sharp, find(rapid.detector, sharp))
    assert looked_at_closely(sharp, sure, rapid) == sure and sure[0].read.text == "Food Court"


def test_words_that_a_label_keeps_with_doubt_are_left_out_of_a_scene(rapid: RapidEngine) -> None:
    routing, doubtful = Routing({"rapidocr": rapid}), []
    clean = scene("Food Court", blur=1.0)
    for grain in (60, 110, 120, 130):
        noise = np.random.default_rng(1).normal(0, grain, clean.shape)
        picture = np.asarray((clean + noise).clip(0, 255), np.uint8)
        assert all(word.confidence >= 0.92 for word in routing.read(picture, ReadOptions()).words)
        doubtful += [w for w in routing.read(picture, ReadOptions(kind="label")).words if w.confidence < 0.92]
    assert doubtful and all(word.confidence >= 0.85 for word in doubtful)
