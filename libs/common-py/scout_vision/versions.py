"""What remembered results are keyed by: hashes of the very code and coefficients that made them.

Nobody has to remember to raise a number, and a result made by other code is never taken for this one's.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

UNRELATED = (
    "evidence.py", "following.py", "frames.py", "image.py", "keyframes.py", "lettering.py", "luminance.py",
    "packshot.py", "proof.py", "shots.py", "tracking.py", "versions.py", "video.py", "video_probe.py",
)  # fmt: skip
"""What matching a frame does not depend on; every other file of the package counts."""


@cache
def matcher_version() -> str:
    """Changes whenever an index might be built or a frame be matched otherwise."""
    names = [file.name for file in files("scout_vision").iterdir() if file.name.endswith((".py", ".json"))]
    return _hash(tuple(sorted(set(names) - set(UNRELATED))))


def _hash(names: tuple[str, ...]) -> str:
    package = files("scout_vision")
    return hashlib.sha256(b"\0".join((package / name).read_bytes() for name in names)).hexdigest()[:12]
