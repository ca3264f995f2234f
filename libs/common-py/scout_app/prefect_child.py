"""The local Prefect: its server with the UI, and the runner that serves our deployment, as two child processes.

A job never depends on them: the keeper starts what no flow run has picked up. So everything here may be late or fail.
"""

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path

from scout_common.errors import ScoutError
from scout_common.settings import Settings

from scout_app.children import Children
from scout_app.prefect_api import start_flow

SERVER, RUNNER = NAMES = ("prefect-server", "prefect-runner")


def environment(data_dir: Path, port: int) -> dict[str, str]:
    """Settings of the server, the runner and its flow runs: quiet, offline, nothing outside the data folder."""
    api = f"http://127.0.0.1:{port}/api"
    return {
        "PREFECT_HOME": str(data_dir.resolve() / "prefect"),
        "PREFECT_API_URL": api,
        "PREFECT_UI_API_URL": api,  # the UI is built for port 4200 and has to be told of another one, under both names
        "PREFECT_SERVER_UI_API_URL": api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",  # a run waits 1 s for its start, not 10
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    }


def flow_environment(settings: Settings, api_url: str) -> dict[str, str]:
    """What the process that serves the flow, and the flow runs it starts, have to know of a Prefect elsewhere."""
    return {
        "PREFECT_HOME": str(settings.data_dir.resolve() / "prefect"),
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        **_for_flows(settings),
    }


def _for_flows(settings: Settings) -> dict[str, str]:
    return {
        "SCOUT_DATABASE_URL": settings.database_url,
        "SCOUT_DATA_DIR": str(settings.data_dir.resolve()),
        "SCOUT_PUBLIC_URL": settings.public_url,
    }


@dataclass(frozen=True)
class Prefect:
    """Prefect as this `scout up` has it: a local one in child processes, one elsewhere, or none."""

    api_url: str | None
    children: Children | None = None  # None: not ours
    port: int = 0

    def serve_flow(self, settings: Settings) -> None:
        """Start the process that serves the deployment and starts a process per flow run."""
        if self.children is None:
            return
        given = environment(settings.data_dir, self.port) | _for_flows(settings)
        self.children.start(RUNNER, ["scout_app.flow_server"], given)

    def start_flow(self, job_id: str, title: str) -> str | None:
        """Start the job's flow run and return its id; None where there is no Prefect."""
        return start_flow(self.api_url, job_id, title) if self.api_url else None

    @property
    def local(self) -> bool:
        """Whether its flow runs end with us."""
        return self.children is not None

    @property
    def page(self) -> str | None:
        """Where Prefect's pages are."""
        return self.api_url.removesuffix("/api") if self.api_url else None


def start(children: Children, settings: Settings) -> Prefect:
    """The Prefect of the settings, or a local server, started without waiting for it (it takes 5 to 10 s)."""
    if settings.prefect_api_url:
        return Prefect(settings.prefect_api_url.rstrip("/"))
    port = free_port(settings.prefect_port)
    # The application by uvicorn: `prefect server start` would be one more process of 100 MB that only waits.
    program = ["uvicorn", "--factory", "scout_app.prefect_server:create_app"]
    options = f"--host 127.0.0.1 --port {port} --log-level warning --timeout-graceful-shutdown 1".split()
    children.start(SERVER, [*program, *options], environment(settings.data_dir, port))
    return Prefect(f"http://127.0.0.1:{port}/api", children, port)


def free_port(wanted: int) -> int:
    """The wanted port, or any free one where it is taken: nobody has to write down where Prefect's pages are."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise ScoutError("no free port on 127.0.0.1")
