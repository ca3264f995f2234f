"""What a reader types becomes a full-text query that nothing can break."""

import runpy
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from services.results_api.word_query import SEPARATORS, query_of, words_of


def test_words_may_be_begun_or_nearly_spelled():
    assert query_of(["crunhc"], lambda word: ["crunch", "crunchy", "lunch"]) == "(crunhc:* | crunch)"


def test_short_words_have_no_typos_and_long_ones_two():
    assert query_of(["oat"], lambda word: ["eat", "oats"]) == "(oat:*)"
    assert query_of(["nothfeild"], lambda word: ["northfield", "northern"]) == "(nothfeild:* | northfield)"


def test_all_words_are_wanted():
    assert query_of(["oat", "bar"], lambda word: []) == "(oat:*) & (bar:*)"


@given(st.text(max_size=200))
def test_whatever_is_typed_no_sign_of_a_query_reaches_the_database(typed):
    words = words_of(typed)
    assert len(words) <= 8
    assert not any(set(word) & set(" !&|():<>*'\"\\\x00") for word in words)


def test_questions_are_cut_where_the_index_is() -> None:
    """The migration keeps a copy of its own, since what was migrated must not change."""
    path = Path(__file__).parents[3] / "infra/migrations/versions/0010_printed_words.py"
    assert runpy.run_path(str(path))["SEPARATORS"] == SEPARATORS
