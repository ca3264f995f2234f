"""SQL of booths, of what was seen there, of the rollup, and of words that were read."""

from typing import Any
from uuid import UUID

from scout_common.http import TENANT
from sqlalchemy import Connection, text

from services.results_api.store import Row, claim, same_number
from services.results_api.word_query import shapes_of, typos_of

BOOTHS = """
    SELECT b.id, b.number, b.hall, b.listed, s.name AS show, c.id AS company_id,
           coalesce(c.name, (SELECT string_agg(o.name, ', ' ORDER BY o.name) FROM exhibitor e
            JOIN company o ON o.id = e.company_id WHERE e.show_id = b.show_id AND e.booth_id = b.id)) AS company,
           c.country, c.url,
           (SELECT count(*) FROM booth_sighting x JOIN match m ON m.id = x.match_id JOIN job j ON j.id = m.job_id
            WHERE x.booth_id = b.id AND m.state <> 'rejected' AND {claim}) AS sightings
    FROM booth b LEFT JOIN show s ON s.id = b.show_id LEFT JOIN company c ON c.id = b.company_id
    WHERE b.tenant_id = :tenant {filters} ORDER BY s.name, b.hall, b.number, b.id LIMIT :limit
"""
OF_COMPANY = "(lower(c.name) = lower(:company) OR CAST(c.id AS text) = lower(:company))"
SHARED_BY = f"SELECT e.booth_id FROM exhibitor e JOIN company c ON c.id = e.company_id WHERE {OF_COMPANY}"  # noqa: S608
BOOTH_FILTERS = {
    "id": "b.id = :id",
    "show": "s.name = :show",
    "company": f"({OF_COMPANY} OR b.id IN ({SHARED_BY}))",
    "number": same_number("b.number", ":number"),
    "after": "b.id > :after",
}

# How often each product was seen at each booth: claims, media and the surest of them. A tie counts for each of its
# products.
ROLLUP = """
    SELECT p.id AS product_id, p.sku, p.title, p.brand, p.category, b.id AS booth_id, b.number, b.hall, s.name AS show,
           c.id AS company_id, c.name AS company, count(*)::int AS sightings,
           (count(*) FILTER (WHERE m.product_id IS NULL))::int AS ties,
           count(DISTINCT m.medium_id)::int AS media, max(m.facings)::int AS facings,
           max(m.probability)::float8 AS probability, max(x.confidence)::float8 AS booth_confidence
    FROM match m JOIN job j ON j.id = m.job_id
    CROSS JOIN LATERAL unnest(CASE WHEN m.product_id IS NULL THEN m.family ELSE ARRAY[m.product_id] END) AS one (id)
    JOIN product p ON p.id = one.id
    LEFT JOIN booth_sighting x ON x.match_id = m.id
    LEFT JOIN booth b ON b.id = x.booth_id LEFT JOIN show s ON s.id = b.show_id
    LEFT JOIN company c ON c.id = coalesce(x.company_id, b.company_id)
    WHERE m.tenant_id = :tenant AND m.state <> 'rejected' AND {claim} {filters}
    GROUP BY p.id, b.id, s.name, c.id ORDER BY p.sku, p.id, s.name, b.hall, b.number, b.id, c.id LIMIT :limit
"""
# Of several jobs that looked for a product in the same medium only the last that ended: one sighting counts once.
LAST = """
    AND m.job_id = (
        SELECT l.id FROM job_medium lm JOIN job l ON l.id = lm.job_id
        JOIN job_product lp ON lp.job_id = l.id AND lp.product_id = p.id
        WHERE lm.medium_id = m.medium_id {same}
        ORDER BY l.state IN ('done', 'partial') DESC, l.created_at DESC, l.id DESC LIMIT 1)
"""
ROLLUP_FILTERS = {
    "job": "m.job_id = :job",
    "show": "s.name = :show",
    "company": OF_COMPANY,
}

# From five letters on one typo leaves a trigram as it was; a word of four may share none with what was meant.
ONE_TYPO = """
    SELECT word FROM reading_word WHERE tenant_id = :tenant AND length(word) BETWEEN :shortest AND :longest
      AND word LIKE ANY(CAST(:shapes AS text[])) {shared}
"""
ONE_TYPO_SHORT = text(ONE_TYPO.format(shared=""))
ONE_TYPO_LONG = text(ONE_TYPO.format(shared="AND grams && CAST(:grams AS text[])"))
TWO_TYPOS = text("""
    SELECT word FROM (
        SELECT word, (SELECT count(*) FROM unnest(grams) AS g WHERE g = ANY(CAST(:grams AS text[]))) AS shared
        FROM reading_word WHERE tenant_id = :tenant AND grams && CAST(:grams AS text[])
          AND length(word) BETWEEN :shortest AND :longest
    ) AS near ORDER BY shared DESC, word LIMIT 5000
""")

