"""Where catalogues come from and products are kept: files, folders, addresses; rows in the database."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scout_common import uploads
from scout_common.assets import keep_assets
from scout_common.errors import PermanentError
from scout_common.fetch import is_url
from scout_common.settings import Settings
from scout_common.web_cache import WebCache
from scout_common.work import Resources, Unit
from sqlalchemy import Connection, text

from services.catalog.handler import CatalogueBegins, Inputs, ProductListed, ProductPicture, Row
from services.catalog.pictures import Pictures
from services.catalog.query import select
from services.catalog.readers import read_catalogue, read_folder
from services.catalog.rows import Catalogue
from services.catalog.sources import Beside, OnTheWeb
from services.catalog.web import Documents, asks_itself, read_web, with_query

MOST_FILES = 200_000

FORGET_PRODUCTS = text("DELETE FROM job_product WHERE job_id = :job")
FORGET_PICTURES = text("DELETE FROM job_product_image WHERE job_id = :job")
# A catalogue that says less than an earlier one (a folder of pictures knows only the sku) does not wipe what is known.
UPSERT_PRODUCT = text("""
    INSERT INTO product (id, tenant_id, sku, title, brand, category, family, price, currency, barcode, extra)
    VALUES (:id, :tenant, :sku, :title, :brand, :category, :family, :price, :currency, :barcode, cast(:extra AS jsonb))
    ON CONFLICT (tenant_id, sku) DO UPDATE SET
        title = CASE WHEN excluded.title = excluded.sku THEN product.title ELSE excluded.title END,
        brand = coalesce(excluded.brand, product.brand),
        category = coalesce(excluded.category, product.category),
        family = coalesce(excluded.family, product.family),
        price = coalesce(excluded.price, product.price),
        currency = CASE WHEN excluded.price IS NULL THEN coalesce(excluded.currency, product.currency)
                        ELSE excluded.currency END,
        barcode = coalesce(excluded.barcode, product.barcode),
        extra = product.extra || excluded.extra,
        updated_at = now()
""")
LIST_PRODUCT = text("""
    INSERT INTO job_product (job_id, tenant_id, product_id, position) VALUES (:job, :tenant, :id, :position)
    ON CONFLICT (job_id, product_id) DO UPDATE SET position = excluded.position
""")
ADD_PICTURE = text("""
    INSERT INTO job_product_image
        (job_id, tenant_id, product_id, position, image_sha256, source, width, height, warnings)
    VALUES (:job, :tenant, :product_id, :position, :sha256, :source, :width, :height, cast(:warnings AS jsonb))
    ON CONFLICT (job_id, product_id, position) DO UPDATE SET
        image_sha256 = excluded.image_sha256, source = excluded.source,
        width = excluded.width, height = excluded.height, warnings = excluded.warnings
