"""What the reading service decides: which keyframes are read, what follows, which evidence is written anew."""

from dataclasses import replace

import numpy as np
from scout_contracts.events import BoothsRequest, MatchResult, ProductsImagesReady, SignsRequest
from scout_ocr.booths import Seen, Span
from scout_ocr.directory import Place
from scout_ocr.reading import Barcode
from scout_ocr.signs import Sign
from scout_ocr.spotting import KEYFRAME, PHOTO, Price
from scout_ocr.words import Page, Word

from services.reading.handler import BoothInputs, LabelInputs, RegionInputs, SegmentRead, SignInputs, handle
from services.reading.labels import MOST_VIEWS, Region, View, label_of
from services.reading.resolving import MediumScene, Scene

EMPTY = Page(number=1, width=10, height=10, words=())
SIGNS = SignsRequest(medium_id="m", start_s=0, end_s=300)


def signs(count=60, *, budget_s=4.0, worth=lambda n: float(n % 7 == 0), known=(), photo=False, done=False):
    """Inputs whose frames are one a second; `read` notes which were read and how."""
    looked, read = [], []

    def look(sha):
        looked.append(int(sha))
        return worth(int(sha))

    def reading(sha, how):
        read.append((int(sha), how))
        return EMPTY, 4

    frames = [(float(n), str(n)) for n in range(count)]
    given = SignInputs(
        frames=frames, known=frozenset(known), worth=look, read=reading, budget_s=budget_s, photo=photo, done=done
    )  # fmt: skip
    return given, looked, read


def test_only_frames_that_are_worth_it_are_read_and_within_the_budget():
    given, looked, read = signs()
    (batch,) = handle(SIGNS, given)
    price = Price()
    spent = len(looked) * price.glance + len(read) * (price.look + 4 * price.line)
    assert spent <= 4.0 + price.look + 4 * price.line
    assert {n % 7 for n, _ in read} == {0}
    assert {how for _, how in read} == {KEYFRAME}
    *pages, remembered = batch.rows
    assert [row.sha256 for row in pages] == [str(n) for n, _ in read]
    assert remembered == SegmentRead(budget_s=4.0, frames=tuple(sorted(row.sha256 for row in pages)))


def test_a_small_budget_still_looks_at_all_of_the_time():
    given, looked, _ = signs(300, budget_s=0.6)
    list(handle(SIGNS, given))
    assert len(looked) < 20
    assert max(np.diff(sorted(looked))) < 80


def test_frames_close_to_one_that_is_read_come_last():
    given, _, read = signs(60, worth=lambda n: {10: 1.0, 11: 0.9, 40: 0.5}.get(n, 0.0))
    list(handle(SIGNS, given))
    assert [n for n, _ in read] == [10, 40, 11]


def test_what_was_read_is_not_read_again_and_no_budget_reads_nothing():
    for given, looked, read in (signs(done=True), signs(budget_s=0), signs(0), signs(1, photo=True, known=["0"])):
        assert list(handle(SIGNS, given)) == []
        assert looked == read == []


def test_a_frame_that_another_video_shows_too_costs_itself_not_the_segment():
    given, looked, read = signs(60, worth=lambda n: {0: 1.0, 10: 0.9, 11: 1.0, 40: 0.5}.get(n, 0.0), known=["0", "10"])
    (batch,) = handle(SIGNS, given)
    assert 0 not in looked
    assert [n for n, _ in read] == [40, 11]  # beside what was read there is less news
    assert batch.rows[-1].frames == ("0", "10", "11", "40")


def test_a_segment_without_a_sign_is_remembered_as_read():
    given, _, read = signs(worth=lambda n: 0.0)
    (batch,) = handle(SIGNS, given)
    assert read == []
    assert batch.rows == (SegmentRead(budget_s=4.0, frames=()),)


def test_a_photo_is_read_whole():
    given, looked, read = signs(1, photo=True)
    list(handle(SIGNS, given))
    assert (looked, read) == ([], [(0, PHOTO)])


def test_a_label_is_read_once_for_all_jobs():
    event = ProductsImagesReady(product_id="p", image_sha256="a")
    picture = np.zeros((9, 9, 3), np.uint8)
    (batch,) = handle(event, LabelInputs(sha256="a", picture=picture, read=lambda image: EMPTY))
    assert [(row.sha256, row.kind) for row in batch.rows] == [("a", "label")]
    assert list(handle(event, LabelInputs(sha256="a", picture=None, read=lambda image: EMPTY))) == []


