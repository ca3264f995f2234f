"""What stands on the terminal."""

from io import StringIO

import pytest
from rich.console import Console
from scout_app import display
from scout_common.progress import StageProgress

from flows.store import Problem, Sighting


def sighting(**other: object) -> Sighting:
    given: dict[str, object] = {
        "id": "1",
        "media": "/films/hall.mp4",
        "name": "hall.mp4",
        "kind": "video",
        "sku": "CK-1",
        "title": "Choco [Krave]",
        "brand": None,
        "family": (),
        "start_s": 11.2,
        "end_s": 75.84,
        "best_s": 12.5,
        "probability": 0.971,
        "sibling_risk": 0.0,
        "facings": 2,
        "frames": 3,
    }
    return Sighting(**(given | other))  # type: ignore[arg-type]


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=120)


def text(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00.0"), (11.25, "0:11.2"), (59.96, "1:00.0"), (75.84, "1:15.8"), (3661, "1:01:01.0")]
)
def test_clock(seconds: float, shown: str) -> None:
    assert display.clock(seconds) == shown


def test_a_sighting_is_a_row_with_its_times(console: Console) -> None:
    display.print_sightings(console, [sighting()])
    row = text(console).splitlines()[1]
    assert row.split() == ["Choco", "[Krave]", "(CK-1)", "hall.mp4", "0:11.2", "1:15.8", "0.97", "2"]


@pytest.mark.parametrize("terminal", [False, True])
def test_where_rows_are_too_wide_the_product_has_a_line_of_its_own(terminal: bool) -> None:
    console = Console(file=StringIO(), width=80, force_terminal=terminal, color_system=None)
    title = "Hollerbach Oat Crunch Cinnamon, whole grain 450 g"
    clip = sighting(title=title, sku="HOL-001", label="Nom Crvnc", booth="A10", hall="4", booth_confidence=0.65)
    photo = sighting(name="/films/photo.jpg", kind="photo", booth="A10", hall="4", booth_confidence=0.9)
    display.print_sightings(console, [clip, photo])
    lines = [line.rstrip() for line in text(console).splitlines()]
    assert lines[2] == f"{title} (HOL-001)  label: Nom Crvnc"
    assert lines[3].split() == ["hall.mp4", "0:11.2", "1:15.8", "0.97", "2", "Hall", "4", "A10", "(0.65)"]
    assert [line.index("Hall 4") for line in (lines[3], lines[5])] == [lines[1].index("Booth")] * 2
    assert len(lines) == 6


@pytest.mark.parametrize("width", [40, 120])
@pytest.mark.parametrize(
    ("verdict", "shown"),
    [
        ("agrees", "label agrees"),
        ("contradicts", "label contradicts: Litile Badger"),
        ("silent", "label: Litile Badger"),
    ],
)
def test_what_a_label_says_is_shown_as_read_unless_it_agrees(verdict: str, shown: str, width: int) -> None:
    console = Console(file=StringIO(), width=width)
    display.print_sightings(console, [sighting(sku="C", title=None, label="Litile Badger", label_verdict=verdict)])
    assert shown in text(console)
    assert ("Litile" in text(console)) is (verdict != "agrees")


def test_a_bar_code_that_contradicts_is_shown_where_no_line_was_read(console: Console) -> None:
    reasons = ("bar code 7613004424852 is not the catalogue's",)
    display.print_sightings(console, [sighting(label="", label_verdict="contradicts", label_reasons=reasons)])
    assert "label contradicts: bar code 7613004424852 is not" in text(console)


def test_a_tie_names_the_family_and_a_photo_has_no_times(console: Console) -> None:
    display.print_sightings(console, [sighting(sku=None, title=None, family=("CK-1", "CK-2"), kind="photo")])
    assert "one of CK-1, CK-2" in text(console)
    assert "photo" in text(console)
    assert "0:11" not in text(console)


def test_without_a_terminal_what_is_at_work_is_told_now_and_then(console: Console) -> None:
    with display.StageBars(console) as bars:
        for done in (1, 2, 3):
            bars.show(
                [
                    StageProgress(stage="matcher", title="Matching", running=1, done=done, failed=1),
                    StageProgress(stage="evidence_builder", title="Drawing evidence"),
                ]
            )
    assert text(console) == "  Matching 2/3 1 failed\n"


def test_problems_beyond_the_limit_are_counted(console: Console) -> None:
    wrong = [Problem(severity="error", subject=f"{n}.mp4", message="empty", hint="copy it again") for n in range(5)]
    display.print_problems(console, wrong, most=3)
    assert "error: 0.mp4: empty\n  Copy it again" in text(console)
    assert "4.mp4" not in text(console)
    assert "and 2 more" in text(console)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["/films/hall.mp4"], ["hall.mp4"]),
        (["/films/day 1/a.mp4", "/films/day 2/a.mp4"], ["day 1/a.mp4", "day 2/a.mp4"]),
        (["https://example.org/a.mp4", "/films/b.mp4"], ["/films/b.mp4", "https://example.org/a.mp4"]),
        (["a.jpg", "b.jpg"], ["a.jpg", "b.jpg"]),
        (["a.jpg", "/films/b.mp4"], ["/films/b.mp4", "a.jpg"]),
        ([], []),
    ],
)
def test_media_lose_the_folder_they_share(names: list[str], shown: list[str]) -> None:
    assert sorted(display.short_names(names).values()) == sorted(shown)
