"""The way out of webhooks: one checked connection each, to a public address unless private ones are allowed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scout_common.exchange import SYSTEM, checked_url, connections, exchange, translated
from scout_common.fetch_limits import FetchLimits
from scout_common.network import Deadline
from scout_common.settings import Settings
from scout_common.webhooks import DELIVERY, SIGNATURE, TIMESTAMP, sign
from scout_common.work import Resources, Unit
from sqlalchemy import Connection, text

from services.notify.handler import Inputs

PATIENCE_S = 10.0

CREATED = text("SELECT created_at FROM unit WHERE job_id = :job AND stage = :stage AND key = :key")


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Inputs]:
    """What the handler needs for one delivery."""
    names = {"job": unit.job_id, "stage": unit.stage, "key": unit.key}
    with resources.engine.connect() as connection:
        created = connection.execute(CREATED, names).scalar_one()
    delivery = f"{unit.job_id} {unit.key}"
    yield Inputs(
        delivery=delivery,
        time=created.isoformat(),
        links=_links(resources.settings.public_url.rstrip("/"), unit),
        post=lambda url, body: post(url, body, delivery, resources.settings),
    )


def save(connection: Connection, unit: Unit, rows: tuple[Any, ...]) -> None:
    """Nothing is kept of a delivery but its unit."""


def post(url: str, body: bytes, delivery: str, settings: Settings) -> int:
    """Send a body, signed where there is a secret; the answer's status. Redirects are not followed.

    Raises UrlRefused (a private address), FetchFailed, FetchInterrupted."""
    limits = FetchLimits(
        max_bytes=0, total_s=PATIENCE_S, silence_s=PATIENCE_S, allow_private=settings.allow_private_urls
    )
    deadline = Deadline(PATIENCE_S)
    target, timestamp = checked_url(url), int(time.time())
    headers = {
        "User-Agent": "tradeshow-scout",
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "Content-Length": str(len(body)),
        TIMESTAMP: str(timestamp),
        DELIVERY: delivery,
    }
    if secret := settings.webhook_secret.get_secret_value():
        headers[SIGNATURE] = sign(secret, timestamp, body)
    with (
        translated(url, limits),
        connections(limits, SYSTEM, deadline) as pool,
        exchange(pool, "POST", target, headers, limits, deadline, body) as (response, _),
    ):
        return int(response.status)


def _links(base: str, unit: Unit) -> dict[str, str]:
    links = {"job": f"{base}/api/v1/jobs/{unit.job_id}"}
    if dict(unit.payload.get("data") or {}).get("kind") == "ocr":
        links["result"] = f"{base}/api/v1/ocr/result/{unit.job_id}"
    return links
