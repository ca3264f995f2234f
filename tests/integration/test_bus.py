"""Shared behaviour of every bus. MemoryBus passes it here; a bus on a broker passes the same cases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from scout_common.bus import Bus, Delivery, MemoryBus
from scout_common.errors import QueueFull, Unroutable

KEY = "products.images.ready.embedding"


async def take(stream: Any, count: int) -> list[Delivery]:
    """The next deliveries; they stay in our hands as long as the stream is open."""
    return [await asyncio.wait_for(anext(stream), 5) for _ in range(count)]


async def nothing(stream: Any) -> bool:
    """Whether nothing comes for a while."""
    try:
        await asyncio.wait_for(anext(stream), 0.1)
    except TimeoutError:
        return True
    return False


class BusCases:
    """A subclass gives a fixture `bus` that gives a message up after its second return."""

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
            assert (await asyncio.wait_for(third, 5)).body == b"2"
            await second.ack()

    async def test_consumers_compete(self, bus: Bus) -> None:
        await bus.declare(["embedding"])
        async with aclosing(bus.consume("embedding", 1)) as one, aclosing(bus.consume("embedding", 1)) as two:
            waiting = [asyncio.ensure_future(anext(one)), asyncio.ensure_future(anext(two))]
            await asyncio.sleep(0.05)
            for number in range(2):
                await bus.publish(KEY, b"%d" % number, message_id=str(number))
            got = await asyncio.wait_for(asyncio.gather(*waiting), 5)
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
            await asyncio.sleep(0.1)
            await bus.publish(KEY, b"1", message_id="1")
            await bus.publish("job.completed", b"2", message_id="2", mandatory=False)
            got = await asyncio.wait_for(asyncio.gather(*waiting), 5)
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


class TestMemoryBus(BusCases):
    @pytest.fixture
    async def bus(self) -> AsyncIterator[MemoryBus]:
        bus = MemoryBus(limit=3, delivery_limit=2)
        yield bus
        await bus.close()

    async def test_a_full_queue_refuses(self, bus: MemoryBus) -> None:
        await bus.declare(["embedding"])
        for number in range(3):
            await bus.publish(KEY, b"%d" % number, message_id=str(number))
        with pytest.raises(QueueFull):
            await bus.publish(KEY, b"3", message_id="3")

    async def test_a_slow_observer_loses_the_oldest(self, bus: MemoryBus) -> None:
        stream = bus.observe("job.*")
        first = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.01)
        for number in range(6):
            await bus.publish("job.progress", b"%d" % number, message_id="", mandatory=False)
        assert (await first).body == b"3"
        await stream.aclose()

    async def test_closing_ends_consumers(self, bus: MemoryBus) -> None:
        waiting = asyncio.ensure_future(anext(bus.consume("embedding", 1), None))
        await asyncio.sleep(0.01)
        await bus.close()
        assert await asyncio.wait_for(waiting, 5) is None
