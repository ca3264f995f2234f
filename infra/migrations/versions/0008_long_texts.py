"""Texts with more words than PostgreSQL takes are kept too; old readings' words are found when misspelled, as new."""

from alembic import op

revision = "0008"
down_revision = "0007"

# A vector holds a megabyte of words. A text with more is found by those of its first half, or of that one's first half:
# 100,000 bytes always fit, so only longer texts pay for the way back from the error.
FUNCTIONS = """
CREATE FUNCTION reading_vector(result jsonb) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE said text := coalesce(result ->> 'text', '');
BEGIN
    WHILE octet_length(said) > 100000 LOOP
        BEGIN
            RETURN to_tsvector('simple', said);
        EXCEPTION WHEN program_limit_exceeded THEN
            said := left(said, length(said) / 2);
        END;
    END LOOP;
    RETURN to_tsvector('simple', said);
END $$;

CREATE OR REPLACE FUNCTION keep_reading_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reading_word (tenant_id, word, grams)
    SELECT NEW.tenant_id, said.lexeme, word_grams(said.lexeme)
    FROM unnest(reading_vector(NEW.result)) AS said
    WHERE length(said.lexeme) BETWEEN 3 AND 40
      AND NOT EXISTS (SELECT 1 FROM reading_word w WHERE w.tenant_id = NEW.tenant_id AND w.word = said.lexeme)
    ORDER BY said.lexeme
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""

# In 0006 as it was first published the index was one of to_tsvector itself, which refuses such texts.
INDEX = """
DROP INDEX IF EXISTS reading_words;
CREATE INDEX reading_words ON reading USING gin (reading_vector(result));
DROP TRIGGER IF EXISTS reading_words_kept ON reading;
CREATE TRIGGER reading_words_kept AFTER INSERT ON reading FOR EACH ROW EXECUTE FUNCTION keep_reading_words();
"""

OLD_WORDS = """
INSERT INTO reading_word (tenant_id, word, grams)
SELECT known.tenant_id, known.word, word_grams(known.word) FROM (
    SELECT DISTINCT r.tenant_id, said.lexeme AS word FROM reading r, unnest(reading_vector(r.result)) AS said
    WHERE length(said.lexeme) BETWEEN 3 AND 40
) AS known
ON CONFLICT DO NOTHING;
"""


def upgrade() -> None:
    """Index and keep the words of every text, however long, and of those that were read before."""
    op.execute(FUNCTIONS)
    op.execute(INDEX)
    op.execute(OLD_WORDS)


def downgrade() -> None:
    """Words are kept no more; those that were stay until 0006 goes."""
    op.execute("DROP TRIGGER reading_words_kept ON reading")
    op.execute("DROP INDEX reading_words")
    op.execute("DROP FUNCTION keep_reading_words, reading_vector")
