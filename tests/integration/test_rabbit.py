"""What only a broker does: it goes away, comes back, and has an opinion about its queues."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import aclosing
from uuid import uuid4

import pytest
from scout_common.errors import BusUnavailable
from scout_common.rabbit import RabbitBus
from scout_common.rabbit_server import RabbitServer

KEY = "products.images.ready.embedding"


async def until(true: Callable[[], bool], patience_s: float = 60) -> None:
    async with asyncio.timeout(patience_s):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_no_confirmed_message_is_lost(rabbit: RabbitServer) -> None:
    """Published and consumed all the time while the broker is killed and started again."""
    bus = RabbitBus(rabbit.url, name="killed")
    await bus.declare(["embedding"])
    await asyncio.sleep(2)  # RabbitMQ 3.10 writes down a new quorum queue within a second
    confirmed, got, refused, numbers = set[str](), set[str](), 0, iter(range(1500))

    async def publish() -> None:
        nonlocal refused
        for number in numbers:
            while str(number) not in confirmed:
                try:
                    await bus.publish(KEY, b"x", message_id=str(number))
                    confirmed.add(str(number))
                except BusUnavailable:
                    refused += 1
                    await asyncio.sleep(0.2)

    async def consume() -> None:
        async with aclosing(bus.consume("embedding", 20)) as stream:
            async for delivery in stream:
                await asyncio.sleep(0.001)
                got.add(delivery.message_id)
                await delivery.ack()

    consuming = asyncio.create_task(consume())
    publishing = [asyncio.create_task(publish()) for _ in range(50)]
    await until(lambda: len(confirmed) >= 300)
    await asyncio.to_thread(rabbit.kill)
    assert len(got) < 1500
    await asyncio.to_thread(rabbit.start)
    await asyncio.gather(*publishing)
    await until(lambda: confirmed <= got)
    assert refused
    consuming.cancel()
    await asyncio.gather(consuming, return_exceptions=True)
    await bus.close()


async def test_it_is_told_at_once_and_without_the_password() -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*taken.getsockname())
        bus = RabbitBus(f"amqp://scout:secret@{address}/")
        async with asyncio.timeout(10):  # a connection that waits for a broker would take longer
            for _ in range(5):
                with pytest.raises(BusUnavailable) as caught:
                    await bus.publish(KEY, b"1", message_id="1")
        assert address in str(caught.value)
        assert "secret" not in str(caught.value)
        await bus.close()


async def test_a_queue_with_other_settings_is_told_with_what_to_do(broker_url: str) -> None:
    name = f"test-{uuid4().hex[:8]}"
    before, now = (RabbitBus(broker_url, name=name, limit=limit) for limit in (10, 20))
    await before.declare(["embedding"])
    with pytest.raises(BusUnavailable, match="delete it"):
        await now.declare(["embedding"])
    await before.publish(KEY, b"1", message_id="1")
    for bus in (before, now):
        await bus.close()
