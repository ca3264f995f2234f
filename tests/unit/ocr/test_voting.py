"""One label or sign in several frames: what most of them say, with the frames named."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scout_ocr.voting import FrameText, sharpest, sharpness, vote, vote_lines

TEXTS = st.text(alphabet="AB0O1I5S8 xyz", max_size=12)


def said(*texts: str, confidence: float = 0.9) -> list[FrameText]:
    return [FrameText(frame=n, text=text, confidence=confidence) for n, text in enumerate(texts)]


def test_each_frame_errs_elsewhere_and_together_they_are_right() -> None:
    voted = vote(said("Golden Va1ley 400g", "Golden Valley 400g", "Goldcn Valley 40g", "Golden Valey 400g"))
    assert voted is not None and voted.text == "Golden Valley 400g"
    assert voted.frames == (1,)
    assert 0.6 < voted.confidence < 0.9


def test_no_frame_alone_was_right() -> None:
    voted = vote(said("Hal 4 Stand B12", "Hall 4 Stond B12", "Hall 4 Stand Bl2"))
    assert voted is not None and voted.text == "Hall 4 Stand B12"
    assert set(voted.frames) == {0, 1, 2}, "none says it exactly, so all took part"


def test_a_sure_frame_outvotes_two_unsure_ones() -> None:
    unsure = said("Cafe 33", "Cafe 33", confidence=0.2)
    voted = vote([*unsure, FrameText(frame="sharp", text="Cafe 88", confidence=0.95)])
    assert voted is not None and voted.text == "Cafe 88" and voted.frames == ("sharp",)


def test_between_look_alikes_the_neighbours_kind_counts() -> None:
    letters = [FrameText(frame=1, text="97O77", confidence=0.8), FrameText(frame=2, text="97077", confidence=0.7)]
    voted = vote(letters)
    assert voted is not None and voted.text == "97077"
    booth = [FrameText(frame=1, text="A39", confidence=0.8), FrameText(frame=2, text="439", confidence=0.7)]
    voted = vote(booth)
    assert voted is not None and voted.text == "A39", "a letter may well begin a booth's number"


def test_places_where_frames_differ_are_named() -> None:
    voted = vote(said("EUR 4.90", "EUR 4.96"))
    assert voted is not None and voted.doubts == (7,)


def test_nothing_said_is_nothing() -> None:
    assert vote([]) is None and vote(said("", "  ")) is None


def test_a_signs_lines_are_voted_on_each_with_the_frames_that_read_it() -> None:
    first = FrameText(frame="a", text="Marenza Alimentari\nHall 4 A1O", confidence=0.9, sharpness=0.1)
    others = [
        FrameText(frame="b", text="Hall 4 A10", confidence=0.9, sharpness=0.08),
        FrameText(frame="c", text="Olive oil\nMarenza AIimentari\nHall 4 A10", confidence=0.9, sharpness=0.08),
        FrameText(frame="cut", text="Marenza Alim", confidence=0.99, sharpness=0.1),
        FrameText(frame="other", text="Kornhaus", confidence=0.99, sharpness=0.1),
        FrameText(frame="a", text="Hall 4 A1O", confidence=0.9, sharpness=0.1),
    ]
    voted = vote_lines(first, others)
    assert voted.text == "Marenza Alimentari\nHall 4 A10"
    assert voted.frames == ("a", "c", "b")
    assert [voted.text[at] for at in voted.doubts] == ["l", "0"]


def test_small_readings_do_not_outvote_a_sharp_one() -> None:
    sharp = FrameText(frame="near", text="Stand B12", confidence=0.9, sharpness=0.1)
    blurred = [FrameText(frame=n, text="Stand 812", confidence=0.9, sharpness=0.02) for n in range(4)]
    voted = vote_lines(sharp, blurred)
    assert voted.text == "Stand B12"
    assert voted.frames == ("near", 0, 1, 2, 3)
    assert vote_lines(sharp, []).frames == ("near",)
    assert vote_lines(FrameText(frame=1, text="", confidence=0.9), blurred).text == ""


@given(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=5), st.randoms())
def test_order_of_frames_does_not_matter(texts: list[str], random: object) -> None:
    readings = said(*texts)
    shuffled = list(readings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = vote(readings), vote(shuffled)
    assert first is not None and second is not None
    assert (first.text, first.doubts) == (second.text, second.doubts)
    assert 0.0 <= first.confidence <= 1.0 and set(first.frames) <= set(range(len(texts)))


@given(TEXTS.filter(str.strip), st.integers(1, 5))
def test_frames_that_agree_are_believed_as_they_stand(text: str, count: int) -> None:
    voted = vote(said(*[text] * count))
    assert voted is not None and voted.text == text and voted.doubts == ()
    assert abs(voted.confidence - 0.9) < 1e-9 and len(voted.frames) == count


@given(st.text(alphabet="ABxyz ", max_size=12).filter(str.strip), st.text(alphabet="ABxyz ", max_size=12))
def test_two_frames_outvote_a_third(text: str, other: str) -> None:
    voted = vote(said(text, other, text))
    assert voted is not None and voted.text == text


def test_the_sharpest_crops_are_read() -> None:
    crop = np.full((60, 300, 3), 240, np.uint8)
    cv2.putText(crop, "Stand B12", (10, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (20, 20, 20), 2, cv2.LINE_AA)
    blurred, dim = cv2.GaussianBlur(crop, (0, 0), 3), (crop * 0.5).astype(np.uint8)
    assert sharpness(crop) > 4 * sharpness(blurred)
    assert abs(sharpness(dim) / sharpness(crop) - 1) < 0.1, "less light is no less sharp"
    frames = [FrameText(frame=n, text="x", confidence=0.5, sharpness=s) for n, s in enumerate((0.1, 0.7, 0.4))]
    assert [reading.frame for reading in sharpest(frames, 2)] == [1, 2]
    assert sharpness(np.zeros((1, 1, 3), np.uint8)) == 0.0
