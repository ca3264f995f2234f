"""What a reader types, as a full-text query: every word must be there, begun, or nearly spelled so."""

import re
from collections.abc import Callable, Sequence

from rapidfuzz.distance import DamerauLevenshtein

MOST_WORDS = 8
MOST_LIKE = 40
# What no word holds: controls, spaces, punctuation, symbols, currencies, pictures; as plain_words() of migration 0010.
SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u037e\u0387\u055a-\u055f\u0589-\u058f\u05be\u05c0\u05c3\u05f3-\u05f4\u0606-\u060f\u061b-\u061f\u066a-\u066d\u06d4"
    r"\u0964-\u0965\u0970\u09f2-\u09f3\u09fa-\u09fb\u0e3f\u0e4f\u0e5a-\u0e5b\u10fb\u1680\u180e\u2000-\u206f\u20a0-\u20cf"
    r"\u2100-\u2101\u2103-\u2106\u2108-\u2109\u2116-\u2117\u211e-\u2123\u2190-\u245f\u2500-\u2775\u2794-\u2bff"
    r"\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ufe10-\ufe1f\ufe30-\ufe6f\ufeff\uff00-\uff0f\uff1a-\uff20"
    r"\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff\U0001f000-\U0001faff"
)
_WORD = re.compile(rf"[^\u0000{SEPARATORS}\ud800-\udfff]+")


def words_of(typed: str) -> list[str]:
    """The words of a question, in lower case."""
    return [word.lower()[:40] for word in _WORD.findall(typed)][:MOST_WORDS]


def query_of(words: Sequence[str], like: Callable[[str], Sequence[str]]) -> str:
    """A tsquery: each word as a beginning, or one of the known words at most a typo or two away.

    like: known words that may be a word with typos. Words hold no separators, so nothing needs quoting."""
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
