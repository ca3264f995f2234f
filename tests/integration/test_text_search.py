"""Words that were read are found as they are typed: with a typo among very many, and as they are printed."""

from random import Random

from sqlalchemy import Engine, text

from services.results_api.booth_store import words_like
from services.results_api.word_query import query_of

KNOWN = text("""
    INSERT INTO reading_word (tenant_id, word, grams)
    SELECT 'default', word, word_grams(word) FROM unnest(CAST(:words AS text[])) AS word
""")


def made_up(count: int) -> list[str]:
    """Words of 3 to 12 letters, in pairs of a consonant and a vowel as names have them; the same ones each time."""
    chance, words = Random(7), set[str]()
    while len(words) < count:
        pairs = "".join(chance.choice("bcdfghklmnprstvw") + chance.choice("aeiou") for _ in range(chance.randint(2, 6)))
        words.add(pairs[chance.randint(0, 1) :])
    return sorted(words)


def exchanged(word: str, at: int) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def test_a_typo_is_found_among_very_many_words(engine: Engine) -> None:
    words = [*made_up(6_000), "oats"]
    asked = [word for word in Random(8).sample(words, 400) if len(word) >= 4][:12]
    typos = [("otas", "oats")]
    typos += [(exchanged(word, len(word) // 2 - 1), word) for word in asked]
    typos += [(word[:1] + word[2:], word) for word in asked if len(word) > 4]
    typos += [(f"{word[:3]}x{word[3:]}", word) for word in asked]
    typos += [(f"{word[:-1]}q", word) for word in asked]
    with engine.begin() as connection:
        connection.execute(KNOWN, {"words": words})
        missed = [
            (typed, word)
            for typed, word in typos
            if word not in query_of([typed], lambda typed: words_like(connection, typed)).strip("()").split(" | ")
        ]
    assert missed == []
