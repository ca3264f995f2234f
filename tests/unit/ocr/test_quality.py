"""What is wrong with a picture is told: blur, glare, letters that are too small."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from scout_ocr.engine import Picture
from scout_ocr.quality import Sight
from scout_ocr.reading import PictureQuality
from scout_ocr.words import Word


def sharp() -> Picture:
    picture = np.full((600, 800, 3), 225, np.uint8)
    for n in range(8):
        cv2.putText(picture, "Sharp black print 123", (40, 80 + 65 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (15, 15, 15), 3)
    return picture


def quality_of(picture: Picture, words: Sequence[Word] = ()) -> PictureQuality:
    return Sight.of(picture).quality(words)


def word(height: float) -> Word:
    quad = ((0.0, 0.0), (90.0, 0.0), (90.0, height), (0.0, height))
    return Word(text="word", confidence=1.0, quad=quad, line=0, block=0)


def test_a_good_picture_needs_no_advice() -> None:
    quality = quality_of(sharp(), [word(30)])
    assert quality.score > 0.5 and quality.advice == ""


def test_blur_lowers_the_score_more_the_stronger_it_is() -> None:
    scores = [quality_of(np.asarray(cv2.GaussianBlur(sharp(), (0, 0), s), np.uint8)).blur for s in (0.5, 2, 6)]
    assert scores == sorted(scores, reverse=True) and scores[-1] < 0.3
    assert "blurred" in quality_of(np.asarray(cv2.GaussianBlur(sharp(), (0, 0), 6), np.uint8)).advice


def test_a_burnt_spot_is_glare_and_white_paper_is_none() -> None:
    spot = np.zeros((600, 800), np.float32)
    cv2.circle(spot, (400, 300), 160, 255.0, -1)
    lit = np.clip(sharp() * 0.6 + cv2.GaussianBlur(spot, (0, 0), 25)[:, :, None] * 1.6, 0, 255).astype(np.uint8)
    assert quality_of(lit, [word(30)]).glare < 0.75 * quality_of(sharp(), [word(30)]).glare
    assert quality_of(np.where(sharp() > 200, 255, 15).astype(np.uint8), [word(30)]).glare == 1.0


@pytest.mark.parametrize(("height", "good"), [(6, False), (30, True)])
def test_small_letters_are_told_by_the_words_that_were_read(height: float, good: bool) -> None:
    quality = quality_of(sharp(), [word(height)] * 5)
    assert (quality.resolution > 0.5) == good
    assert ("go closer" in quality.advice) != good


def test_an_even_grey_picture_has_a_score_of_nothing() -> None:
    assert quality_of(np.full((100, 100, 3), 90, np.uint8)).score == 0.0
