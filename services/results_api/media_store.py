"""SQL of products, media, keyframes and stored pictures."""

from typing import Any
from uuid import UUID

from scout_common.http import TENANT
from scout_common.paging import Cursor, Key, Page, cut_page
from sqlalchemy import Connection, text

from services.results_api.store import Row, claim

# Products by sku; `image` is the first prepared picture of the newest job that has one.
PRODUCTS = """
    SELECT p.id, p.sku, p.title, p.brand, p.category, p.family, p.price, p.currency, p.barcode, p.extra, p.updated_at,
           (SELECT i.image_sha256 FROM job_product_image i JOIN job j ON j.id = i.job_id
            WHERE i.product_id = p.id {of_job} ORDER BY j.created_at DESC, i.position LIMIT 1) AS image,
           (SELECT count(*) FROM match m JOIN job j ON j.id = m.job_id
            WHERE m.product_id = p.id AND {claim} {of_match}) AS sightings
    FROM product p WHERE p.tenant_id = :tenant {filters} ORDER BY p.sku, p.id LIMIT :limit
"""
PRODUCT_FILTERS = {
    "job": "EXISTS (SELECT 1 FROM job_product jp WHERE jp.product_id = p.id AND jp.job_id = :job)",
    "brand": "p.brand = :brand",
    "category": "p.category = :category",
    "query": "(p.title ILIKE :query OR p.sku ILIKE :query)",
    "id": "p.id = :id",
}

# All pictures of one product, newest job first.
PRODUCT_IMAGES = text("""
    SELECT DISTINCT ON (i.image_sha256) i.image_sha256, i.source, i.width, i.height, i.warnings
    FROM job_product_image i JOIN job j ON j.id = i.job_id
    WHERE i.tenant_id = :tenant AND i.product_id = :id ORDER BY i.image_sha256, j.created_at DESC
""")

# Media with the name their newest job used, by that name.
VIDEOS = """
    SELECT * FROM (
        SELECT m.id, m.sha256, m.kind, m.media_type, m.duration_s, m.width, m.height, m.fps, m.codec, m.captured_at,
               m.poster_sha256, m.info,
               coalesce((SELECT jm.name FROM job_medium jm JOIN job j ON j.id = jm.job_id
                         WHERE jm.medium_id = m.id {of_job} ORDER BY j.created_at DESC, jm.name LIMIT 1),
                        m.sha256) AS name,
               (SELECT count(*) FROM match s JOIN job j ON j.id = s.job_id
                WHERE s.medium_id = m.id AND {claim} {of_match}) AS sightings
        FROM medium m WHERE m.tenant_id = :tenant {filters}
    ) AS named WHERE {after} ORDER BY name, id LIMIT :limit
"""
VIDEO_FILTERS = {
    "job": "EXISTS (SELECT 1 FROM job_medium jm WHERE jm.medium_id = m.id AND jm.job_id = :job)",
    "kind": "m.kind = :kind",
    "show": """EXISTS (SELECT 1 FROM job_medium jm JOIN job j ON j.id = jm.job_id JOIN show s ON s.id = j.show_id
                       WHERE jm.medium_id = m.id AND s.name = :show)""",
    "id": "m.id = :id",
}

# Where a medium's bytes are, newest job first.
VIDEO_PLACES = text("""
    SELECT jm.uri, jm.job_id FROM job_medium jm JOIN job j ON j.id = jm.job_id
    WHERE jm.tenant_id = :tenant AND jm.medium_id = :id ORDER BY j.created_at DESC, jm.uri
""")

# Keyframes of a medium in time order; samplers may differ between jobs.
FRAMES = """
    SELECT sampler, time_ms, time_s, image_sha256, width, height, sharpness, shot FROM keyframe
    WHERE tenant_id = :tenant AND medium_id = :id {filters} ORDER BY time_ms, sampler LIMIT :limit
"""
FRAME_FILTERS = {"sampler": "sampler = :sampler", "from_s": "time_s >= :from_s", "to_s": "time_s <= :to_s"}

