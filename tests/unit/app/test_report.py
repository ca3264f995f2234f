"""The report is one file that carries its pictures and lets nothing of the input become markup."""

import base64
import re
from pathlib import Path

import pytest
from scout_app.report import Report, write_report
from scout_common.blobs import LocalBlobs
from scout_common.errors import ScoutError

from flows.store import Problem, Sighting

JPEG = b"\xff\xd8\xff\xe0 not really a picture"


def sighting(**other: object) -> Sighting:
    given: dict[str, object] = {
        "id": "s1",
        "media": "/films/hall.mp4",
        "name": "hall.mp4",
        "kind": "video",
        "sku": "CK-1",
        "title": "<script>alert(1)</script>",
        "brand": "Krave",
        "family": (),
        "start_s": 11.2,
        "end_s": 15.8,
        "best_s": 12.5,
        "probability": 0.971,
        "sibling_risk": 0.02,
        "facings": 2,
        "frames": 3,
        "signals": {"inliers": 41.0},
    }
    return Sighting(**(given | other))  # type: ignore[arg-type]


def report(*sightings: Sighting, **other: object) -> Report:
    given: dict[str, object] = {
        "title": "Spring & fair",
        "state": "done",
        "doubt": "2 sightings at p >= 0.5; expected false: 0.4 by chance, 1.1 siblings",
        "min_probability": 0.5,
        "sightings": sightings,
        "problems": [],
    }
    return Report(**(given | other))  # type: ignore[arg-type]


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def page(tmp_path: Path, told: Report, blobs: LocalBlobs) -> str:
    write_report(tmp_path / "report.html", told, blobs)
    return (tmp_path / "report.html").read_text("utf-8")


def test_evidence_is_inside_and_nothing_is_fetched(tmp_path: Path, blobs: LocalBlobs) -> None:
    key = blobs.put(JPEG, "image/jpeg")
    html = page(tmp_path, report(sighting(evidence_sha256=key)), blobs)
    assert base64.b64encode(JPEG).decode() in html
    assert not re.search(r'(src|href)="(?!data:|#)', html)
    assert "41 points agree" in html
    assert "0:11.2 to 0:15.8" in html
    assert "expected false: 0.4 by chance" in html


def test_titles_are_text(tmp_path: Path, blobs: LocalBlobs) -> None:
    html = page(tmp_path, report(sighting()), blobs)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "Spring &amp; fair" in html


def test_missing_evidence_and_problems_are_told(tmp_path: Path, blobs: LocalBlobs) -> None:
    wrong = Problem(severity="error", subject="bad.mp4", message="the file is empty", hint="copy it again")
    told = report(sighting(evidence_sha256="0" * 64), state="partial", problems=[wrong])
    html = page(tmp_path, told, blobs)
    assert "No evidence picture" in html
    assert "bad.mp4" in html
    assert "ended partial" in html


def test_nothing_found_is_said(tmp_path: Path, blobs: LocalBlobs) -> None:
    assert "Nothing was found" in page(tmp_path, report(), blobs)


def test_what_the_label_says_instead_stands_beside_it(tmp_path: Path, blobs: LocalBlobs) -> None:
    told = ("reads 'Decaf' where the catalogue's picture says 'Dark Roast'",)
    html = page(tmp_path, report(sighting(label="Decaf", label_verdict="silent", label_reasons=told)), blobs)
    assert "says &#39;Dark Roast&#39;" in html
    assert "agrees with the catalogue" not in html


def test_the_foot_warns_of_siblings_that_are_not_in_the_catalogue(tmp_path: Path, blobs: LocalBlobs) -> None:
    foot = page(tmp_path, report(sighting()), blobs).split("<footer>")[1]
    assert "only what is in your catalogue" in foot
    assert "the same brand in another flavour" in foot


def test_a_problems_severity_stays_one_word(tmp_path: Path, blobs: LocalBlobs) -> None:
    wrong = Problem(severity="error", subject="bad.mp4", message="the file is empty", hint="")
    html = page(tmp_path, report(problems=[wrong]), blobs)
    assert '<td class="error">error</td>' in html
    assert re.search(r"td\.error, td\.warning \{ white-space: nowrap; \}", html)


def test_a_report_that_cannot_be_written_is_named(tmp_path: Path, blobs: LocalBlobs) -> None:
    with pytest.raises(ScoutError, match=r"nowhere/report\.html"):
        write_report(tmp_path / "nowhere" / "report.html", report(), blobs)
