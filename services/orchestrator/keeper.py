"""The keeper: the only one that publishes work. Several may run; rows are taken FOR UPDATE SKIP LOCKED.

Woken by NOTIFY (and once a second in any case) it publishes pending units in turn over the jobs, a window per stage,
and looks after what can go wrong: ended leases, lost messages, dead letters, barriers nobody opened, jobs no flow
picked up. It is the transactional outbox: the unit row, written with its parent's results, is the outbox row.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from scout_common.bus import Bus
from scout_common.db import UNREACHABLE, plain_url, reason
from scout_common.errors import BusUnavailable, TransientError
from scout_common.ledger import dispatch
from scout_common.ledger.barrier import RUNNING, settle, settle_all
from scout_common.ledger.commit import Patience, describe, fail_dead_letter
from scout_common.ledger.control import fail_submitted
from scout_common.ledger.dispatch import Ready
from scout_common.ledger.events import tell_progress
from scout_common.settings import Settings
from scout_contracts.codec import BadMessage, UnitRef, encode, from_data
from scout_contracts.stages import BY_NAME
from sqlalchemy import Connection, Engine

log = logging.getLogger(__name__)

R = TypeVar("R")

SOURCE = "scout/orchestrator"
POLL_S = 1.0
BREATH_S = 0.01  # wake-ups closer than this are answered together
PROGRESS_S = 0.5
CONFIRM_S = 5.0


class Keeper:
    """Keeps jobs going. `run` until cancelled; any number of keepers may run on one database."""

    def __init__(self, engine: Engine, bus: Bus, settings: Settings, *, start: Callable[[str], object]) -> None:
        """start: inserts the root units of a submitted job (LedgerControl.pick_up)."""
        self._engine = engine
        self._bus = bus
        self._settings = settings
        self._start = start
        self._patience = Patience.of(settings)
        self._publisher = ThreadPoolExecutor(1, "publisher")
        self._woken = asyncio.Event()
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled."""
        await self._bus.declare(list(BY_NAME))
        async with self._bus_of_our_own(), asyncio.TaskGroup() as tasks:
            for step, pause in (
                (self._publish_woken, BREATH_S),
                (self._listen, POLL_S),
                (self._look_after, POLL_S),
                (self._tell, PROGRESS_S),
                (self._bury, 0.0),
            ):
                tasks.create_task(self._repeat(step, pause))

    @contextlib.asynccontextmanager
    async def _bus_of_our_own(self) -> AsyncIterator[None]:
        """What a bus carried that ended with its process is published again before anything else."""
        if self._bus.durable:
            yield
            return
        presence = dispatch.sole_bus(self._engine)
        if lost := await asyncio.to_thread(presence.__enter__):
            log.info("units of an earlier run go on", extra={"units": lost})
        try:
            yield
        finally:
            await asyncio.to_thread(presence.__exit__, None, None, None)

    async def _repeat(self, step: Callable[[], Awaitable[None]], pause: float) -> None:
        """Again and again; while the database or the bus is away, wait for it."""
        while True:
            try:
                await step()
                await asyncio.sleep(pause)
            except (*UNREACHABLE, psycopg.OperationalError, BusUnavailable) as error:
                log.warning("waiting: %s", reason(error))
                await asyncio.sleep(2)

    async def _publish_woken(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):  # not wait_for: in Python 3.11 that can swallow a cancellation
                await self._woken.wait()
        self._woken.clear()
        await self.publish()

    async def publish(self) -> int:
        """Publish what may be published now; returns how many units."""
        connection = await self._in_publisher(self._engine.connect)
        try:
            ready = await self._in_publisher(self._next, connection)
            sent, bad = await self._send(ready)
            await self._in_publisher(dispatch.mark_published, connection, sent)
            await self._in_publisher(connection.commit)
        finally:
            await self._in_publisher(connection.close)
        for ref, problem in bad:
            await self._fail(ref, {"kind": "bad message", "message": problem, "hint": "a fault of the program"})
        return len(sent)

    async def _in_publisher(self, call: Callable[..., R], *given: Any) -> R:
        """One thread, so that the steps of a cancelled publication still follow each other; and of its own, so that
        nobody who waits for the locked units can keep it from letting go of them."""
        return await asyncio.get_running_loop().run_in_executor(self._publisher, call, *given)

    def _next(self, connection: Connection) -> list[Ready]:
        workers = None if self._bus.durable else self._settings.workers
        free = dispatch.room(connection, self._settings.stage_window, workers)
        return dispatch.next_units(connection, free)

    async def _send(self, ready: Sequence[Ready]) -> tuple[list[UnitRef], list[tuple[UnitRef, str]]]:
        """Publish confirmed; returns what was sent and what can never be. What the bus refuses stays pending."""
        answers = await asyncio.gather(*(self._confirmed(unit) for unit in ready), return_exceptions=True)
        sent, bad = [], []
        for unit, answer in zip(ready, answers, strict=True):
            if answer is None:
                sent.append(unit.ref)
            elif isinstance(answer, BadMessage):
                bad.append((unit.ref, str(answer)))
            elif not isinstance(answer, BusUnavailable):
                raise answer
        return sent, bad

    async def _confirmed(self, unit: Ready) -> None:
        """The units are locked meanwhile, so a broker that does not answer is not waited for."""
        try:
            async with asyncio.timeout(CONFIRM_S):
                await self._send_one(unit)
        except TimeoutError:
            raise BusUnavailable("the message bus does not answer", subject=unit.ref.stage) from None

    async def _send_one(self, unit: Ready) -> None:
        stage, name = BY_NAME[unit.ref.stage], unit.ref.to_id()
        event = from_data(stage.event, unit.payload)
        body = encode(event, unit=unit.ref, id=name, source=SOURCE, time=datetime.now(UTC))
        await self._bus.publish(stage.routing_key, body, message_id=name)

    async def _listen(self) -> None:
        """Be woken by the ledger; after a lost connection everything may have changed."""
        url = plain_url(self._engine.url.render_as_string(hide_password=False))
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("LISTEN scout_work")
            self._wake()
            async for _ in connection.notifies():
                self._wake()

    def _wake(self) -> None:
        self._woken.set()
        self._changed.set()

    async def _look_after(self) -> None:
        """Everything that must happen even if the one who should have done it is gone."""
        for job_id in await asyncio.to_thread(
            dispatch.not_picked_up, self._engine, patience_s=self._settings.pick_up_s
        ):
            await asyncio.to_thread(self._begin, job_id)
        expired = await asyncio.to_thread(dispatch.requeue_expired, self._engine, self._patience)
        lost = 0
        if self._bus.durable:  # a bus in this very process loses nothing
            lost = await asyncio.to_thread(dispatch.requeue_lost, self._engine, lost_s=self._settings.lost_message_s)
        if expired or lost:
            log.warning("units were taken back", extra={"expired": expired, "lost": lost})
            self._wake()
        await asyncio.to_thread(settle_all, self._engine)

    def _begin(self, job_id: str) -> None:
        """What is wrong with one job ends that job, not the keeper of all."""
        try:
            self._start(job_id)
        except (*UNREACHABLE, TransientError) as error:
            log.warning("the job waits: %s", reason(error), extra={"job": job_id})
        except Exception as error:
            log.exception("the job cannot be started", extra={"job": job_id})
            fail_submitted(self._engine, job_id, describe(error))

    async def _tell(self) -> None:
        """Progress of running jobs, at most twice a second."""
        await self._changed.wait()
        self._changed.clear()
        await asyncio.to_thread(self._tell_running)

    def _tell_running(self) -> None:
        with self._engine.begin() as connection:
            for job_id in connection.execute(RUNNING).scalars().all():
                tell_progress(connection, job_id)

    async def _bury(self) -> None:
        """Fail the units of messages the bus gave up."""
        async with aclosing(self._bus.dead_letters()) as letters:
            async for letter in letters:
                try:
                    ref = UnitRef.from_id(letter.message_id)
                except BadMessage:
                    log.error("a dead letter names no unit", extra={"routing_key": letter.routing_key})
                else:
                    hint = "retry the job; if it fails again, its input breaks the program"
                    words = "the message was undecodable or came back too often"
                    await self._fail(ref, {"kind": "dead letter", "message": words, "hint": hint})
                await letter.ack()

    async def _fail(self, ref: UnitRef, error: dict[str, str]) -> None:
        scope = await asyncio.to_thread(fail_dead_letter, self._engine, ref, error)
        if scope is not None:
            await asyncio.to_thread(settle, self._engine, ref.job_id, ref.stage, scope)
