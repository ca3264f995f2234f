"""Running one unit, in a worker process: claim, open, handle, commit each batch, and what follows from errors.

Work happens outside any transaction. The message may be acknowledged when this returns.
"""

import logging
import time
from collections.abc import Callable
from itertools import chain

from scout_contracts.codec import BadMessage, UnitRef, from_data
from scout_contracts.stages import BY_NAME
from scout_ocr.errors import BadDocument, EngineUnavailable
from scout_vision.errors import VisionError

from scout_common.db import UNREACHABLE
from scout_common.errors import LeaseLost, PermanentError
from scout_common.ledger.barrier import settle
from scout_common.ledger.claim import claim
from scout_common.ledger.commit import Patience, commit_batch, describe, fail
from scout_common.work import Batch, Resources, Service, Unit

log = logging.getLogger(__name__)

_PERMANENT = (PermanentError, VisionError, BadDocument, EngineUnavailable, BadMessage)


def run_unit(
    resources: Resources,
    service: Service,
    ref: UnitRef,
    *,
    claimed: Callable[[Unit], None] = lambda unit: None,
    stopped: Callable[[], bool] = lambda: False,
) -> str:
    """Do what a message asks for.

    claimed: told once the unit is ours, so that its lease is renewed; stopped: asked between batches.
    Returns `done`, `failed`, `again` (it is pending once more), `lost` (no longer ours) or `gone` (nothing to do)."""
    with resources.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        unit = claim(connection, ref, lease_s=resources.settings.lease_s)
    if unit is None:
        return "gone"
    claimed(unit)
    began, cpu = time.monotonic(), time.process_time()
    try:
        waiting = _work(resources, service, unit, stopped, cpu)
    except LeaseLost:
        return "lost"
    except Exception as error:
        return _failed(resources, unit, error, time.process_time() - cpu)
    settle(resources.engine, unit.job_id, unit.stage, unit.scope, waiting)
    log.debug("done", extra={"unit": f"{unit.stage} {unit.key}", "seconds": round(time.monotonic() - began, 3)})
    return "done"


def _work(resources: Resources, service: Service, unit: Unit, stopped: Callable[[], bool], cpu: float) -> set[str]:
    """Commit the batches one behind, so that the last one also ends the unit. Returns stages of waiting children."""
    event = from_data(BY_NAME[unit.stage].event, unit.payload)
    waiting: set[str] = set()
    with service.open(resources, unit) as inputs:
        held = Batch()
        for number, batch in enumerate(chain(service.handle(event, inputs), [None])):
            if stopped():
                raise LeaseLost(subject=f"{unit.stage} {unit.key}")
            last = batch is None
            if last or number:
                spent = time.process_time() - cpu
                commit_batch(resources.engine, unit, held, service.save, last=last, cpu_s=spent)
                waiting |= {child.stage for child in held.children if child.state == "waiting"}
            if batch is not None:
                held = batch
    return waiting


def _failed(resources: Resources, unit: Unit, error: Exception, cpu_s: float) -> str:
    permanent = isinstance(error, _PERMANENT)
    if not permanent:
        log.warning("attempt failed", extra={"unit": f"{unit.stage} {unit.key}"}, exc_info=error)
    try:
        patience = Patience.of(resources.settings)
        state = fail(resources.engine, unit, describe(error), patience, permanent=permanent, cpu_s=cpu_s)
        if state == "failed":
            settle(resources.engine, unit.job_id, unit.stage, unit.scope)
    except UNREACHABLE:  # the lease ends by itself, then the unit is tried again
        log.warning("the database is away", extra={"unit": f"{unit.stage} {unit.key}"})
        return "lost"
    return {"failed": "failed", "pending": "again"}.get(state or "", "lost")
