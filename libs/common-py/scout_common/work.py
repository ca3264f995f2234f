"""What a handler sees and says: a unit of work, the batches it yields, the children it asks for.

Value classes only; the ledger writes them, the service runner moves them.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scout_contracts.events import Event
from sqlalchemy import Connection, Engine

from scout_common.blobs import BlobStore
from scout_common.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One claimed row of the ledger."""

    job_id: str
    tenant_id: str
    stage: str
    key: str
    scope: str
    generation: int
    payload: dict[str, Any]
    attempt: int
    fence: int


@dataclass(frozen=True, kw_only=True)
class Child:
    """A unit to insert with its parent's results; `key` is deterministic, so a duplicate meets the primary key."""

    stage: str
    key: str
    event: Event
    scope: str | None = None  # None: the parent's
    state: str = "pending"  # "waiting" where a barrier opens it
    blocking: bool = True


@dataclass(frozen=True, kw_only=True)
class Issue:
    """Something wrong with the input that costs only itself; shown with the job."""

    severity: str  # warning | error
    subject: str
    message: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a handler has finished so far: rows (the service's own value classes), children, issues."""

    rows: tuple[Any, ...] = ()
    children: tuple[Child, ...] = ()
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a worker process has open; made once per process by scout_app."""

    settings: Settings
    engine: Engine
    blobs: BlobStore
    scratch: Path
    memory: dict[str, Any] = field(default_factory=dict)  # loaded indexes, by key, kept small by their owners


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service's three parts, named in its main.py.

    open(resources, unit) -> context manager that yields the handler's inputs, already open;
    handle(event, inputs) -> batches, long work commits as it goes; it decides and does no I/O of its own;
    save(connection, unit, row objects of a batch) -> writes rows in the ledger's transaction; blobs are there by then.
    """

    name: str
    stages: tuple[str, ...]
    open: Callable[[Resources, Unit], AbstractContextManager[Any]]
    handle: Callable[[Any, Any], Iterator[Batch]]
    save: Callable[[Connection, Unit, tuple[Any, ...]], None]
