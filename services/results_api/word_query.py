"""What a reader types, as a full-text query: every word must be there, begun, or nearly spelled so."""

import re
from collections.abc import Callable, Sequence

from rapidfuzz.distance import DamerauLevenshtein

MOST_WORDS = 8
MOST_LIKE = 40
_WORD = re.compile(r"[^\W_]+")


def words_of(typed: str) -> list[str]:
    """The words of a question, in lower case."""
    return [word.lower()[:40] for word in _WORD.findall(typed)][:MOST_WORDS]


def query_of(words: Sequence[str], like: Callable[[str], Sequence[str]]) -> str:
    """A tsquery: each word as a beginning, or one of the known words at most a typo or two away.

    like: known words that may be a word with typos. Words hold letters and digits only, so nothing needs quoting."""
    return " & ".join(f"({' | '.join([f'{word}:*', *_near(word, like(word))])})" for word in words)


def typos_of(word: str) -> int:
    """How many typos a word may have: 1 from 4 letters on, 2 from 8."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def shapes_of(word: str) -> list[str]:
    """Patterns of LIKE that all words one typo away fit: a letter is another, too many, missing, or changed places."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    missing = [f"{left}_{right}" for left, right in cuts]
    others = [f"{left}_{right[1:]}" for left, right in cuts if right]
    without = [left + right[1:] for left, right in cuts if right]
    exchanged = [left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1]
    return sorted({*missing, *others, *without, *exchanged})


def _near(word: str, known: Sequence[str]) -> list[str]:
    """Of the known words the nearest that its typos allow; a transposition is one typo, and comes first."""
    most = typos_of(word)
    scored = [(DamerauLevenshtein.distance(word, other, score_cutoff=most), other) for other in known]
    letters = sorted(word)
    near = sorted((distance, sorted(other) != letters, other) for distance, other in scored if 0 < distance <= most)
    return [other for *_, other in near if _WORD.fullmatch(other)][:MOST_LIKE]
