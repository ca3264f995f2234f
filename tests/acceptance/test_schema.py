"""The whole API against its own OpenAPI document, by schemathesis: whatever is sent, no answer is a server error."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from scout_common.db import plain_url
from scout_common.reader_process import POOL, ReaderPool

from tests.hall import World, open_world
from tests.reading import TOY

JOB = "00000000-0000-4000-8000-000000000001"
HEADERS = {"Host": "localhost"}
EXAMPLES = 8
KNOWN = {"job": JOB, "task": JOB}
"""Of the hall's rows, so that not every answer is a 404; these jobs have ended, so their streams end."""

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@pytest.fixture(scope="module")
def world(postgres_url: str) -> Iterator[World]:
    """The hall's rows; files are read by a reader that takes everything, for here the HTTP side is meant."""
    database, folder = f"{postgres_url.rsplit('/', 1)[0]}/test_schema", Path(tempfile.mkdtemp(prefix="scout-schema-"))
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as connection:
        connection.execute("CREATE DATABASE test_schema TEMPLATE scout_template")
    pool = ReaderPool({}, 1, TOY)
    with open_world(database, folder, rows=True) as world:
        world.resources.memory[POOL] = pool
        yield world
    pool.close()
    shutil.rmtree(folder, ignore_errors=True)
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as connection:
        connection.execute("DROP DATABASE test_schema WITH (FORCE)")


def test_no_request_makes_a_server_error(world: World) -> None:
    document = schemathesis.openapi.from_asgi("/openapi.json", world.client.app, headers=HEADERS)
    broken: dict[str, str] = {}
    operations = [found.ok() for found in document.get_all_operations()]
    for operation in operations:
        _try(operation, broken)
    assert not broken, "\n\n".join(f"{name}: {told}" for name, told in broken.items())
    assert len(operations) >= 40


def _try(operation: Any, broken: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        for name in KNOWN.keys() & (case.path_parameters or {}).keys():
            case.path_parameters = {**case.path_parameters, name: KNOWN[name]}
        try:
            answer = case.call(headers=HEADERS)
        except Exception as error:  # a server would answer 500; the transport hands us what it would have logged
            told = f"{type(error).__name__}: {error}"
        else:
            told = answer.text if answer.status_code >= 500 else ""
        if told:
            broken[f"{operation.method.upper()} {operation.path}"] = f"{case.as_curl_command()}\n{told[:600]}"

    ask()
