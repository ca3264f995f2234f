"""Which range of values the 256 steps of a byte shall cover: the one with the least squared error.

Banner et al. 2019 (arXiv:1810.05723); Nagel et al. 2021 (arXiv:2106.08295, section 3.1).
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

SHRUNK = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)  # of the least and the largest value: ranges that are tried
GELU_CUTS = (3.5, 3.0, 2.5, 2.0)  # below minus this a Gelu gives nearly 0
Values = NDArray[np.float32]
Range = tuple[float, float]


def best_range(values: Values, before_gelu: bool = False) -> Range:
    """The (least, largest) around 0 whose 256 steps give back `values` (N,) with the least squared error.
    before_gelu: a Gelu is what becomes of them next; the error is that of its result, where all that is far below zero
    is the same."""
    least, most = min(0.0, float(values.min())), max(0.0, float(values.max()))
    lows = {least * share for share in SHRUNK}
    if before_gelu:
        lows |= {max(least, -cut) for cut in GELU_CUTS}
    wanted = gelu(values) if before_gelu else values

    def error(tried: Range) -> float:
        found = in_bytes(values, *tried)
        return float(np.square((gelu(found) if before_gelu else found) - wanted).mean())

    return min(product(sorted(lows), (most * share for share in SHRUNK)), key=error)


def in_bytes(values: Values, least: float, most: float) -> Values:
    """What is left of values when each is one of 256 steps from least to most, 0 among them."""
    step = (most - least) / 255 or 1.0
    zero = round(-least / step)
    return np.asarray((np.clip(np.round(values / step) + zero, 0, 255) - zero) * step, np.float32)


def per_column(weights: Values) -> tuple[NDArray[np.int8], Values]:
    """(K, N) as signed bytes, and the scale (N,) of each column."""
    scales = np.maximum(np.abs(weights).max(axis=0) / 127, 1e-8).astype(np.float32)
    return np.clip(np.round(weights / scales), -127, 127).astype(np.int8), scales


def gelu(values: Values) -> Values:
    """Hendrycks and Gimpel 2016 (arXiv:1606.08415), by tanh."""
    inner = math.sqrt(2 / math.pi) * (values + 0.044715 * values**3)
    return np.asarray(values * 0.5 * (1 + np.tanh(inner)), np.float32)