def word(text, left=10.0):
    quad = ((left, 10.0), (left + 60, 10.0), (left + 60, 40.0), (left, 40.0))
    return Word(text=text, confidence=1.0, quad=quad, line=0, block=0)


def region(ident="m1", homography=None):
    frame = np.zeros((100, 200, 3), np.uint8)
    return Region(
        match_id=ident, frame=frame, frame_sha256="f", homography=np.eye(3) if homography is None else homography,
        lines=(word("Honey"), word("Crunch", 100.0)), siblings={"S-2": ("Cinnamon", "Crunch")},
    )  # fmt: skip


def regions(*found, read, evidence=True):
    return RegionInputs(regions=lambda: iter(found), read=lambda frame, quads: read[: len(quads)], evidence=evidence)


def test_matched_places_are_read_before_their_evidence_is_drawn():
    event = MatchResult(medium_id="m", match_ids=["m1"])
    (batch,) = handle(event, regions(region(), read=[("Honey", 0.99), ("Crunch", 0.99)]))
    (row,) = batch.rows
    assert (row.verdict.word, row.text.splitlines()) == ("agrees", ["Honey", "Crunch"])
    assert [(child.stage, child.event) for child in batch.children] == [("evidence_builder", event)]
    (contradicted,) = handle(event, regions(region(), read=[("Cinnamon", 0.99), ("Crunch", 0.99)], evidence=False))
    assert contradicted.rows[0].verdict.shift < 0
    assert contradicted.rows[0].against == "Cinnamon\nCrunch"
    assert contradicted.children == ()


def test_lines_too_small_or_outside_the_frame_are_not_read():
    event = MatchResult(medium_id="m", match_ids=["m1"])
    for homography in (np.diag([0.2, 0.2, 1.0]), np.array([[1.0, 0, 900], [0, 1, 0], [0, 0, 1]])):
        (batch,) = handle(event, regions(region(homography=homography), read=[("Cinnamon", 0.99)] * 2))
        assert batch.rows[0].verdict.word == "silent"


def test_without_siblings_the_lines_that_name_the_product_are_read_before_larger_ones():
    def large(text):
        quad = ((10.0, 10.0), (150.0, 10.0), (150.0, 70.0), (10.0, 70.0))
        return replace(word(text), quad=quad)

    told = {"title": "Quillon Whole Beans Dark Roast", "brand": "Quillon"}
    lines = (large("QUILLON"), large("Est. 1901"), word("Whole"), word("Beans"), word("Dark Roast"))
    lone = replace(region(), siblings={}, lines=lines, **told)

    def said(flavour):
        return label_of(lone, lambda frame, quads: [("Whole", 0.99), ("Beans", 0.99), (flavour, 0.99)])

    assert [one["expected"] for one in said("Dark Roast").fields] == ["Whole", "Beans", "Dark Roast"]
    assert said("Dark Roast").verdict.shift > 0
    assert (said("Decaf").verdict.word, said("Decaf").verdict.shift) == ("silent", 0)


def test_a_line_in_doubt_is_read_in_the_sharpest_of_other_keyframes_and_they_are_named():
    sharp = np.random.default_rng(1).integers(0, 255, (100, 200, 3), np.uint8)
    opened, said = [], {0: ("Homey", 0.6), 1: ("Honey", 0.97)}

    def others():
        for name in ("g", "h", "i"):
            opened.append(name)
            yield View(frame=sharp, frame_sha256=name, homography=np.eye(3))

    def read(frame, quads):
        return [said[int(frame is sharp)]] * len(quads)

    place = replace(region(), lines=(word("Honey"),), others=others)
    row = label_of(place, read)
    assert (row.text, row.verdict.word) == ("Honey", "agrees")
    assert row.fields[0]["frames"] == ["g", "h"]
    assert opened == ["g", "h"]
    assert len(opened) == MOST_VIEWS
    for sure in (0.95, 0.2):  # read as it stands; hardly a line
        said[0] = ("Honey", sure)
        label_of(place, read)
        assert len(opened) == MOST_VIEWS
    said.update({0: ("Homey", 0.6), 1: ("Kxrtw", 0.6)})
    assert label_of(place, read).verdict.word == "silent"