ASSET = text("SELECT sha256, media_type, bytes FROM asset WHERE tenant_id = :tenant AND sha256 = :sha256")
SHOWS = text("SELECT id, name, place, starts_on, ends_on FROM show WHERE tenant_id = :tenant ORDER BY name")


def products_page(connection: Connection, given: dict[str, Any], *, limit: int, cursor: str | None = None) -> Page:
    """A page of products by sku; `given` maps names of PRODUCT_FILTERS to values. Raises BadCursor."""
    filters, values = _chosen(PRODUCT_FILTERS, given, limit)
    after = _after(cursor, "sku", (str, UUID), values)
    filters += " AND (p.sku, p.id) > (:c0, :c1)" if after else ""
    of_job, of_match = _of_job(given, "i"), _of_job(given, "m")
    statement = PRODUCTS.format(filters=filters, of_job=of_job, of_match=of_match, claim=claim("m"))
    return cut_page(connection.execute(text(statement), values).mappings().all(), limit, "sku", ("sku", "id"))


def product_images(connection: Connection, product: UUID) -> list[Row]:
    """Every prepared picture of a product."""
    return list(connection.execute(PRODUCT_IMAGES, {"tenant": TENANT, "id": product}).mappings())


def videos_page(connection: Connection, given: dict[str, Any], *, limit: int, cursor: str | None = None) -> Page:
    """A page of media by name; `given` maps names of VIDEO_FILTERS to values. Raises BadCursor."""
    filters, values = _chosen(VIDEO_FILTERS, given, limit)
    after = "(name, id) > (:c0, :c1)" if _after(cursor, "name", (str, UUID), values) else "true"
    of_job, of_match = _of_job(given, "jm"), _of_job(given, "s")
    statement = VIDEOS.format(filters=filters, after=after, of_job=of_job, of_match=of_match, claim=claim("s"))
    return cut_page(connection.execute(text(statement), values).mappings().all(), limit, "name", ("name", "id"))


def video_places(connection: Connection, medium: UUID) -> list[Row]:
    """The uri of every job that used the medium, newest first: a local path or blob:<sha256>."""
    return list(connection.execute(VIDEO_PLACES, {"tenant": TENANT, "id": medium}).mappings())


def frames_page(
    connection: Connection, medium: UUID, given: dict[str, Any], *, limit: int, cursor: str | None = None
) -> Page:
    """A page of keyframes in time order. Raises BadCursor."""
    filters, values = _chosen(FRAME_FILTERS, given, limit)
    filters += " AND (time_ms, sampler) > (:c0, :c1)" if _after(cursor, "time", (int, str), values) else ""
    rows = connection.execute(text(FRAMES.format(filters=filters)), {**values, "id": medium})
    return cut_page(rows.mappings().all(), limit, "time", ("time_ms", "sampler"))


def asset_row(connection: Connection, sha256: str) -> Row | None:
    """A stored blob that some job registered, or None."""
    return connection.execute(ASSET, {"tenant": TENANT, "sha256": sha256}).mappings().first()


def show_rows(connection: Connection) -> list[Row]:
    """All shows by name."""
    return list(connection.execute(SHOWS, {"tenant": TENANT}).mappings())


def _chosen(filters: dict[str, str], given: dict[str, Any], limit: int) -> tuple[str, dict[str, Any]]:
    """SQL of the filters given, and its values; `limit` + 1 rows tell whether there is a next page."""
    used = {name: value for name, value in given.items() if value is not None}
    return "".join(f" AND {filters[name]}" for name in used), {"tenant": TENANT, "limit": limit + 1, **used}


def _after(cursor: str | None, sort: str, kinds: tuple[type[Key], ...], values: dict[str, Any]) -> bool:
    """Add the cursor's values as c0, c1; whether there is a cursor."""
    if cursor is None:
        return False
    values |= {f"c{i}": value for i, value in enumerate(Cursor.decode(cursor, sort, kinds).values)}
    return True


def _of_job(given: dict[str, Any], table: str) -> str:
    return f"AND {table}.job_id = :job" if given.get("job") is not None else ""