SNIPPET = "StartSel=[[,StopSel=]],MaxFragments=2,MaxWords=12,MinWords=3"

# What was read and holds the words: labels of products, signs in keyframes, files; labels of sightings.
FOUND = text("""
    WITH query AS (SELECT to_tsquery('simple', :query) AS q), hits AS (
        SELECT r.id::text AS id, coalesce(r.result ->> 'kind', 'document') AS kind, r.sha256,
               r.result ->> 'text' AS text, NULL::uuid AS match_id,
               ts_rank(reading_vector(r.result), q) AS rank
        FROM reading r, query
        WHERE r.tenant_id = :tenant AND reading_vector(r.result) @@ q
        UNION ALL
        SELECT 'match:' || l.match_id, 'sighting', l.frame_sha256, l.text, l.match_id,
               ts_rank(to_tsvector('simple', plain_words(l.text)), q)
        FROM label_sighting l, query WHERE l.tenant_id = :tenant AND to_tsvector('simple', plain_words(l.text)) @@ q
    )
    SELECT h.*, CASE WHEN strpos(marked.text, '[[') > 0 THEN marked.text  -- else the words stand in 3.49 or the like
                ELSE ts_headline('simple', plain_words(h.text), q, :style) END AS snippet,
           (SELECT p.sku FROM job_product_image i JOIN product p ON p.id = i.product_id
            WHERE i.image_sha256 = h.sha256 ORDER BY p.sku LIMIT 1) AS sku,
           k.medium_id, k.time_s,
           (SELECT f.name FROM ocr_file f WHERE f.sha256 = h.sha256 ORDER BY f.name LIMIT 1) AS file
    FROM hits h CROSS JOIN query CROSS JOIN LATERAL (SELECT ts_headline('simple', h.text, q, :style) AS text) AS marked
    LEFT JOIN LATERAL (SELECT medium_id, time_s FROM keyframe WHERE image_sha256 = h.sha256
                       ORDER BY medium_id, time_s LIMIT 1) k ON true
    WHERE CAST(:kind AS text) IS NULL OR h.kind = :kind OR (:kind = 'document' AND h.kind NOT IN
        ('label', 'sign', 'sighting'))
    ORDER BY rank DESC, h.id LIMIT :limit
""")


def booths(connection: Connection, *, limit: int, **filters: Any) -> list[Row]:
    """Booths that the given filters choose, by show, hall and number."""
    given = {name: value for name, value in filters.items() if value is not None}
    clauses = "".join(f" AND {BOOTH_FILTERS[name]}" for name in given)
    statement = text(BOOTHS.format(filters=clauses, claim=claim("m")))
    return list(connection.execute(statement, {"tenant": TENANT, "limit": limit, **given}).mappings())


def rollup(connection: Connection, *, limit: int, **filters: Any) -> list[Row]:
    """Product x company x booth, with counts; where no job is given, by the last that looked for the product there."""
    given = {name: value for name, value in filters.items() if value is not None}
    clauses = "".join(f" AND {ROLLUP_FILTERS[name]}" for name in given)
    if "job" not in given:  # of a show only its own jobs are compared: numbers mean something within it
        clauses += LAST.format(same="AND l.show_id = j.show_id" if "show" in given else "")
    statement = text(ROLLUP.format(filters=clauses, claim=claim("m")))
    return list(connection.execute(statement, {"tenant": TENANT, "limit": limit, **given}).mappings())


def words_like(connection: Connection, word: str) -> list[str]:
    """Words that were read and may be this one with as many typos as a word of its length may have."""
    most = typos_of(word)
    if not most:
        return []
    padded = f" {word} "
    asked = {
        "tenant": TENANT,
        "shortest": len(word) - most,
        "longest": len(word) + most,
        "grams": sorted({padded[i : i + 3] for i in range(len(padded) - 2)}),
    }
    if most > 1:
        return list(connection.execute(TWO_TYPOS, asked).scalars())
    one = ONE_TYPO_LONG if len(word) > 4 else ONE_TYPO_SHORT
    return list(connection.execute(one, {**asked, "shapes": shapes_of(word)}).scalars())


def found(connection: Connection, query: str, *, kind: str | None, limit: int) -> list[Row]:
    """What was read and fits a tsquery, best first."""
    asked = {"tenant": TENANT, "query": query, "kind": kind, "limit": limit, "style": SNIPPET}
    return list(connection.execute(FOUND, asked).mappings())


def booth_row(connection: Connection, booth: UUID) -> Row | None:
    """One booth, or None."""
    rows = booths(connection, limit=1, id=booth)
    return rows[0] if rows else None
