"""What `scout doctor` tells of one thing it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at: `problem` stops Scout, `note` only informs."""

    level: str  # ok | note | problem
    what: str
    said: str
    hint: str = ""
