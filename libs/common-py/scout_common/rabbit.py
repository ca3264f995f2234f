"""The bus on RabbitMQ: the same interface as MemoryBus, between any number of processes and machines."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import aio_pika
import aiormq.exceptions
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue, FieldValue

from scout_common.bus import Delivery
from scout_common.errors import BusUnavailable, QueueFull, Unroutable
from scout_common.rabbit_link import BROKEN, Link

log = logging.getLogger(__name__)

WINDOW = 100  # unconfirmed publications: 5,500 a second; one at a time it would be 500
OBSERVED = 1000  # messages kept for an observer that does not keep up
RECONNECT_S = (0.2, 5.0)
ID = "scout-id"  # a header: AMQP's own message id takes 255 bytes, and a unit's key may be a long path

OpenQueue = Callable[[AbstractChannel], Awaitable[AbstractQueue]]


@dataclass(eq=False)
class RabbitDelivery:
    """A message of RabbitMQ. Answers to one whose connection was lost do nothing: the broker hands it out again."""

    message: AbstractIncomingMessage
    body: bytes
    routing_key: str
    message_id: str
    redelivered: int

    @staticmethod
    def of(message: AbstractIncomingMessage) -> "RabbitDelivery":
        returned = message.headers.get("x-delivery-count", 1 if message.redelivered else 0)
        return RabbitDelivery(
            message=message,
            body=message.body,
            routing_key=message.routing_key or "",
            message_id=str(message.headers.get(ID, "")),
            redelivered=int(str(returned)),
        )

    async def ack(self) -> None:
        if not self.message.processed:
            with contextlib.suppress(*BROKEN):
                await self.message.ack()

    async def reject(self, *, requeue: bool) -> None:
        if not self.message.processed:
            with contextlib.suppress(*BROKEN):
                await self.message.reject(requeue=requeue)


class RabbitBus:
    """Consumers outlive the broker: they wait for it and go on. Publishers are told by BusUnavailable."""

    durable = True

    def __init__(self, url: str, *, name: str = "scout", limit: int = 100_000, delivery_limit: int = 20) -> None:
        """url: amqp(s)://user:password@host:port/vhost; name: prefix of exchanges and queues; limit: messages a
        stage's queue takes; delivery_limit: how often one may be handed out before it is given up."""
        self._link = Link(url, name=name, limit=limit, delivery_limit=delivery_limit)
        self._window = asyncio.Semaphore(WINDOW)

    @property
    def up(self) -> bool:
        """Whether the broker is connected at this moment."""
        return self._link.up

    async def declare(self, stages: Sequence[str]) -> None:
        await self._link.declare(stages)

    async def publish(self, routing_key: str, body: bytes, *, message_id: str, mandatory: bool = True) -> None:
        message = aio_pika.Message(
            body,
            content_type="application/cloudevents+json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=hashlib.sha256(message_id.encode()).hexdigest(),  # by it the client finds what was returned
            headers={ID: message_id},
        )
        async with self._window:
            exchange = await self._link.publisher()
            try:
                async with self._link.told():
                    await exchange.publish(message, routing_key, mandatory=mandatory)
            except BusUnavailable as error:
                raise _refused(error, routing_key) from error.__cause__

    async def consume(self, stage: str, prefetch: int) -> AsyncGenerator[Delivery, None]:
        async def open_queue(channel: AbstractChannel) -> AbstractQueue:
            await self._link.declare([stage])
            return await channel.get_queue(self._link.queue(stage), ensure=False)

        async with aclosing(self._deliveries(open_queue, prefetch)) as deliveries:
            async for delivery in deliveries:
                yield delivery

    async def observe(self, pattern: str) -> AsyncGenerator[Delivery, None]:
        async def open_queue(channel: AbstractChannel) -> AbstractQueue:
            oldest_first: dict[str, FieldValue] = {"x-max-length": OBSERVED, "x-overflow": "drop-head"}
            queue = await channel.declare_queue(exclusive=True, auto_delete=True, arguments=oldest_first)
            await queue.bind(self._link.name, pattern)
            return queue

        async with aclosing(self._deliveries(open_queue, WINDOW)) as deliveries:
            async for delivery in deliveries:
                await delivery.ack()
                yield delivery

    async def dead_letters(self) -> AsyncGenerator[Delivery, None]:
        async def open_queue(channel: AbstractChannel) -> AbstractQueue:
            return await channel.get_queue(self._link.queue("dead"), ensure=False)

        async with aclosing(self._deliveries(open_queue, WINDOW)) as deliveries:
            async for delivery in deliveries:
                yield delivery

    async def close(self) -> None:
        await self._link.close()

    async def _deliveries(self, open_queue: OpenQueue, prefetch: int) -> AsyncGenerator[RabbitDelivery, None]:
        """Messages of a queue until the bus is closed, over as many connections as it takes."""
        pause = RECONNECT_S[0]
        while not self._link.closed.is_set():
            inbox: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
            channel: AbstractChannel | None = None
            try:
                channel = await self._link.channel()
                await self._subscribe(channel, open_queue, prefetch, inbox)
                pause = RECONNECT_S[0]
                while (message := await inbox.get()) is not None:
                    yield RabbitDelivery.of(message)
            except BusUnavailable as error:
                if not self._link.closed.is_set():
                    log.warning("waiting for the message broker: %s", error)
                await self._rest(pause)
                pause = min(2 * pause, RECONNECT_S[1])
            finally:
                if channel is not None:
                    with contextlib.suppress(*BROKEN):
                        await channel.close()  # what was not answered goes back to its queue

    async def _subscribe(
        self,
        channel: AbstractChannel,
        open_queue: OpenQueue,
        prefetch: int,
        inbox: "asyncio.Queue[AbstractIncomingMessage | None]",
    ) -> None:
        """Let messages come into the inbox; None is the last: the channel, or the queue, is gone."""

        async def come(message: AbstractIncomingMessage) -> None:
            inbox.put_nowait(message)

        def end(*_: object) -> None:
            inbox.put_nowait(None)

        async with self._link.told():
            channel.close_callbacks.add(end)
            (await channel.get_underlay_channel()).on_consumer_cancel_callbacks.add(end)
            await channel.set_qos(prefetch_count=prefetch)
            await (await open_queue(channel)).consume(come)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._link.closed.wait()


def _refused(error: BusUnavailable, routing_key: str) -> BusUnavailable:
    """What kind of refusal it was: the broker's answer to this message, or no answer."""
    if isinstance(error.__cause__, aiormq.exceptions.PublishError):
        return Unroutable(subject=routing_key)
    if isinstance(error.__cause__, aiormq.exceptions.DeliveryError):
        return QueueFull(subject=routing_key)
    return error
