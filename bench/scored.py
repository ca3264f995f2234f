"""What the scorer of the evaluation set prints, as figures of the table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

# row of the scorer -> our prefix, and which of its columns are figures of the table
_WANTED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "photos: grocery_store": (
        "grocery",
        {"recall": "recall", "top1": "top1", "top5": "top5", "false": "false", "sibling": "sibling"},
    ),
    "photos: grocery_store distractors": ("distractors", {"false": "false"}),
    "photos: cereal_shelf": ("near", {"recall": "recall", "false": "false"}),
    "photos: cereal_shelf far": ("far", {"recall": "recall", "false": "false"}),
    "photos: shelf_phone": ("phone", {"recall": "recall", "top5": "top5", "sibling": "sibling"}),
    "calibration": ("calibration", {"ece": "ece"}),
    "all videos": ("clips", {"recall": "recall", "false": "false", "time_iou": "time_iou"}),
}


_PAIR = r"\w+ (?:nan|-?[\d.]+)"
_LINE = re.compile(rf"(?P<name>\S.*?) +(?P<pairs>{_PAIR}(?:  {_PAIR})*)")


def rows(output: str) -> dict[str, dict[str, float]]:
    """The scorer's lines: {row name: {column: value}}. A line is a name, then `key value` pairs two spaces apart;
    others (warnings begin with `!`) are left out."""
    found = {}
    for line in output.splitlines():
        if match := _LINE.fullmatch(line.rstrip()):
            pairs = (pair.split(" ") for pair in match["pairs"].split("  "))
            found[match["name"]] = {key: float(value) for key, value in pairs}
    return found


def figures(scored: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Figures of the table out of the scorer's rows; what a subset without items prints (nan) is left out."""
    values = {}
    for row, (prefix, columns) in _WANTED.items():
        for column, name in columns.items():
            value = scored.get(row, {}).get(column, math.nan)
            if not math.isnan(value):
                values[f"{prefix}.{name}"] = value
    return values
