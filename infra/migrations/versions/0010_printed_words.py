"""Words are found as they are printed: prices, dates, addresses and numbers by their parts, other scripts whole."""

from alembic import op

revision = "0010"
down_revision = "0009"

# What no word holds: controls, spaces, punctuation, symbols, currencies, pictures. PostgreSQL's own parser keeps 3.49
# and a.example as one word, makes a number's hyphen a sign and, in the C locale, a letter of whatever is not ASCII.
# Questions are cut by the same (services.results_api.word_query).
SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u037e\u0387\u055a-\u055f\u0589-\u058f\u05be\u05c0\u05c3\u05f3-\u05f4\u0606-\u060f\u061b-\u061f\u066a-\u066d\u06d4"
    r"\u0964-\u0965\u0970\u09f2-\u09f3\u09fa-\u09fb\u0e3f\u0e4f\u0e5a-\u0e5b\u10fb\u1680\u180e\u2000-\u206f\u20a0-\u20cf"
    r"\u2100-\u2101\u2103-\u2106\u2108-\u2109\u2116-\u2117\u211e-\u2123\u2190-\u245f\u2500-\u2775\u2794-\u2bff"
    r"\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ufe10-\ufe1f\ufe30-\ufe6f\ufeff\uff00-\uff0f\uff1a-\uff20"
    r"\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff\U0001f000-\U0001faff"
)

FUNCTIONS = rf"""
CREATE FUNCTION plain_words(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(said, '[{SEPARATORS}]+', ' ', 'g')
$$;

CREATE OR REPLACE FUNCTION reading_vector(result jsonb) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE said text := regexp_replace(coalesce(result ->> 'text', ''), '[{SEPARATORS}]+', ' ', 'g');
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
"""

FUNCTIONS_BEFORE = """
DROP FUNCTION plain_words;

CREATE OR REPLACE FUNCTION reading_vector(result jsonb) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
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
"""

REBUILD = """
REINDEX INDEX reading_words;
DELETE FROM reading_word;
INSERT INTO reading_word (tenant_id, word, grams)
SELECT known.tenant_id, known.word, word_grams(known.word) FROM (
    SELECT DISTINCT r.tenant_id, said.lexeme AS word FROM reading r, unnest(reading_vector(r.result)) AS said
    WHERE length(said.lexeme) BETWEEN 3 AND 40
) AS known
ON CONFLICT DO NOTHING;
"""


def upgrade() -> None:
    """Cut words the same way in what was read and in what is asked; index what was read anew."""
    op.execute(FUNCTIONS)
    op.execute(REBUILD)


def downgrade() -> None:
    """Words as PostgreSQL's parser cuts them."""
    op.execute(FUNCTIONS_BEFORE)
    op.execute(REBUILD)
