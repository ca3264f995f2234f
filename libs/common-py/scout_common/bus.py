"""The bus carries work messages and observers' events; the truth is in the ledger. One interface, several buses.

Routing keys are CloudEvents types, for work with `.<stage>` at the end: each stage's queue takes `#.<stage>`, and
anybody may observe patterns such as `products.images.ready.#`.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from scout_common.errors import QueueFull, Unroutable


class Delivery(Protocol):
    """One message in our hands until it is acknowledged or rejected."""

    body: bytes
    routing_key: str
    message_id: str
    redelivered: int  # how often it was handed out before

    async def ack(self) -> None:
        """Done with it: the bus forgets it."""

    async def reject(self, *, requeue: bool) -> None:
        """Give it back, or give it up: it goes to the dead letters, as does one that came back too often."""


class Bus(Protocol):
    """Confirmed publishing, competing consumers per stage, observers, dead letters."""

    durable: bool  # whether messages survive this process

    async def declare(self, stages: Sequence[str]) -> None:
        """Make the queues of these stages; messages wait there for consumers."""

    async def publish(self, routing_key: str, body: bytes, *, message_id: str, mandatory: bool = True) -> None:
        """Publish; returns when the bus has taken responsibility.

        Raises Unroutable where mandatory and no queue takes it, QueueFull or BusUnavailable: publish again later."""

    def consume(self, stage: str, prefetch: int) -> AsyncGenerator[Delivery, None]:
        """Messages of a stage, at most `prefetch` in our hands at once; closing it gives unsettled ones back."""

    def observe(self, pattern: str) -> AsyncGenerator[Delivery, None]:
        """Copies of what is published from now on and matches (`*` one word, `#` any); the oldest may be lost."""

    def dead_letters(self) -> AsyncGenerator[Delivery, None]:
        """Messages that were given up."""

    async def close(self) -> None:
        """Let go of everything; waiting consumers end."""


def matches(pattern: str, routing_key: str) -> bool:
    """AMQP topic matching."""
    return _match(pattern.split("."), routing_key.split("."))


def _match(pattern: Sequence[str], words: Sequence[str]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_match(pattern[1:], words[skip:]) for skip in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and _match(pattern[1:], words[1:])


@dataclass(eq=False)
class _Queue:
    """Bounded, with a consumers' side that can put messages back in front."""

    limit: int
    messages: deque["MemoryDelivery"] = field(default_factory=deque)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    closed: bool = False

    async def put(self, delivery: "MemoryDelivery", *, front: bool = False) -> None:
        async with self.changed:
            (self.messages.appendleft if front else self.messages.append)(delivery)
            self.changed.notify_all()

    async def wake(self) -> None:
        async with self.changed:
            self.changed.notify_all()


@dataclass(eq=False)
class MemoryDelivery:
    """A message of the MemoryBus."""

    body: bytes
    routing_key: str
    message_id: str
    redelivered: int = 0
    queue: _Queue | None = None
    dead: _Queue | None = None
    delivery_limit: int = 5
    held: set["MemoryDelivery"] | None = None

    async def ack(self) -> None:
        await self._let_go()

    async def reject(self, *, requeue: bool) -> None:
        if not await self._let_go() or self.queue is None:
            return
        self.redelivered += 1
        if requeue and self.redelivered < self.delivery_limit:
            await self.queue.put(self, front=True)
        elif self.dead is not None:
            await self.dead.put(MemoryDelivery(self.body, self.routing_key, self.message_id, self.redelivered))

    async def _let_go(self) -> bool:
        """Whether it was in somebody's hands; a second answer to the same delivery does nothing."""
        if self.held is None or self not in self.held:
            return False
        self.held.discard(self)
        self.held = None
        if self.queue is not None:
            await self.queue.wake()
        return True


class MemoryBus:
    """Bounded queues in one event loop. Bodies are the same JSON bytes as on a broker."""

    durable = False

    def __init__(self, *, limit: int = 1000, delivery_limit: int = 5) -> None:
        """limit: messages a stage's queue takes; delivery_limit: how often one may come back before it is given up."""
        self.limit = limit
        self.delivery_limit = delivery_limit
        self._queues: dict[str, _Queue] = {}
        self._observers: list[tuple[str, _Queue]] = []
        self._dead = _Queue(limit)

    async def declare(self, stages: Sequence[str]) -> None:
        for stage in stages:
            self._queues.setdefault(stage, _Queue(self.limit))

    async def publish(self, routing_key: str, body: bytes, *, message_id: str, mandatory: bool = True) -> None:
        targets = [queue for stage, queue in self._queues.items() if matches(f"#.{stage}", routing_key)]
        if mandatory and not targets:
            raise Unroutable(subject=routing_key)
        if any(len(queue.messages) >= queue.limit for queue in targets):
            raise QueueFull(subject=routing_key)
        for queue in targets:
            delivery = MemoryDelivery(body, routing_key, message_id, 0, queue, self._dead, self.delivery_limit)
            await queue.put(delivery)
        for pattern, queue in self._observers:
            if matches(pattern, routing_key):
                if len(queue.messages) >= queue.limit:
                    queue.messages.popleft()  # an observer that does not keep up loses the oldest
                await queue.put(MemoryDelivery(body, routing_key, message_id))

    async def consume(self, stage: str, prefetch: int) -> AsyncGenerator[Delivery, None]:
        await self.declare([stage])
        queue, held = self._queues[stage], set[MemoryDelivery]()
        try:
            async with aclosing(self._take(queue, held, prefetch)) as deliveries:
                async for delivery in deliveries:
                    yield delivery
        finally:
            for delivery in list(held):
                await delivery.reject(requeue=True)

    async def observe(self, pattern: str) -> AsyncGenerator[Delivery, None]:
        entry = (pattern, _Queue(self.limit))
        self._observers.append(entry)
        try:
            async with aclosing(self._take(entry[1], set(), self.limit)) as deliveries:
                async for delivery in deliveries:
                    await delivery.ack()
                    yield delivery
        finally:
            self._observers.remove(entry)

    async def dead_letters(self) -> AsyncGenerator[Delivery, None]:
        async with aclosing(self._take(self._dead, set(), self.limit)) as deliveries:
            async for delivery in deliveries:
                yield delivery

    async def close(self) -> None:
        for queue in (*self._queues.values(), *(queue for _, queue in self._observers), self._dead):
            queue.closed = True
            await queue.wake()

    @staticmethod
    async def _take(queue: _Queue, held: set[MemoryDelivery], prefetch: int) -> AsyncGenerator[MemoryDelivery, None]:
        while True:
            async with queue.changed:
                await queue.changed.wait_for(lambda: queue.closed or (queue.messages and len(held) < prefetch))
                if queue.closed:
                    return
                delivery = queue.messages.popleft()
                held.add(delivery)
                delivery.held = held
            yield delivery