""")


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Inputs]:
    """The catalogue, read. Raises PermanentError, FetchInterrupted."""
    source = str(unit.payload["source"])
    query = str(unit.payload.get("query") or "")
    cache = WebCache(resources.engine, unit.tenant_id)
    documents = Documents(resources.blobs, resources.settings, cache)
    try:
        name, catalogue, place = _open_source(source, query, documents, resources, unit.tenant_id)
    except PermanentError as error:
        raise PermanentError(error.message, subject=error.subject or source, hint=error.hint) from error
    with resources.engine.begin() as connection:
        keep_assets(connection, tenant=unit.tenant_id, job=unit.job_id, assets=documents.assets)
    pictures = Pictures(resources.blobs, place, resources.settings, cache=cache)
    yield Inputs(name=name, tenant_id=unit.tenant_id, catalogue=catalogue, prepare=pictures.prepare)


def _open_source(
    source: str, query: str, documents: Documents, resources: Resources, tenant: str
) -> tuple[str, Catalogue, Beside | OnTheWeb]:
    """(name for messages, the rows the query means, where their pictures are looked for)"""
    if is_url(source):
        name, catalogue, place = read_web(with_query(source, query), documents)
        # A feed that was handed the words has searched by itself, by its own rules.
        return name, catalogue if asks_itself(source) else select(catalogue, query), place
    if source.startswith(uploads.PREFIX):
        name, data = _uploaded(source, resources, tenant)
        # Like one from the web it may not reach into this machine's files, and beside it there is nothing.
        return name, select(read_catalogue(data, name), query), OnTheWeb(url="")
    name, catalogue, beside = _open_path(source, resources.settings)
    return name, select(catalogue, query), beside


def _uploaded(source: str, resources: Resources, tenant: str) -> tuple[str, bytes]:
    """Name and content of an uploaded catalogue."""
    ident = uploads.upload_id(source)
    with resources.engine.connect() as connection:
        found = uploads.find(connection, tenant=tenant, ident=ident) if ident else None
    if found is None or found.sha256 is None:
        raise PermanentError("there is no such upload, or it is not complete", hint="Upload the file again.")
    if found.bytes > resources.settings.max_upload_bytes:
        raise PermanentError(f"the file is larger than {resources.settings.max_upload_bytes / 1e6:.0f} MB")
    return found.name, resources.blobs.get(found.sha256)


def _open_path(source: str, settings: Settings) -> tuple[str, Catalogue, Beside]:
    path_given = Path(source)
    try:
        if path_given.is_dir():
            return path_given.name or source, read_folder(_listing(path_given)), Beside(folder=path_given)
        data = _file(path_given, settings.max_upload_bytes)
    except (OSError, ValueError) as error:
        raise PermanentError(f"the catalogue cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return path_given.name, read_catalogue(data, path_given.name), Beside(folder=path_given.parent)


def _file(path: Path, most_bytes: int) -> bytes:
    if not path.is_file():
        raise PermanentError("there is no such file or folder", hint="Relative paths start where Scout was started.")
    if path.stat().st_size > most_bytes:
        raise PermanentError(f"the file is larger than the {most_bytes / 1e6:.0f} MB allowed for a catalogue")
    return path.read_bytes()


def _listing(folder: Path) -> Iterator[str]:
    """Files of the folder and of those in it, relative to it, with `/`."""
    number = 0
    for place, folders, files in os.walk(folder):
        relative = Path(place).relative_to(folder)
        if relative.parts:
            folders.clear()
        for file in files:
            number += 1
            if number > MOST_FILES:
                raise PermanentError(f"more than {MOST_FILES} files lie in the folder", hint="Give a CSV file.")
            yield (relative / file).as_posix()


def save(connection: Connection, unit: Unit, rows: tuple[Row, ...]) -> None:
    """Write the rows of one batch."""
    keyed = {"tenant": unit.tenant_id, "job": unit.job_id}
    if any(isinstance(row, CatalogueBegins) for row in rows):
        connection.execute(FORGET_PICTURES, keyed)
        connection.execute(FORGET_PRODUCTS, keyed)
    # Sorted: two jobs that write the same products wait for each other instead of deadlocking.
    products = sorted((row for row in rows if isinstance(row, ProductListed)), key=lambda row: row.id)
    if products:
        values = [{**keyed, "id": row.id, **vars(row.row), "extra": _json(row.row.extra)} for row in products]
        connection.execute(UPSERT_PRODUCT, values)
        connection.execute(LIST_PRODUCT, values)
    pictures = [row for row in rows if isinstance(row, ProductPicture)]
    if pictures:
        assets = sorted((row.prepared.asset for row in pictures), key=lambda asset: asset.sha256)
        keep_assets(connection, tenant=unit.tenant_id, job=unit.job_id, assets=assets)
        connection.execute(ADD_PICTURE, [{**keyed, **_picture(row)} for row in pictures])


def _picture(row: ProductPicture) -> dict[str, object]:
    warnings = [{"kind": kind, "message": message} for kind, message in row.prepared.warnings]
    return {
        "product_id": row.product_id,
        "position": row.position,
        "sha256": row.prepared.asset.sha256,
        "source": row.source,
        "width": row.prepared.width,
        "height": row.prepared.height,
        "warnings": _json(warnings),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
