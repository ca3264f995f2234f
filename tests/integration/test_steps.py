"""Who follows a job: the steps of the flow and of `scout match`."""

from threading import Timer

import psycopg
from scout_common.db import plain_url
from scout_common.work import Resources

from flows import steps
from tests.integration.world import World


def test_a_database_that_restarts_is_waited_for(resources: Resources, postgres_url: str) -> None:
    world = World(resources)
    job = world.start()
    world.control.cancel(job)
    name = resources.settings.database_url.rsplit("/", 1)[1]

    def connections(allowed: str) -> None:
        with psycopg.connect(plain_url(postgres_url), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allowed}")

    resources.engine.dispose()
    connections("false")
    back = Timer(0.7, connections, ["true"])
    back.start()
    try:
        assert steps.wait_until_ended(resources.engine, job, lambda *_: None).state == "cancelled"
    finally:
        back.join()
