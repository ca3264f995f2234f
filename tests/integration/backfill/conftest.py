"""Where backfills of these tests work: a database without the rows of others, and a folder of files."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from scout_common.blobs import LocalBlobs
from scout_common.db import make_engine, plain_url
from scout_common.settings import Settings
from scout_common.work import Resources
from sqlalchemy import text


@pytest.fixture(scope="package")
def own_database(postgres_url: str) -> str:
    """One database for these tests: a new one for each test costs a second."""
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as connection:
        connection.execute("CREATE DATABASE test_backfill TEMPLATE scout_template")
    return f"{postgres_url.rsplit('/', 1)[0]}/test_backfill"


@pytest.fixture
def resources(own_database: str, tmp_path: Path) -> Iterator[Resources]:
    """What a worker has open, without the rows of others."""
    engine = make_engine(own_database)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE backfill, reading, review_item, observed_value, asset, data_key CASCADE"))
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", database_url=own_database)
    yield Resources(settings=settings, engine=engine, blobs=LocalBlobs(settings.data_dir), scratch=tmp_path)
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files to read; and a video, a hidden one, an empty one, a result and a link that leads out."""
    root = tmp_path / "in"
    for name in ("a/1.png", "a/2.pdf", "b/3.png", "4.mp4", ".hidden.png", "a/empty.png", "5.png.reading.json"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("" if "empty" in name else f"sure {name}")
    (root / "link.png").symlink_to("/etc/passwd")
    return root