def code(text, at=(60.0, 30.0)):
    x, y = at
    quad = ((x - 5, y - 5), (x + 5, y - 5), (x + 5, y + 5), (x - 5, y + 5))
    return Barcode(format="EAN13", text=text, quad=quad, gtin=f"0{text}")


def test_a_bar_code_in_the_place_confirms_or_contradicts_and_one_beside_it_says_nothing():
    event, own, other = MatchResult(medium_id="m", match_ids=["m1"]), "4006381333931", "5901234123457"
    place = replace(region(), barcode=own, size=(150, 80))

    def said(*codes):
        given = replace(regions(place, read=[("", 0.0)] * 2), scan=lambda picture: codes)
        (batch,) = handle(event, given)
        return batch.rows[0]

    assert (said(code(own)).verdict.word, said(code(own)).barcodes[0]["text"]) == ("agrees", own)
    assert (said(code(other)).against, said(code(own)).against, said().against) == (other, "", "")
    wrong = said(code(other)).verdict
    assert wrong.word == "contradicts"
    assert own in wrong.reasons[0]
    assert other in wrong.reasons[0]
    assert said(code(other, at=(190.0, 95.0))).verdict.word == "silent"  # a neighbour's
    assert said().verdict.word == "silent"


def test_a_code_that_contradicts_is_looked_for_in_more_keyframes_first():
    own, other = "4006381333931", "5901234123457"
    views = [View(frame=region().frame, frame_sha256=sha, homography=np.eye(3)) for sha in "gh"]
    place = replace(region(), barcode=own, size=(150, 80), others=lambda: iter(views))

    def seen(*by_frame):
        looks = iter(by_frame)
        return label_of(place, lambda frame, quads: [("", 0.0)] * len(quads), lambda picture: next(looks))

    row = seen([code(other)], [code(own)], [])
    assert row.verdict.word == "agrees"
    assert [(one["text"], one["frames"]) for one in row.barcodes] == [(other, ["f"]), (own, ["g"])]
    row = seen([code(other)], [code(other)], [])
    assert (row.verdict.word, row.barcodes[0]["frames"]) == ("contradicts", ["f", "g"])
    assert seen([code(own)]).barcodes[0]["frames"] == ["f"], "what confirms is looked for once"


A10 = Place("A10", "4", "Marenza")


def scene(*spans, signs=()):
    quad = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))

    def sign(text):
        return Sign(
            number=None, hall=None, words=(text,), text=text, size=0.1, middle=(0.5, 0.2), quad=quad, confidence=1.0
        )

    seen = [Seen(time_s=at, frame="f", sign=sign(text)) for at, text in signs]
    return Scene(media=[MediumScene(id="m", spans=spans, seen=seen)], listed=[A10])


def test_a_booth_that_is_found_is_written_on_the_evidence_and_once_only():
    spans = (Span(id="s1", product="p", start_s=0, end_s=5, best_s=2),)
    found = scene(*spans, signs=[(2.0, "Marenza")])
    fresh = BoothInputs(scene=found, captioned={}, evidence=frozenset({"s1"}))
    (batch,) = handle(BoothsRequest(), fresh)
    assert [row.match_id for row in batch.rows[0].rows] == ["s1"]
    assert [(child.stage, child.event.match_ids, child.blocking) for child in batch.children] == [
        ("caption", ["s1"], False)
    ]
    named = BoothInputs(scene=found, captioned={"s1": "Hall 4 Booth A10, Marenza"}, evidence=frozenset({"s1"}))
    (again,) = handle(BoothsRequest(), named)
    assert again.children == ()


def test_a_booth_that_is_no_longer_known_goes_from_the_evidence():
    given = BoothInputs(
        scene=scene(Span(id="s1", product="p", start_s=0, end_s=5, best_s=2)),
        captioned={"s1": "Booth B7"},
        evidence=frozenset({"s1"}),
    )
    (batch,) = handle(BoothsRequest(), given)
    assert batch.rows[0].rows == ()
    assert batch.children[0].event.match_ids == ["s1"]


def test_booths_stay_where_what_was_read_is_gone():
    span = Span(id="s1", product="p", start_s=0, end_s=5, best_s=2)
    gone = BoothInputs(scene=scene(span), captioned={"s1": "Booth B7"}, evidence=frozenset({"s1"}), forgotten=True)
    assert list(handle(BoothsRequest(), gone)) == []
