"""Where along a video which booth was: pure cases, made by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scout_ocr.booths import LEAST, Seen, Span, Timeline, by_products
from scout_ocr.directory import Directory, Place, confusable, plain
from scout_ocr.signs import Sign, signs_of
from scout_ocr.words import Page, Word

A10, B11, A12 = (
    Place("A10", "4", "Marenza Alimentari"),
    Place("B11", "4", "Northfield Foods"),
    Place("A12", "4", "Kornhaus"),
)
LISTED = (A10, B11, A12)


def sign(*words, number=None, hall=None, size=0.1, x=0.5, confidence=1.0):
    quad = ((0.0, 0.0), (100.0, 0.0), (100.0, 50.0), (0.0, 50.0))
    return Sign(
        number=number, hall=hall, words=words, text=" / ".join([*words, number or ""]), size=size, middle=(x, 0.2),
        quad=quad, confidence=confidence,
    )  # fmt: skip


def seen(time_s, what):
    return Seen(time_s=time_s, frame=f"{time_s:064.0f}", sign=what)


def span(start_s, end_s, ident="s", product="p"):
    return Span(id=ident, product=product, start_s=start_s, end_s=end_s, best_s=(start_s + end_s) / 2)


def timeline(*found, spans=()):
    return Timeline([(seen(time_s, sign(place.company, size=size)), place) for time_s, place, size in found], spans)


def test_a_sighting_beside_a_sign_stands_there_with_the_sign_as_evidence():
    stood = timeline((5.0, A10, 0.1), spans=[span(4, 8)]).during(span(4, 8))
    assert stood is not None
    assert (stood.place, stood.how, stood.seen.time_s) == (A10, "sign", 5.0)
    assert stood.confidence > 0.9


def test_the_frames_of_a_booth_read_its_sign_together():
    readings = ((4.0, "Marenza A1imentari", 0.1), (5.0, "Marenza Alimentari", 0.09), (6.0, "Marenza Alimentari", 0.09))
    found = [(seen(time_s, sign(words, size=size)), A10) for time_s, words, size in readings]
    found.append((seen(5.0, sign("Kornhaus", size=0.02)), A12))
    stood = Timeline(found, [span(4, 6)]).during(span(4, 6))
    assert stood is not None
    assert stood.seen.time_s == 4.0
    assert stood.read.text.split("\n")[0] == "Marenza Alimentari"
    assert stood.read.frames == tuple(f"{at:064.0f}" for at in (4, 5, 6))


def test_without_any_sign_there_is_no_booth():
    assert Timeline([], [span(0, 10)]).during(span(0, 10)) is None


def test_what_is_far_from_every_sign_has_no_booth():
    line = timeline((0.0, A10, 0.1), spans=[span(60, 70)])
    assert line.during(span(60, 70)) is None


def test_confidence_falls_with_the_time_since_the_sign():
    spans = [span(after, after + 0.5, ident=str(after)) for after in (1, 2, 3)]
    line = timeline((0.0, A10, 0.1), spans=spans)
    found = [line.at(after)[0] for after in (0, 1, 2, 3)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 4


def test_while_a_product_stays_in_view_the_sign_holds():
    walked = timeline((0.0, A10, 0.1), spans=[span(9, 10)]).during(span(9, 10))
    stayed = timeline((0.0, A10, 0.1), spans=[span(0, 12, "other"), span(9, 10)]).during(span(9, 10))
    assert walked is None
    assert stayed is not None
    assert (stayed.place, stayed.how) == (A10, "near")


def test_the_walk_from_booth_to_booth_is_told_apart():
    visits = [span(0, 9, "a"), span(12, 20, "b"), span(24, 30, "c")]
    line = timeline((1.0, A10, 0.1), (13.0, B11, 0.1), (25.0, A12, 0.1), spans=visits)
    assert [line.during(visit).place for visit in visits] == [A10, B11, A12]


def test_one_misread_sign_between_two_right_ones_does_not_change_the_booth():
    view = span(0, 10)
    line = timeline((1.0, A10, 0.12), (5.0, B11, 0.03), (9.0, A10, 0.12), spans=[view])
    assert line.during(view).place == A10


def test_the_nearer_sign_of_one_frame_counts_more():
    near, far = (3.0, A12, 0.12), (3.0, B11, 0.03)
    assert timeline(near, far, spans=[span(2, 4)]).during(span(2, 4)).place == A12


def test_two_equal_signs_in_one_frame_decide_nothing():
    assert timeline((3.0, A12, 0.1), (3.0, B11, 0.1), spans=[span(2, 4)]).during(span(2, 4)) is None


def test_an_unknown_name_stands_for_an_unknown_booth():
    view = span(6, 9)
    known = [(seen(1.0, sign("Marenza")), A10)]
    foreign = [(seen(7.0, sign("Somebody Else")), None)]
    assert Timeline(known + foreign * 3, [view]).during(view) is None


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 600), st.sampled_from(LISTED), st.floats(0.005, 0.4)), max_size=25),
    st.lists(st.tuples(st.floats(0, 600), st.floats(0, 60)), min_size=1, max_size=12),
)
def test_whatever_is_read_probabilities_stay_probabilities(found, views):
    spans = [span(start, start + length, str(n)) for n, (start, length) in enumerate(views)]
    line = timeline(*found, spans=spans)
    for view in spans:
        stood = line.during(view)
        assert stood is None or LEAST <= stood.confidence < 1
        if line.places:
            odds = line.at(view.best_s)
            assert np.isclose(odds.sum(), 1)
            assert (odds >= 0).all()


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (sign(number="A10"), A10),
        (sign(number="A1O"), A10),  # the letter O
        (sign(number="BI1"), B11),
        (sign(number="A10", hall="5"), None),  # another hall's
        (sign("Marenza Alimentari S.p.A."), A10),
        (sign("Nortntield Foods"), B11),  # misread
        (sign("Kornh"), A12),  # cut off at the edge
        (sign("Orsolina"), None),
        (sign("Marenza", "Kornhaus"), None),  # two names: of neither
        (sign("XY"), None),
    ],
)
def test_a_listed_booth_is_known_by_number_or_name(said, place):
    assert Directory(LISTED).place_of(said) == place


ALPHA, BETA = Place("10B", "1", "Alpha Rice"), Place("108", "1", "Beta Drinks")


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (sign(number="10B"), ALPHA),
        (sign(number="108"), BETA),
        (sign("Alpha Rice", number="10B"), ALPHA),
        (sign("Alpha Rice"), ALPHA),
        (sign("Beta Drinks"), BETA),
        (sign("Beta Drinks", number="10B"), BETA),  # the last letter misread
        (sign(number="1OB"), None),  # either
        (sign("Alpha Rice", number="1O8"), ALPHA),
    ],
)
def test_listed_numbers_that_look_alike_are_two_booths(said, place):
    assert Directory([ALPHA, BETA]).place_of(said) == place


SHARED = [Place("C1", "4", "Alpha Rice"), Place("C1", "4", "Beta Drinks"), Place("D2", "4", "Gamma")]


@pytest.mark.parametrize(
    ("said", "company"),
    [
        (sign("Alpha Rice", number="C1"), "Alpha Rice"),
        (sign("Beta Drinks"), "Beta Drinks"),
        (sign(number="C1"), ""),
        (sign("Alpha", "Beta", number="C1"), ""),
    ],
)
def test_of_companies_that_share_a_booth_the_sign_tells_whose_it_is(said, company):
    assert Directory(SHARED).place_of(said) == Place("C1", "4", company)


def test_signs_of_all_who_share_a_booth_say_that_the_camera_is_there_and_the_nearest_whose_part_it_is():
    alpha, beta, gamma = SHARED
    spans = [span(0, 2, "a"), span(9, 11, "b"), span(30, 31, "c")]
    line = timeline((1.0, alpha, 0.1), (5.5, alpha.booth, 0.1), (10.0, beta, 0.1), (30.0, gamma, 0.1), spans=spans)
    assert [line.during(view).place for view in spans] == [alpha, beta, gamma]
    assert line.places == [alpha.booth, gamma.booth]


def test_without_a_list_names_are_learned_beside_numbers():
    directory = Directory(not_names=["yuzuko"])
    directory.learn([sign("Marenza", number="A10", hall="4"), sign("Yuzuko", number="A10"), sign("Kornhaus")])
    assert directory.place_of(sign("Marenza Alimentari")).number == "A10"
    assert directory.place_of(sign("Yuzuko")) is None  # a brand on a poster is nobody's name
    assert directory.place_of(sign("Kornhaus")) is None  # never seen beside a number


def test_the_spelling_read_most_often_is_the_booth():
    directory = Directory()
    directory.learn([sign(number="A1O"), sign(number="A10"), sign(number="A10", hall="4")])
    assert directory.place_of(sign(number="AIO")) == Place("A10", "4")


def test_slogans_beside_a_name_say_which_booth_it_is():
    directory = Directory(LISTED)
    directory.learn([sign("Marenza Alimentari", "Made with patience")])
    assert directory.place_of(sign("Made with patience")) == A10


def test_an_unlisted_number_is_nobodys_where_there_is_a_list():
    directory = Directory(LISTED)
    directory.learn([sign("Somebody", number="C99")])
    assert directory.place_of(sign(number="C99")) is None


def test_pictures_without_a_sign_stand_where_their_products_stand_alone():
    known = {"x": {A10: 0.9}, "y": {A10: 0.95}, "guest": {A10: 0.9, B11: 0.9}}
    shelf = [span(0, 0, str(n), product) for n, product in enumerate(("x", "y", "guest", "new"))]
    place, confidence = by_products(shelf, known)
    assert place == A10
    assert LEAST < confidence < 0.9


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"x": {A10: 0.9}},  # one product is no shelf
        {"x": {A10: 0.9}, "y": {B11: 0.9}},  # two booths
        {"x": {A10: 0.9}, "y": {A10: 0.9}, "z": {B11: 0.9, A12: 0.9}},  # one that never stood there
    ],
)
def test_products_that_do_not_agree_say_nothing(known):
    assert by_products([span(0, 0, str(n), product) for n, product in enumerate("xyz")], known) is None


def test_numbers_that_are_confused_are_one():
    assert confusable("A1O") == confusable("a-10") == confusable("AIO")
    assert confusable("A10") != confusable("B10")
    assert plain("A-10") == plain("a 10") == "A10"
    assert plain("12-034") != plain("1-2034")


def word(text, left, top, height=40.0, width=200.0):
    quad = ((left, top), (left + width, top), (left + width, top + height), (left, top + height))
    return Word(text=text, confidence=0.95, quad=quad, line=0, block=0)


def read(*words):
    return signs_of(Page(number=1, width=1280, height=720, words=words))


@pytest.mark.parametrize(
    ("text", "number", "hall"),
    [
        ("Booth 1234", "1234", None),
        ("Hall 4 · A10", "A10", "4"),
        ("Hall 4 Stand B12", "B12", "4"),
        ("H4-B12", "B12", "4"),
        ("Stand 12-034", "12-034", None),
        ("STAND N° A101", "A101", None),
        ("Booth #A-101", "A-101", None),
        ("Pabellón 7 Stand D23", "D23", "7"),
        ("Hal 8 Stoisko nr 14B", "14B", "8"),
        ("Standard 5 Hallo 6", None, None),
        ("HALL 4", None, "4"),
        ("B13", "B13", None),
        ("450 g", None, None),
        ("3.19", None, None),
        ("NEW 2026", None, None),
    ],
)
def test_numbers_on_signs(text, number, hall):
    (one,) = read(word(text, 100, 100))
    assert (one.number, one.hall) == (number, hall)


def test_a_small_code_is_no_booth():
    (one,) = read(word("B12", 100, 100, height=16.0, width=40.0))
    assert one.number is None


def test_lines_of_one_sign_belong_together_and_others_do_not():
    signs = read(word("HALL 4", 100, 100), word("A10", 100, 150), word("Marenza", 100, 200), word("Kornhaus", 900, 100))
    assert sorted((one.number, one.hall, one.words) for one in signs if one.number) == [("A10", "4", ("Marenza",))]
    assert len(signs) == 2


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_text_is_read_without_an_error(texts):
    signs = read(*(word(text or "x", 50.0 * n, 60.0 * n) for n, text in enumerate(texts)))
    directory = Directory(LISTED)
    directory.learn(signs)
    for one in signs:
        directory.place_of(one)
        directory.foreign(one)
