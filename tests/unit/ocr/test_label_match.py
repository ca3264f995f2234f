"""What a seen label says beside the catalogue's picture: agreement, contradiction, and mostly silence."""

import pytest
from scout_ocr.label_match import AGREES, CONTRADICTS, MOST_AGREES, Expected, judge, names_product


def line(expected, read, confidence=0.98, names=False):
    return Expected(expected=expected, read=read, confidence=confidence, names=names)


SIBLINGS = {"HOL-003": ("Hollerbach", "Oat Crunch", "Cinnamon"), "HOL-004": ("Hollerbach", "Oat Crunch", "Berries")}


def test_lines_read_as_they_are_printed_agree():
    said = judge([line("Honey", "Honey"), line("Hollerbach", "Hollerbach"), line("Oat Crunch", "Oat Cruneh")], SIBLINGS)
    assert said.word == "agrees"
    assert said.shift == AGREES  # what siblings print as well tells nothing
    assert len(said.reasons) == 3


def test_words_of_its_own_add_up_to_a_bound():
    said = judge([line(word, word) for word in ("Honey", "Golden", "Nutty", "Sweet")], SIBLINGS)
    assert said.shift == MOST_AGREES


def test_a_siblings_word_in_its_place_contradicts_and_names_the_sibling():
    said = judge([line("Hollerbach", "Hollerbach"), line("Honey", "Cinnamon")], SIBLINGS)
    assert (said.word, said.shift) == ("contradicts", CONTRADICTS)
    assert "HOL-003" in said.reasons[0]
    assert "Honey" in said.reasons[0]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [line("Honey", "")],
        [line("Honey", "Cinnamon", 0.5)],  # hardly legible
        [line("Honey", "Hxzz")],  # no sibling says so
        [line("Honey", "3.19")],
        [line("Honey", "Hollerbach")],  # the product's own word, a little off its place
        [line("Berries", "Ber")],
    ],
)
def test_what_tells_nothing_changes_nothing(lines):
    own = [line("Hollerbach", "", 0.0), *lines]
    assert judge(own, SIBLINGS).shift == 0


def test_without_siblings_nothing_contradicts():
    assert judge([line("Honey", "Cinnamon")], {}).word == "silent"


@pytest.mark.parametrize("siblings", [{}, {"QUI-091": ("QUILLON", "Light Roast")}])
def test_another_flavours_word_that_no_sibling_has_keeps_the_rest_from_counting(siblings):
    said = judge([line("QUILLON", "QUILLON"), line("Dark Roast", "Decaf", names=True)], siblings)
    assert (said.word, said.shift) == ("silent", 0)
    assert said.reasons == ("reads 'Decaf' where the catalogue's picture says 'Dark Roast'",)
    said = judge([line("Honey", "Honey", names=True), line("Oat Crunch", "Rice Puffs", names=True)], siblings)
    assert said.shift == 0


def test_another_line_of_the_products_own_in_a_lines_place_is_nothing_foreign():
    lines = [line("Honey", "Honey"), line("Oat Crunch", "VEGAN")]
    assert judge(lines, SIBLINGS, ["Hollerbach", "VEGAN"]).shift == AGREES
    assert judge(lines, SIBLINGS).shift == 0
    printed_by_both = {"HOL-003": (*SIBLINGS["HOL-003"], "VEGAN")}
    assert judge(lines, printed_by_both, ["VEGAN"]).word == "agrees"


def test_without_siblings_only_the_products_name_raises_the_probability():
    brand, flavour = line("Hollerbach", "Hollerbach"), line("Honey", "Honey", names=True)
    assert (judge([brand], {}).word, judge([brand], {}).shift) == ("agrees", 0)
    assert judge([brand], {"HOL-003": ()}).shift == 0  # nothing could be read on the sibling's picture
    assert judge([brand, flavour], {}).shift == AGREES


@pytest.mark.parametrize(
    ("printed", "title", "brand", "names"),
    [
        ("Honey", "Hollerbach Oat Crunch Honey 450 g", "Hollerbach", True),
        ("OATCRUNCH", "Hollerbach Oat Crunch Honey 450 g", "Hollerbach", True),
        ("Hollerbach Honoy", "Hollerbach Oat Crunch Honey 450 g", "Hollerbach", True),
        ("Oat", "Hollerbach Oat Crunch Honey 450 g", "Hollerbach", True),
        ("HOLLERBACH", "Hollerbach Oat Crunch Honey 450 g", "Hollerbach", False),
        ("450 g", "Hollerbach Oat Crunch Honey 450 g", "Hollerbach", False),
        ("VEGAN", "Hollerbach Oat Crunch Honey 450 g", "Hollerbach", False),
        ("Kellogg's", "Kelloggs Corn Flakes", "Kellogg's", False),
        ("মধু ওটস", "হোলারবাখ মধু ওটস", "হোলারবাখ", True),
        ("Honey", "", "", False),
    ],
)
def test_a_line_names_the_product_by_a_word_of_its_title_that_is_not_the_brands(printed, title, brand, names):
    assert names_product(printed, title, brand) is names
