"""How sure: named signals to a probability, by a small logistic model calibrated on generated scenes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scout_vision.matching import Detection

LOST_PLACE = 0.02  # probability reported for a product that only lost a place
ONLY_VOTES = 0.005  # and for one that was only voted for
CLOSE_UP = 0.25  # of the picture: a pack that fills so much of it may be cut off
LIKE = 0.5  # correlation of print below which a place looks little like the picture
TIE = 0.7  # a lead of less than this many logits decides nothing: the runner-up is right one time in three

COEFFICIENTS = Path(__file__).with_name("coefficients.json")


@cache
def coefficients() -> Mapping[str, Mapping[str, float]]:
    """The calibrated coefficients that lie beside this module (made by bench/calibrate.py)."""
    loaded: Mapping[str, Mapping[str, float]] = json.loads(COEFFICIENTS.read_text("utf-8"))
    return loaded


def logistic(z: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(z, -40, 40))))


def frame_inputs(signals: Mapping[str, float]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """What the frame's model weighs, by name: points, how the whole place looks, how much of the pack is in view."""
    support = max(signals["support"], 1.0)
    inputs = {
        "bias": 1.0,
        "support": float(np.log(support / 10)),
        "ratio": min(1.0, signals["inlier_ratio"] * support / max(signals["inliers"], 1.0)) - 0.7,
        "area": float(np.sqrt(max(signals["area"], 0.0))) - 0.4,
        "cut": max(0.0, 0.8 - in_view(signals)),
        "print": signals["print"] - 0.5,
        "colour": signals["colour"] - 0.15,
        "lead": min(signals["margin"], 6.0) - 2.0 if signals["rival"] > 0 else 0.0,
    }
    return tuple(inputs), tuple(inputs.values())


def in_view(signals: Mapping[str, float]) -> float:
    """Part of the pack inside the picture; a close-up that fills much of the picture counts as in view."""
    return max(signals["inside"], min(1.0, signals["filled"] / CLOSE_UP))


def frame_probability(signals: Mapping[str, float]) -> float:
    """Probability that a find is the product it names and the product in view, from its signals in one frame.

    In view: at least 60 % of it inside the picture, or a close-up. Never more than the points alone allow, of which
    more are asked for where they cover little of the picture (a logo or a word is shared by many packs) and where what
    lies between them looks otherwise.
    """
    return logistic(frame_logit(signals, coefficients()))


def frame_logit(signals: Mapping[str, float], model: Mapping[str, Mapping[str, float]]) -> float:
    """The log odds behind frame_probability, by a model's `frame` and `sure`."""
    z = sum(model["frame"][name] * value for name, value in zip(*frame_inputs(signals), strict=True))
    sure = model["sure"]
    wanted = sure["support"] * (1 + sure["small"] * max(0.0, 1 - signals["area"] / 0.1))
    wanted *= 1 + sure["unlike"] * max(0.0, LIKE - signals["print"])
    return min(z, sure["slope"] * float(np.log(max(signals["support"], 1.0) / wanted)))


def sibling_inputs(winner: float, rival: float, lean: float, area: float) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """What the sibling model weighs: the ratio of the points, and the look of the differing print."""
    points = float(np.log((winner + 1) / (rival + 1)))
    return ("points", "lean"), (points, lean * min(1.0, float(np.sqrt(area / 0.1))))


def sibling_lead(winner: float, rival: float, lean: float, area: float) -> float:
    """How far the winner of a place is ahead of a rival, in logits."""
    model = coefficients()["sibling"]
    names, inputs = sibling_inputs(winner, rival, lean, area)
    return sum(model[name] * value for name, value in zip(names, inputs, strict=True))


def sibling_risk(lead: float, area: float) -> float:
    """Probability that a claim names the wrong sibling, by its lead over the runner-up (see sibling_lead).

    area: part of the place where the siblings differ and one fits; where nothing of it is seen, points alone decided,
    and they are wrong more often than their lead says. Fitted on claims alone: what ties or is too weak to be claimed
    does not count.
    """
    model = coefficients()["risk"]
    return logistic(-sum(model[name] * value for name, value in zip(*risk_inputs(lead, area), strict=True)))


def risk_inputs(lead: float, area: float) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """What the risk model weighs."""
    return ("bias", "lead", "unseen"), (1.0, lead, float(area == 0))


def combine(detections: Sequence[Detection]) -> float:
    """Probability of a sighting from the best detection of each of its keyframes.

    The strongest frame speaks; agreeing frames raise its logit by a calibrated weight times the logarithm of their
    number, since frames of one video are far from independent.
    """
    if not detections:
        return 0.0
    best = float(np.clip(max(d.probability for d in detections), 1e-6, 1 - 1e-6))
    weight = coefficients()["sighting"]["frames"] if "sighting" in coefficients() else 0.5
    return logistic(float(np.log(best / (1 - best))) + weight * float(np.log(len(detections))))
