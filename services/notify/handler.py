"""Decides what a webhook says, and what its receiver's answer means."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from scout_common.errors import PermanentError, TransientError
from scout_common.work import Batch
from scout_contracts.events import NotifyRequest

GONE = 410
"""The receiver wants no more of it (RFC 9110, 15.5.11)."""


class NotTaken(TransientError):
    """The receiver of the webhook did not take it."""

    default_hint = "any 2xx answer within 10 s takes it; it is sent again"


class Refused(PermanentError):
    """The receiver of the webhook wants no more of it."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """delivery: its id, the same at every attempt. post: sends a body to an address and returns the answer's status.
    links: where more is said of the job."""

    delivery: str
    time: str
    links: dict[str, str]
    post: Callable[[str, bytes], int]


def handle(event: NotifyRequest, inputs: Inputs) -> Iterator[Batch]:
    """Send it. Raises NotTaken (tried again, with growing pauses), Refused."""
    status = inputs.post(event.url, body_of(event, inputs))
    if status == GONE:
        raise Refused(f"the receiver of the webhook answers {status}: it wants no more", subject=event.url)
    if not 200 <= status < 300:
        raise NotTaken(f"the receiver of the webhook answers {status}", subject=event.url)
    yield Batch()


def body_of(event: NotifyRequest, inputs: Inputs) -> bytes:
    """A CloudEvents 1.0 message in JSON; the same bytes at every attempt."""
    message: dict[str, Any] = {
        "specversion": "1.0",
        "id": inputs.delivery,
        "source": "scout",
        "type": event.about,
        "time": inputs.time,
        "datacontenttype": "application/json",
        "data": {**event.data, "links": inputs.links},
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
