"""Pictures are made easier to read, and only where there is a reason."""

import cv2
import numpy as np
import pytest
from scout_ocr.engine import Picture
from scout_ocr.preprocessing import denoised, evened, noise_of, rectified, sheet_of, views_of
from scout_ocr.reader import Reader
from scout_ocr.reading import ReadOptions

CORNERS = np.array([[150, 90], [640, 40], [600, 470], [190, 420]], np.float32)


def label() -> Picture:
    picture = np.full((400, 560, 3), 250, np.uint8)
    for n, text in enumerate(("Mountain Honey", "Net weight 250 g", "Lot 4711")):
        cv2.putText(picture, text, (30, 110 + 100 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (20, 20, 20), 3, cv2.LINE_AA)
    return picture


def aslant() -> Picture:
    """The label as a camera sees it from the side, on a dark table."""
    flat = np.array([[0, 0], [560, 0], [560, 400], [0, 400]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, CORNERS)
    table = np.full((520, 760, 3), (50, 40, 35), np.uint8)
    seen = cv2.warpPerspective(label(), matrix, (760, 520), dst=table, borderMode=cv2.BORDER_TRANSPARENT)
    return np.asarray(seen, np.uint8)


def test_a_slanting_label_is_found_and_seen_from_the_front() -> None:
    sheet = sheet_of(aslant())
    assert sheet is not None and np.abs(sheet - CORNERS).max() < 8
    view = rectified(aslant(), sheet)
    small = cv2.resize(view.picture, (560, 400))
    assert np.abs(small.astype(int) - label()).mean() < 12
    back = view.quads_back(
        np.array([[[0, 0], [view.picture.shape[1], 0], [view.picture.shape[1], 9], [0, 9]]], np.float32)
    )
    assert np.abs(back[0, :2] - CORNERS[:2]).max() < 8


def test_a_label_that_is_level_or_only_turned_is_left_alone() -> None:
    picture = np.full((520, 760, 3), 40, np.uint8)
    picture[60:460, 100:660] = label()
    assert sheet_of(picture) is None
    turn = cv2.getRotationMatrix2D((380, 260), 20, 0.9)
    assert sheet_of(np.asarray(cv2.warpAffine(picture, turn, (760, 520)), np.uint8)) is None


def test_noise_is_measured_and_taken_out() -> None:
    grain = np.random.default_rng(3).normal(0, 14, label().shape)
    grainy = np.clip(label() * 0.8 + 20 + grain, 0, 255).astype(np.uint8)
    grey = np.asarray(cv2.cvtColor(grainy, cv2.COLOR_RGB2GRAY), np.uint8)
    cleaned = np.asarray(cv2.cvtColor(denoised(grainy), cv2.COLOR_RGB2GRAY), np.uint8)
    assert noise_of(cleaned) < 0.5 * noise_of(grey)
    assert any("denoised" in view.made_by for view in views_of(grainy))


def test_faint_print_gets_contrast() -> None:
    faint = (label() * 0.1 + 110).astype(np.uint8)
    assert np.ptp(evened(faint)) > 2 * np.ptp(faint)
    assert any("evened" in view.made_by for view in views_of(faint))


def test_a_good_picture_has_no_other_view() -> None:
    assert list(views_of(cv2.resize(label(), (1120, 800)))) == []


@pytest.mark.parametrize("quality", ["balanced", "best"])
def test_what_was_photographed_aslant_is_read_in_its_own_pixels(quality: str) -> None:
    page = Reader().read_picture(aslant(), ReadOptions(quality=quality, kind="label"))  # type: ignore[arg-type]
    assert [line.text for line in page.lines] == ["Mountain Honey", "Net weight 250 g", "Lot 4711"]
    left, top, right, bottom = page.words[0].box
    assert 140 < left < 220 and 90 < top < 190 and right < 420 and bottom < 240
