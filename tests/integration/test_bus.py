"""Shared behaviour of every bus: the one in memory and the one on a real RabbitMQ pass the same cases."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import pytest
from scout_common.bus import Bus, Delivery, MemoryBus
from scout_common.errors import BusUnavailable, QueueFull, Unroutable
from scout_common.rabbit import RabbitBus

KEY = "products.images.ready.embedding"


async def take(stream: Any, count: int) -> list[Delivery]:
    """The next deliveries; they stay in our hands as long as the stream is open."""
    return [await asyncio.wait_for(anext(stream), 30) for _ in range(count)]


async def nothing(stream: Any) -> bool:
    """Whether nothing comes for a while."""
    try:
        await asyncio.wait_for(anext(stream), 0.3)
    except TimeoutError:
        return True
    return False


@pytest.fixture(params=["memory", "rabbitmq"])
def make_bus(request: pytest.FixtureRequest) -> Callable[[], Bus]:
    """A bus whose queues take three messages and give one up after its second return."""
    if request.param == "memory":
        return lambda: MemoryBus(limit=3, delivery_limit=2)
    url = request.getfixturevalue("broker_url")
    # Names of its own: a broker given by AMQP_URL keeps what earlier tests left.
    return lambda: RabbitBus(url, name=f"test-{uuid4().hex[:8]}", limit=3, delivery_limit=2)


@pytest.fixture
async def bus(make_bus: Callable[[], Bus]) -> AsyncIterator[Bus]:
    bus = make_bus()
    yield bus
    await bus.close()


class TestEveryBus:
    async def test_messages_wait_for_their_consumer_in_order(self, bus: Bus) -> None:
        await bus.declare(["embedding", "keypoint_product"])
        for number in range(3):
            await bus.publish(KEY, b"%d" % number, message_id=str(number))
        async with aclosing(bus.consume("embedding", 10)) as stream:
            got = await take(stream, 3)
            assert [delivery.body for delivery in got] == [b"0", b"1", b"2"]
            assert [delivery.message_id for delivery in got] == ["0", "1", "2"]
            assert got[0].routing_key == KEY
            assert got[0].redelivered == 0
            for delivery in got:
                await delivery.ack()

    async def test_a_stage_gets_only_its_own(self, bus: Bus) -> None:
        await bus.declare(["keypoint", "keypoint_product"])
        await bus.publish("products.images.ready.keypoint_product", b"1", message_id="1")
        async with aclosing(bus.consume("keypoint", 1)) as stream:
            assert await nothing(stream)

    async def test_prefetch_bounds_what_is_in_our_hands(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        for number in range(3):
            await bus.publish(KEY, b"%d" % number, message_id=str(number))
        async with aclosing(bus.consume("embedding", 2)) as stream:
            first, second = await take(stream, 2)
            third = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0.1)
            assert not third.done()
            await first.ack()
            assert (await asyncio.wait_for(third, 30)).body == b"2"
            await second.ack()

    async def test_consumers_compete(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        async with aclosing(bus.consume("embedding", 1)) as one, aclosing(bus.consume("embedding", 1)) as two:
            waiting = [asyncio.ensure_future(anext(one)), asyncio.ensure_future(anext(two))]
            await asyncio.sleep(0.05)
            for number in range(2):
                await bus.publish(KEY, b"%d" % number, message_id=str(number))
            got = await asyncio.wait_for(asyncio.gather(*waiting), 30)
            assert sorted(delivery.body for delivery in got) == [b"0", b"1"]

    async def test_a_returned_message_comes_again(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        await bus.publish(KEY, b"1", message_id="1")
        async with aclosing(bus.consume("embedding", 1)) as stream:
            (first,) = await take(stream, 1)
            await first.reject(requeue=True)
            (again,) = await take(stream, 1)
            assert again.body == b"1"
            assert again.redelivered == 1
            await again.ack()
            assert await nothing(stream)

    async def test_what_a_gone_consumer_held_comes_again(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        await bus.publish(KEY, b"1", message_id="1")
        async with aclosing(bus.consume("embedding", 5)) as stream:
            await take(stream, 1)
        async with aclosing(bus.consume("embedding", 5)) as stream:
            (again,) = await take(stream, 1)
            assert again.redelivered == 1

    async def test_dead_letters(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        await bus.publish(KEY, b"bad", message_id="bad")
        await bus.publish(KEY, b"loop", message_id="loop")
        async with aclosing(bus.consume("embedding", 1)) as stream, aclosing(bus.dead_letters()) as dead:
            (bad,) = await take(stream, 1)
            await bad.reject(requeue=False)
            for _ in range(2):
                (loop,) = await take(stream, 1)
                await loop.reject(requeue=True)
            letters = await take(dead, 2)
            assert [(letter.message_id, letter.body) for letter in letters] == [("bad", b"bad"), ("loop", b"loop")]
            assert letters[0].routing_key == KEY
            assert await nothing(stream)

    async def test_work_nobody_takes_is_refused(self, bus: Bus) -> None:
        with pytest.raises(Unroutable):
            await bus.publish("products.images.ready.unheard", b"1", message_id="1")
        await bus.publish("job.completed", b"1", message_id="1", mandatory=False)

    async def test_observers_get_copies(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        async with aclosing(bus.observe("products.images.ready.#")) as seen, aclosing(bus.observe("job.*")) as jobs:
            waiting = [asyncio.ensure_future(anext(seen)), asyncio.ensure_future(anext(jobs))]
            while not waiting[1].done():
                await bus.publish("job.completed", b"2", message_id="2", mandatory=False)
                await asyncio.sleep(0.05)
            await bus.publish(KEY, b"1", message_id="1")
            got = await asyncio.wait_for(asyncio.gather(*waiting), 30)
            assert [delivery.body for delivery in got] == [b"1", b"2"]
        async with aclosing(bus.consume("embedding", 1)) as stream:
            assert (await take(stream, 1))[0].body == b"1"

    async def test_answering_twice_does_nothing(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        await bus.publish(KEY, b"1", message_id="1")
        async with aclosing(bus.consume("embedding", 1)) as stream:
            (delivery,) = await take(stream, 1)
            await delivery.ack()
            await delivery.ack()
            await delivery.reject(requeue=True)
            assert await nothing(stream)

    async def test_a_full_queue_refuses_and_takes_again(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        with pytest.raises(QueueFull):
            await flood(bus)
        async with aclosing(bus.consume("embedding", 10)) as stream:
            for delivery in await take(stream, 3):
                await delivery.ack()
            async with asyncio.timeout(30):
                await until_taken(lambda: bus.publish(KEY, b"again", message_id="again"))

    async def test_a_long_id_arrives_whole(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        name = "/halls/é" * 200  # the path of a medium is part of its unit's name
        await bus.publish(KEY, b"1", message_id=name)
        async with aclosing(bus.consume("embedding", 1)) as stream:
            (delivery,) = await take(stream, 1)
            assert delivery.message_id == name

    async def test_many_at_once_all_arrive(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        got: set[str] = set()

        async def consume() -> None:
            async with aclosing(bus.consume("embedding", 3)) as stream:
                async for delivery in stream:
                    got.add(delivery.message_id)
                    await delivery.ack()
                    if len(got) == 300:
                        return

        async def publish(number: int) -> None:
            await until_taken(lambda: bus.publish(KEY, b"x", message_id=str(number)))

        async with asyncio.timeout(90), asyncio.TaskGroup() as tasks:
            tasks.create_task(consume())
            for number in range(300):
                tasks.create_task(publish(number))
        assert got == {str(number) for number in range(300)}

    async def test_closing_ends_consumers(self, bus: Bus) -> None:
        waiting = asyncio.ensure_future(anext(bus.consume("embedding", 1), None))
        await asyncio.sleep(0.3)
        await bus.close()
        assert await asyncio.wait_for(waiting, 30) is None


async def flood(bus: Bus) -> None:
    """More than the queue takes; a broker may take a few more than its limit."""
    for number in range(10):
        await bus.publish(KEY, b"%d" % number, message_id=str(number))


async def until_taken(publish: Callable[[], Any]) -> None:
    """Publish, again and again while the bus refuses."""
    while True:
        try:
            return await publish()
        except BusUnavailable:
            await asyncio.sleep(0.02)


class TestMemoryBus:
    async def test_a_slow_observer_loses_the_oldest(self) -> None:
        bus = MemoryBus(limit=3)
        stream = bus.observe("job.*")
        first = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.01)
        for number in range(6):
            await bus.publish("job.progress", b"%d" % number, message_id="", mandatory=False)
        assert (await first).body == b"3"
        await stream.aclose()
