"""The service runner: takes messages from the bus, has worker processes do the units, keeps their leases.

A message is acknowledged after the unit's last commit. A worker that dies costs its own unit one attempt.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any

from scout_contracts.codec import BadMessage, UnitRef, decode
from sqlalchemy import Engine

from scout_common.bus import Bus, Delivery
from scout_common.db import UNREACHABLE, reason
from scout_common.ledger.barrier import settle
from scout_common.ledger.claim import Held, release, renew
from scout_common.ledger.commit import Patience, describe, fail
from scout_common.settings import Settings
from scout_common.worker_pool import Worker, WorkerDied, WorkerPool

log = logging.getLogger(__name__)

Told = Callable[[str, str, float], None]
"""Told of every unit that ended: its stage, how (as scout_common.unit_run says, or `crash`), after how many seconds."""


class Runner:
    """Does the work of some stages. `run` until cancelled or `stop`ped; then units at work may finish for a while."""

    def __init__(
        self,
        *,
        bus: Bus,
        engine: Engine,
        settings: Settings,
        stages: Sequence[str],
        bootstrap: str,
        told: Told = lambda stage, ended, seconds: None,
    ) -> None:
        """bootstrap: dotted `module:function` that a worker process calls with the settings (scout_common.worker)."""
        self._bus = bus
        self._engine = engine
        self._settings = settings
        self._stages = stages
        self._told = told
        self.pool = WorkerPool(bootstrap, settings)
        self._held: dict[Held, Worker] = {}
        self._left: set[Held] = set()  # no longer ours, their workers were asked to stop
        self._units: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled or stopped."""
        await self._bus.declare(self._stages)
        try:
            await self.pool.start()
            await self._work()
        finally:
            await self._drain()

    async def _work(self) -> None:
        tasks: list[asyncio.Task[Any]] = [asyncio.create_task(self._consume(stage)) for stage in self._stages]
        tasks += [asyncio.create_task(self._keep_leases()), asyncio.create_task(self._stopping.wait())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        """Take nothing new, let what runs end, then return from `run`."""
        self._stopping.set()

    async def _consume(self, stage: str) -> None:
        async with aclosing(self._bus.consume(stage, self._settings.workers)) as deliveries:
            async for delivery in deliveries:
                try:
                    ref = decode(delivery.body).unit
                    if ref is None or ref.stage != stage:
                        raise BadMessage("a work message has to name a unit of its stage")
                except BadMessage as error:
                    log.error("undecodable message", extra={"stage": stage, "error": str(error)})
                    await delivery.reject(requeue=False)
                    continue
                worker = await self.pool.take()
                task = asyncio.create_task(self._run(worker, ref, delivery))
                self._units.add(task)
                task.add_done_callback(self._units.discard)

    async def _run(self, worker: Worker, ref: UnitRef, delivery: Delivery) -> None:
        held: Held | None = None

        def claimed(fence: int, scope: str) -> None:
            nonlocal held
            held = Held(job_id=ref.job_id, stage=ref.stage, key=ref.key, scope=scope, fence=fence)
            self._held[held] = worker

        dead, ended, began = True, "crash", time.monotonic()
        try:
            ended = await worker.run(ref, claimed, timeout_s=self._settings.unit_timeout_s)
            dead = False
            await delivery.ack()
        except WorkerDied as error:
            await self._crashed(held, error, delivery)
        finally:
            if held is not None:
                self._held.pop(held, None)
                self._left.discard(held)
            await self.pool.give_back(worker, dead=dead)
            self._told(ref.stage, ended, time.monotonic() - began)

    @property
    def at_work(self) -> int:
        """Units in our hands."""
        return len(self._units)

    async def _crashed(self, held: Held | None, error: WorkerDied, delivery: Delivery) -> None:
        """The unit its worker died over is tried again, up to the limit of attempts."""
        if held is None:  # not even claimed: the message goes to another worker
            await delivery.reject(requeue=True)
            return
        if held not in self._left:
            log.warning("%s", error.message, extra={"unit": f"{held.stage} {held.key}"})
            told = describe(error) | {"kind": "crash"}
            with contextlib.suppress(*UNREACHABLE):  # then its lease ends by itself
                await asyncio.to_thread(self._fail, held, told)
        await delivery.ack()

    def _fail(self, held: Held, error: dict[str, str]) -> None:
        if fail(self._engine, held, error, Patience.of(self._settings), permanent=False) == "failed":
            settle(self._engine, held.job_id, held.stage, held.scope)

    async def _keep_leases(self) -> None:
        """Prolong leases well before they end; tell workers whose unit was cancelled or taken over."""
        while True:
            await asyncio.sleep(min(self._settings.lease_s / 3, 5.0))
            if not (held := dict(self._held)):
                continue
            try:
                lost = await asyncio.to_thread(renew, self._engine, list(held), lease_s=self._settings.lease_s)
            except UNREACHABLE as error:
                log.warning("leases cannot be prolonged: %s", reason(error))
                continue
            for unit in lost:
                if self._held.get(unit) is held[unit]:
                    self._leave(unit)

    def _leave(self, unit: Held) -> None:
        """Its worker stops after the present batch; one that does not reach the end of a batch soon is ended."""
        worker = self._held[unit]
        if unit in self._left:
            return
        self._left.add(unit)
        worker.ask_to_stop()

        def end() -> None:
            if self._held.get(unit) is worker:
                worker.kill()

        asyncio.get_running_loop().call_later(10, end)

    async def _drain(self) -> None:
        """Let units at work end for a while; give the others back as if they had not been taken."""
        if self._units:
            await asyncio.wait(self._units, timeout=self._settings.drain_s)
        for unit in list(self._held):
            self._left.add(unit)
            with contextlib.suppress(*UNREACHABLE):
                await asyncio.to_thread(release, self._engine, unit)
        await self.pool.close()
        await asyncio.gather(*self._units, return_exceptions=True)
