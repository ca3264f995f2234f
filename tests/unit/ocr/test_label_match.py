"""What a seen label says beside the catalogue's picture: agreement, contradiction, and mostly silence."""

import pytest
from scout_ocr.label_match import AGREES, CONTRADICTS, MOST_AGREES, Expected, judge


def line(expected, read, confidence=0.98):
    return Expected(expected=expected, read=read, confidence=confidence)


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
