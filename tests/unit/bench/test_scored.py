"""The scorer's lines become figures of the table."""

import pytest

from bench import scored

GROCERY = "photos: grocery_store              photos 426  present 426  recall 0.911  false 1  sibling 9  unlabelled 3"
OUTPUT = f"""\
photos: cereal_shelf               photos 7  present 35  recall 1.000  false 0  sibling 0  top1 nan  top5 nan
photos: cereal_shelf far           photos 5  present 40  recall 0.950  false 2  sibling 0  top1 nan  top5 nan
{GROCERY}  top1 0.930  top5 0.981
photos: grocery_store distractors  photos 80  present 0  recall nan  false 4  sibling 0  top1 nan  top5 nan
photos: shelf_phone                photos 23  present 23  recall 0.870  false 0  sibling 1  top1 0.913  top5 1.000
calibration                        pairs 2710  ece 0.041
! 2 sightings name a medium that is not in the set
video: real_fruit_and_vegetables.mp4 intervals 0  recall nan  time_iou nan  right 0  false 0  sibling 0
all videos                         intervals 41  recall 0.976  precision 0.990  false 1  sibling 0  time_iou 0.802
"""


def test_every_row_is_read_and_warnings_are_not() -> None:
    rows = scored.rows(OUTPUT)
    assert len(rows) == 8
    assert rows["photos: grocery_store distractors"]["false"] == 4
    assert rows["video: real_fruit_and_vegetables.mp4"]["intervals"] == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("grocery.recall", 0.911),
        ("grocery.sibling", 9),
        ("grocery.top5", 0.981),
        ("near.recall", 1.0),
        ("far.false", 2),
        ("phone.sibling", 1),
        ("distractors.false", 4),
        ("clips.time_iou", 0.802),
        ("calibration.ece", 0.041),
    ],
)
def test_figures_come_from_their_own_row(key: str, value: float) -> None:
    assert scored.figures(scored.rows(OUTPUT))[key] == value


def test_a_subset_without_items_gives_no_figure() -> None:
    rows = scored.rows("photos: cereal_shelf               photos 0  present 0  recall nan  false 0")
    assert scored.figures(rows) == {"near.false": 0.0}
