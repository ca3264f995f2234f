"""Which segments were read for signs, and how thoroughly."""

import json
from collections.abc import Collection

from scout_common.sampling import job_sampling, sampler_of
from scout_common.spotted import version
from scout_common.work import Unit
from sqlalchemy import Connection, text

from services.reading.handler import SegmentRead

READ = text("SELECT signs FROM segment WHERE medium_id = :medium AND sampler = :sampler AND start_s = :start")
KEEP = text("""
    UPDATE segment SET signs = CAST(:signs AS jsonb)
    WHERE medium_id = :medium AND sampler = :sampler AND start_s = :start
""")


def is_read(connection: Connection, unit: Unit, budget_s: float, known: Collection[str]) -> bool:
    """Whether this reader read the unit's segment with no smaller budget, and all it read is still there. known: sha256
    of keyframes whose pages are."""
    signs = connection.execute(READ, _segment(connection, unit)).scalar_one_or_none()
    if signs is None or signs["version"] != version():
        return False
    return bool(signs["budget_s"] >= budget_s) and set(signs["frames"]) <= set(known)


def keep(connection: Connection, unit: Unit, read: SegmentRead) -> None:
    """Remember that the unit's segment was read."""
    signs = json.dumps({"version": version(), "budget_s": read.budget_s, "frames": read.frames})
    connection.execute(KEEP, _segment(connection, unit) | {"signs": signs})


def _segment(connection: Connection, unit: Unit) -> dict[str, object]:
    sampler = sampler_of(job_sampling(connection, unit.job_id))
    return {"medium": unit.payload["medium_id"], "sampler": sampler, "start": unit.payload["start_s"]}
