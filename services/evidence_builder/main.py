"""The evidence builder service."""

from scout_common.work import Service

from services.evidence_builder.handler import handle
from services.evidence_builder.store import open_unit, save

SERVICE = Service(
    name="evidence_builder", stages=("evidence_builder", "caption"), open=open_unit, handle=handle, save=save
)
