"""What tests of the review queue share: readings as readers give them, and requests as people make them."""

import hashlib
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from scout_common.observations import Seen, observe
from scout_common.settings import Settings
from scout_ocr.fields import Field
from scout_ocr.reading import Reading
from sqlalchemy import Engine

SETTINGS = Settings(_env_file=None)
SHA = hashlib.sha256(b"receipt").hexdigest()


def field(name: str = "total", value: Any = "12.50", confidence: float = 0.9, **more: Any) -> Field:
    return Field(
        name=name,
        value=value,
        confidence=confidence,
        rule="rule",
        engine="rapidocr",
        box=(40, 20, 120, 40),
        raw=str(value),
        **more,
    )


def reading(*fields: Field, engine: str = "rapidocr", version: str = "3.10", **more: Any) -> Reading:
    return Reading(
        media_type="image/png",
        kind=more.pop("kind", "receipt"),
        pages=(),
        text=" ".join(str(one.value) for one in fields),
        markdown="",
        fields=fields,
        engines=((engine, version),),
        **more,
    )


def see(engine: Engine, what: Reading | None, sha256: str = SHA, **more: Any) -> int:
    seen = Seen(tenant="default", owner=str(uuid4()), sha256=sha256, name="r.png", reading=what, **more)
    with engine.begin() as connection:
        return observe(connection, seen, SETTINGS)


def items(api: TestClient, **where: Any) -> list[dict[str, Any]]:
    answer = api.get("/api/v1/review", params=where)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def decide(api: TestClient, item: dict[str, Any], action: str, key: str | None = None, **more: Any) -> Any:
    body = {"by": "Ana", "revision": item["revision"], **more}
    headers = {"Idempotency-Key": key} if key else {}
    return api.post(f"/api/v1/review/{item['id']}/{action}", json=body, headers=headers)
