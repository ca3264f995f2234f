"""How a job samples its videos, and what samples are remembered under."""

import hashlib
from dataclasses import asdict

from scout_vision.video import KeyframeOptions
from sqlalchemy import Connection

from scout_common.models import job_options

SAMPLER = "keyframes-2"


def job_sampling(connection: Connection, job: str) -> KeyframeOptions:
    """How the job wants its videos sampled."""
    return KeyframeOptions(density_s=float(job_options(connection, job).get("keyframe_density_s", 2.0)))


def sampler_of(options: KeyframeOptions) -> str:
    """What keyframes are remembered under: everything that decides which frames are chosen."""
    settings = ",".join(f"{name}={value}" for name, value in sorted(asdict(options).items()))
    return f"{SAMPLER}-{hashlib.sha256(settings.encode()).hexdigest()[:12]}"


def strip_key(sampler: str, medium: str, start_s: float) -> str:
    """The blob with the small frames of one segment (scout_vision.strip)."""
    return f"strip/{sampler}/{medium}/{start_s:.3f}"
