"""What tests of reading share: pictures with known words, and the API over a database with a reader of one's choice."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from PIL import Image, ImageDraw, ImageFont
from scout_app.bootstrap import open_resources
from scout_app.http import create_app
from scout_common.db import make_engine
from scout_common.reader_process import POOL, ReaderPool
from scout_common.settings import Settings
from scout_common.work import Resources
from sqlalchemy import Engine, text

from services.notify.main import SERVICE as NOTIFY
from services.ocr.main import SERVICE as OCR
from services.orchestrator.main import LedgerControl
from tests.integration.world import World

TOY = "tests.unit.common.toy_reading:begin"
LABEL = ("Choco Krave", "Net 375 g", "EUR 3.49", "Best before 12.03.2027", "Batch LA7112")


def drawn(*lines: str, size: tuple[int, int] = (480, 320), format: str = "PNG") -> bytes:
    """A picture with these lines in black on white."""
    image = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(28)
    for number, line in enumerate(lines):
        pen.text((20, 15 + number * 58), line, fill="black", font=font)
    stream = io.BytesIO()
    image.save(stream, format)
    return stream.getvalue()


def all_rows(engine: Engine) -> str:
    """Every row of every table, as text."""
    tables = text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    with engine.connect() as connection:
        named = connection.execute(tables).scalars().all()
        return "".join(
            row for name in named for row in connection.execute(text(f"SELECT t::text FROM {name} t")).scalars()
        )


class Replica:
    """One process of the API, and a worker beside it that does what a test lets it do."""

    def __init__(self, client: TestClient, resources: Resources) -> None:
        self.client, self.resources = client, resources
        self.world = World(resources, services={stage: one for one in (OCR, NOTIFY) for stage in one.stages})

    def post(self, path: str, files: Any = None, **more: Any) -> Any:
        return self.client.post(f"/api/v1/ocr/{path}", files=files, **more)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/ocr/{path}", params=query)

    def count(self, table: str) -> int:
        return int(self.world.ask(f"SELECT count(*) FROM {table}"))


@contextmanager
def replica(database: str, folder: Path, pool: ReaderPool, **settings: Any) -> Iterator[Replica]:
    """The whole API on a database, reading with that pool."""
    given = Settings(_env_file=None, data_dir=folder, database_url=database, backoff_s=0.01, **settings)
    resources = open_resources(given, make_engine(database, name="scout-test"))
    resources.memory[POOL] = pool
    app = create_app(resources, LedgerControl(resources.engine, given))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield Replica(client, resources)
    resources.engine.dispose()
