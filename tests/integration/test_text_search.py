"""Words that were read are found as they are typed: with a typo among very many, and as they are printed."""

import json
from random import Random
from uuid import uuid4

from sqlalchemy import Engine, text

from services.results_api.booth_store import found, words_like
from services.results_api.word_query import query_of, words_of

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


READ = text("INSERT INTO reading (id, sha256, options, version, result) VALUES (:id, 's', 'o', 'v', :result)")
PRINTED = """Kornhaus GmbH, www.kornhaus.example
EUR 3.49 / kg \u201cOat Crunch\u201d \u20ac12.90 best before 10.06.2028, part 12-034/B
\u09ac\u09be\u0982\u09b2\u09be \u09b6\u09cd\u09b0\u09c0 \u0641\u0627\u0631\u0633\u06cc, caf\u00e9"""


TYPED = {
    "3.49": "[[3]] [[49]]",
    "10.06.2028": "[[2028]]",
    "www.kornhaus.example": "example]]",
    "kornhaus": "[[Kornhaus]]",
    "12-034": "[[034]]",
    "12.90": "[[12]] [[90]]",
    "oat": "[[Oat]]",
    "\u09ac\u09be\u0982\u09b2\u09be": "[[\u09ac\u09be\u0982\u09b2\u09be]]",
    "\u09b6\u09cd\u09b0\u09c0": "[[\u09b6\u09cd\u09b0\u09c0]]",
    "caf\u00e9": "[[caf\u00e9]]",
    "\u0641\u0627\u0631\u0633\u06cc\u060c": "[[\u0641\u0627\u0631\u0633\u06cc]]",
}


def test_words_are_found_as_they_are_printed(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(READ, {"id": uuid4(), "result": json.dumps({"text": PRINTED})})
        snippets = {}
        for typed in TYPED:
            query = query_of(words_of(typed), lambda word: words_like(connection, word))
            snippets[typed] = [hit["snippet"] for hit in found(connection, query, kind=None, limit=5)]
    assert [typed for typed, marked in TYPED.items() if marked not in "".join(snippets[typed])] == []


def test_questions_are_cut_as_texts_are(engine: Engine) -> None:
    letters = [chr(code) for code in range(1, 0x20000) if not 0xD800 <= code < 0xE000]
    with engine.begin() as connection:
        kept = connection.execute(text("SELECT plain_words(:said)"), {"said": "".join(letters)}).scalar_one()
        assert [one for one in letters if words_of(one)] == list(kept.replace(" ", ""))
        for word in words_of("".join(letters)):  # nothing that is typed is an error
            connection.execute(text("SELECT to_tsquery('simple', :query)"), {"query": query_of([word], lambda _: [])})
