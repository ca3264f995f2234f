"""What a reader types, as a full-text query: every word must be there, begun, or nearly spelled so."""

import re
from collections.abc import Callable, Sequence

from rapidfuzz.distance import DamerauLevenshtein

MOST_WORDS = 8
MOST_LIKE = 6
_WORD = re.compile(r"[^\W_]+")


def words_of(typed: str) -> list[str]:
    """The words of a question, in lower case."""
    return [word.lower()[:40] for word in _WORD.findall(typed)][:MOST_WORDS]


def query_of(words: Sequence[str], like: Callable[[str], Sequence[str]]) -> str:
    """A tsquery: each word as a beginning, or one of the known words at most a typo or two away.

    like: known words that share letters with a word. Words hold letters and digits only, so nothing needs quoting."""
    return " & ".join(f"({' | '.join([f'{word}:*', *_near(word, like(word))])})" for word in words)


def _near(word: str, known: Sequence[str]) -> list[str]:
    """Of the known words those within 1 typo (from 4 letters) or 2 (from 8); transpositions are one."""
    most = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    scored = [(DamerauLevenshtein.distance(word, other, score_cutoff=most), other) for other in known]
    near = sorted((distance, other) for distance, other in scored if 0 < distance <= most)
    return [other for _, other in near if _WORD.fullmatch(other)][:MOST_LIKE]
