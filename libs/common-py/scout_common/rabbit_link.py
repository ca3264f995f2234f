"""One connection to RabbitMQ, made again when it is lost, with Scout's exchanges and queues laid out on it.

    <name>             topic exchange: everything is published here
    <name>.<stage>     quorum queue of a stage, bound to `#.<stage>`
    <name>.dead        topic exchange and quorum queue of what was given up

Quorum queues count how often a message came back (delivery-limit) and hand it to the dead letters at least once: it
leaves its queue when the dead letters have it. For that a full queue has to refuse, not to drop.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable

import aio_pika
import aiormq.exceptions
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from yarl import URL

from scout_common.errors import BusUnavailable

BROKEN = (aiormq.exceptions.AMQPError, OSError, RuntimeError, TimeoutError)
"""What the client raises while the broker is away, restarting, or refuses what we ask for."""

CONNECT_S = 5.0
ANSWER_S = 15.0
HEARTBEAT_S = 30
PAUSE_S = 1.0


class Link:
    """The connection and what it carries. Every method raises BusUnavailable while the broker is away."""

    def __init__(self, url: str, *, name: str, limit: int, delivery_limit: int) -> None:
        """limit: messages a stage's queue takes; delivery_limit: how often one may be handed out in all."""
        given = URL(url)
        self._url = given if "heartbeat" in given.query else given.update_query(heartbeat=HEARTBEAT_S)
        self.name = name
        self._limit = limit
        self._delivery_limit = delivery_limit
        self._stages: set[str] = set()
        self._connection: AbstractConnection | None = None
        self._publishing: AbstractChannel | None = None
        self._changing = asyncio.Lock()
        self._not_before = 0.0
        self.closed = asyncio.Event()

    @property
    def address(self) -> str:
        """Where the broker is, without the password."""
        return f"{self._url.host}:{self._url.port or 5672}"

    @property
    def up(self) -> bool:
        """Whether the broker is connected at this moment."""
        return self._connection is not None and self._connection.connected.is_set()

    def queue(self, stage: str) -> str:
        """Name of a stage's queue."""
        return f"{self.name}.{stage}"

    async def declare(self, stages: Iterable[str]) -> None:
        """Make the queues of these stages, here and after every loss of the connection."""
        new = set(stages) - self._stages
        async with self.told():
            if new:
                async with await (await self._connected()).channel() as channel:
                    await self._lay_out(channel, new)
                self._stages |= new
            await self._connected()

    async def channel(self) -> AbstractChannel:
        """A channel of the caller's own."""
        async with self.told():
            return await (await self._connected()).channel()

    async def publisher(self) -> AbstractExchange:
        """The exchange on a channel that confirms what it takes and raises for what nobody does."""
        async with self.told():
            connection = await self._connected()
            async with self._changing:
                if self._publishing is None or self._publishing.is_closed:
                    self._publishing = await connection.channel(publisher_confirms=True, on_return_raises=True)
                return await self._publishing.get_exchange(self.name, ensure=False)

    async def close(self) -> None:
        """Let go; nothing is connected again."""
        self.closed.set()
        async with self._changing:
            await self._let_go()

    async def _let_go(self) -> None:
        """End what is left of a connection."""
        if self._connection is not None:
            with contextlib.suppress(*BROKEN):
                await self._connection.close()
            self._connection = None

    async def _connected(self) -> AbstractConnection:
        async with self._changing:
            if self._connection is not None and self.up:
                return self._connection
            if self.closed.is_set():
                raise BusUnavailable("the bus was closed", subject=self.address)
            if time.monotonic() < self._not_before:  # others have just tried
                raise BusUnavailable("the message broker does not answer", subject=self.address)
            try:
                await self._let_go()
                self._connection = await self._connect()
            except BROKEN:
                self._not_before = time.monotonic() + PAUSE_S
                raise
            return self._connection

    async def _connect(self) -> AbstractConnection:
        connection = await aio_pika.connect(self._url, timeout=CONNECT_S)
        try:
            async with await connection.channel() as channel:
                await self._lay_out(channel, self._stages)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _lay_out(self, channel: AbstractChannel, stages: Iterable[str]) -> None:
        """Declaring again what is there changes nothing; a broker that lost its disk is furnished anew."""
        exchange = await channel.declare_exchange(self.name, aio_pika.ExchangeType.TOPIC, durable=True)
        dead = f"{self.name}.dead"
        dead_exchange = await channel.declare_exchange(dead, aio_pika.ExchangeType.TOPIC, durable=True)
        dead_queue = await channel.declare_queue(dead, durable=True, arguments={"x-queue-type": "quorum"})
        await dead_queue.bind(dead_exchange, "#")
        for stage in sorted(stages):
            queue = await channel.declare_queue(
                self.queue(stage),
                durable=True,
                arguments={
                    "x-queue-type": "quorum",
                    "x-delivery-limit": self._delivery_limit - 1,  # the broker counts returns, the first is free
                    "x-dead-letter-exchange": dead,
                    "x-dead-letter-strategy": "at-least-once",
                    "x-overflow": "reject-publish",
                    "x-max-length": self._limit,
                },
            )
            await queue.bind(exchange, f"#.{stage}")

    @contextlib.asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """Turn the client's words for a broker that is away, or does not answer in time, into BusUnavailable."""
        try:
            async with asyncio.timeout(ANSWER_S):
                yield
        except aiormq.exceptions.ChannelPreconditionFailed as error:
            hint = "a queue of that name has other settings: delete it (its units are published again), or use another"
            raise BusUnavailable(str(error), subject=self.address, hint=hint + " virtual host") from error
        except BROKEN as error:
            reason = str(error) or type(error).__name__
            raise BusUnavailable(f"the message broker does not answer: {reason}", subject=self.address) from error
        except asyncio.CancelledError as error:
            # The client cancels what waits on a lost connection; that is not our own task's cancellation.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise BusUnavailable("the connection was lost", subject=self.address) from error
