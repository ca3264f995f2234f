"""Retention rules: days by kind, as SCOUT_RETENTION names them. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from scout_common.errors import BadRequest

KINDS: Mapping[str, str] = {
    "ocr": "OCR tasks, since they ended",
    "match": "jobs that search media, since they ended",
    "backfill": "backfills, since they ended",
    "reading": "what was read, since it was read, even where a job still shows it",
    "review": "decided review items, since they were decided; the truth they made stays",
    "truth": "what people said, since they said it",
    "upload": "uploads that no job uses, since they came",
    "copy": "what is remembered of addresses, since it was checked last",
}
"""What a rule may name, and since when its days count."""


def read_rules(text: str) -> dict[str, int]:
    """`ocr=30,match=365` as days by kind. Raises BadRequest: an unknown kind, no number, a kind named twice."""
    rules: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        kind, _, days = (piece.strip() for piece in part.partition("="))
        if kind not in KINDS or kind in rules or not days.isdecimal() or len(days) > 5:
            hint = f"kinds are {', '.join(KINDS)}; each once, with a number of days: ocr=30,match=365"
            raise BadRequest(f"cannot be used: {part!r}", subject="SCOUT_RETENTION", hint=hint)
        rules[kind] = int(days)
    return rules


def cutoffs(rules: Mapping[str, int], now: datetime) -> dict[str, datetime]:
    """Before which moment each kind is removed."""
    return {kind: now - timedelta(days=days) for kind, days in rules.items()}
