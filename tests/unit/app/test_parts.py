"""What can be a process of its own."""

import pytest
from scout_app import bootstrap
from scout_app.cli_run import PartName
from scout_common.bus import MemoryBus
from scout_common.errors import BadRequest
from scout_common.rabbit import RabbitBus
from scout_common.settings import Settings

GIVEN = {"database_url": "postgresql://db/scout", "bus_url": "amqp://broker/"}


def test_every_service_can_be_run() -> None:
    assert {*bootstrap.SERVICES, "api", "keeper", "flows"} == {name.value for name in PartName}


@pytest.mark.parametrize("missing", ["database_url", "bus_url"])
def test_parts_share_a_database_and_a_broker(missing: str) -> None:
    settings = Settings(_env_file=None, **{**GIVEN, missing: ""})
    with pytest.raises(BadRequest, match=f"SCOUT_{missing.upper()}"):
        bootstrap.distributed(settings)


def test_what_serves_many_is_chosen_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    usual = bootstrap.distributed(Settings(_env_file=None, **GIVEN))
    assert (usual.stage_window, usual.drain_s, usual.pick_up_s) == (256, 60, 0)
    given = bootstrap.distributed(Settings(_env_file=None, **GIVEN, stage_window=7, drain_s=1, pick_up_s=3))
    assert (given.stage_window, given.drain_s, given.pick_up_s) == (7, 1, 3)


def test_the_keeper_leaves_jobs_to_prefect_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect:4200/api/")
    settings = bootstrap.distributed(Settings(_env_file=None, **GIVEN))
    assert settings.prefect_api_url == "http://prefect:4200/api"
    assert settings.pick_up_s == 10


async def test_the_bus_is_the_one_of_the_settings() -> None:
    assert isinstance(bootstrap.bus(Settings(_env_file=None)), MemoryBus)
    assert isinstance(bootstrap.bus(Settings(_env_file=None, **GIVEN)), RabbitBus)
