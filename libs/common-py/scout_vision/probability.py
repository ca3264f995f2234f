"""How sure: named signals to a probability, by a small logistic model calibrated on generated scenes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

COEFFICIENTS = Path(__file__).with_name("coefficients.json")


@cache
def coefficients() -> Mapping[str, Mapping[str, float]]:
    """The calibrated coefficients that lie beside this module (made by bench/calibrate.py)."""
    loaded: Mapping[str, Mapping[str, float]] = json.loads(COEFFICIENTS.read_text("utf-8"))
    return loaded


def logistic(z: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(z, -40, 40))))


def frame_probability(signals: Mapping[str, float]) -> float:
    """Probability that a find is the product it names, from its signals in one frame."""
    model = coefficients()["frame"]
    inliers = max(signals["support"], 1.0)
    z = model["bias"] + model["inliers"] * float(np.log(inliers / 10))
    return logistic(z)


def sibling_risk(lead: float) -> float:
    """Probability that the runner-up at the place was the right one. lead: see siblings."""
    return logistic(-coefficients()["sibling"]["lead"] * lead)
