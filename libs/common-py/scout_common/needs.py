"""Who still needs a stored file, and what else goes with one that nobody needs: SQL that DELETE and the purge share."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

USED = """
    EXISTS (SELECT 1 FROM asset_ref r WHERE r.sha256 = a.sha256)
    OR EXISTS (SELECT 1 FROM upload u WHERE u.sha256 = a.sha256)
    OR EXISTS (SELECT 1 FROM medium m WHERE m.sha256 = a.sha256)
    OR EXISTS (SELECT 1 FROM keyframe k WHERE k.image_sha256 = a.sha256)
    OR EXISTS (SELECT 1 FROM job_product_image i WHERE i.image_sha256 = a.sha256)
    OR EXISTS (SELECT 1 FROM backfill_item b WHERE b.sha256 = a.sha256)
"""
"""Of `asset a`: a job, an upload, a medium, a catalogue or a backfill has it."""
NEEDED = f"""
    {USED}
    OR EXISTS (SELECT 1 FROM proposal p WHERE p.source_sha256 = a.sha256 AND p.state <> 'rejected')
    OR EXISTS (SELECT 1 FROM ground_truth t WHERE t.source_sha256 = a.sha256)
"""  # noqa: S608  (of our own texts)
"""The same, or somebody's word on it, or a proposal that shows it."""

# Proposals that other files speak of too show one of those, rather one that is stored. An accepted one stays: its
# product shows the same picture.
MOVE_PROPOSALS = text("""
    UPDATE proposal p SET source_sha256 = other.sha256, page = 1, box = NULL
    FROM (
        SELECT DISTINCT ON (s.proposal_id) s.proposal_id, s.source_sha256 AS sha256
        FROM proposal_source s LEFT JOIN asset a ON a.sha256 = s.source_sha256
        WHERE s.source_sha256 <> ALL(:shas)
          AND s.proposal_id IN (SELECT id FROM proposal WHERE source_sha256 = ANY(:shas))
        ORDER BY s.proposal_id, a.sha256 IS NULL, s.source_sha256
    ) AS other
    WHERE p.id = other.proposal_id AND p.source_sha256 = ANY(:shas) AND p.state <> 'accepted'
""")
FORGET_PROPOSALS = (
    text("DELETE FROM proposal WHERE source_sha256 = ANY(:shas) AND state <> 'accepted'"),
    text("DELETE FROM proposal_source WHERE source_sha256 = ANY(:shas)"),
)

# Words that are found no more: they were read once, in what is gone.
_LOST_WORDS = """
    DELETE FROM reading_word w WHERE {which} AND NOT EXISTS (
        SELECT 1 FROM reading r
        WHERE r.tenant_id = w.tenant_id
          AND reading_vector(r.result) @@ CAST(quote_literal(w.word) AS tsquery))
"""
LOST_WORDS = text(_LOST_WORDS.format(which="true"))
LOST_WORDS_OF = text(_LOST_WORDS.format(which="w.tenant_id = :tenant AND w.word = ANY(:words)"))
WORDS_OF = text("""
    SELECT DISTINCT said.lexeme FROM reading r, unnest(reading_vector(r.result)) AS said
    WHERE r.tenant_id = :tenant AND r.sha256 = ANY(:shas) AND length(said.lexeme) BETWEEN 3 AND 40
""")

# The data key's id in a sealed value: bytes 10 to 25 of what base64 holds (scout_common.sealing).
_KEYS_IN = """
    SELECT encode(substring(decode(left({column} ->> 'sealed', 36), 'base64') FROM 10 FOR 16), 'hex')::uuid
    FROM {table} WHERE {column} ? 'sealed' AND jsonb_typeof({column}) = 'object'
"""
_OF_SOURCE = "source_sha256 = ANY(:shas)"
_DECISIONS = f"item_id IN (SELECT id FROM review_item WHERE {_OF_SOURCE})"  # noqa: S608
_SEALED = (
    ("reading", "result", "sha256 = ANY(:shas)"),
    ("observed_value", "value", _OF_SOURCE),
    *(("review_item", column, _OF_SOURCE) for column in ("value", "raw", "doubts", "truth")),
    *(("review_decision", column, _DECISIONS) for column in ("value", "sealed_note")),
    ("ground_truth", "value", _OF_SOURCE),
    ("ground_truth", "printed", _OF_SOURCE),
)
_LOST_KEYS = """
    DELETE FROM data_key d
    WHERE {which}
      AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = d.owner_id)
      AND NOT EXISTS (SELECT 1 FROM backfill b WHERE b.id = d.owner_id)
      AND d.id NOT IN ({used})
"""
LOST_KEYS = text(
    _LOST_KEYS.format(
        which="true", used=" UNION ".join(_KEYS_IN.format(table=table, column=column) for table, column, _ in _SEALED)
    )
)
LOST_KEY_OF = text(
    _LOST_KEYS.format(
        which="d.owner_id = :owner",
        used=" UNION ".join(f"{_KEYS_IN.format(table=table, column=column)} AND {of}" for table, column, of in _SEALED),
    )
)


def forget_proposals(connection: Connection, shas: Sequence[str]) -> None:
    """Files are about to go: what they proposed goes with them, or shows another file that speaks of it."""
    for statement in (MOVE_PROPOSALS, *FORGET_PROPOSALS):
        connection.execute(statement, {"shas": list(shas)})


def words_of(connection: Connection, tenant: str, shas: Sequence[str]) -> list[str]:
    """The words that were read in these files, as far as they are kept openly."""
    return list(connection.execute(WORDS_OF, {"tenant": tenant, "shas": list(shas)}).scalars())


def lost_words(connection: Connection) -> int:
    """Forget words that nothing holds any more."""
    return connection.execute(LOST_WORDS).rowcount


def lost_words_of(connection: Connection, tenant: str, words: Sequence[str]) -> None:
    """Of these words forget those that nothing holds any more."""
    if words:
        connection.execute(LOST_WORDS_OF, {"tenant": tenant, "words": list(words)})


def lost_keys(connection: Connection) -> int:
    """Forget data keys that nothing is sealed under any more: backups of it never open again either."""
    return connection.execute(LOST_KEYS).rowcount


def lost_key_of(connection: Connection, owner: UUID, shas: Sequence[str]) -> None:
    """Forget the data key of a job that is gone, unless something of its files, `shas`, is still sealed under it."""
    connection.execute(LOST_KEY_OF, {"owner": owner, "shas": list(shas)})
