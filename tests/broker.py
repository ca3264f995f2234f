"""A real RabbitMQ for tests: of AMQP_URL, else a container, else the machine's own program in a process of ours."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from docker.errors import DockerException
from scout_common.rabbit_server import BrokerNotStarted, RabbitServer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

IMAGE = "rabbitmq:4.1"
MISSING = "no RabbitMQ: AMQP_URL names none, no Docker engine answers, and it is not installed (scripts/broker.sh)"


@contextmanager
def broker(own: Callable[[], RabbitServer]) -> Iterator[str]:
    """Its URL. own: starts a server of ours. Skips the test where there is none, and fails it in CI."""
    if given := os.environ.get("AMQP_URL"):
        yield given
        return
    try:
        container = _container()
    except DockerException:
        yield own().url
        return
    try:
        yield f"amqp://scout:scout@{container.get_container_host_ip()}:{container.get_exposed_port(5672)}/"
    finally:
        container.stop()


@contextmanager
def native() -> Iterator[RabbitServer]:
    """A server of our own, which may be killed and started again."""
    try:
        server = RabbitServer()
    except BrokerNotStarted:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _container() -> DockerContainer:
    started = LogMessageWaitStrategy("Server startup complete")
    container = (
        DockerContainer(IMAGE).with_env("RABBITMQ_DEFAULT_USER", "scout").with_env("RABBITMQ_DEFAULT_PASS", "scout")
    )
    return container.with_exposed_ports(5672).waiting_for(started).start()
