"""How likely a text is under what a recogniser saw: the forward algorithm of CTC (Graves et al. 2006, section 4.1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LEAST = 1e-5  # odds: what the network rules out altogether stays possible
_NEVER = -1e9


def log_likelihood(odds: NDArray[np.float32], labels: Sequence[int]) -> float:
    """Of the text whose letters are the columns `labels` of odds (T, C), softmax; column 0 is the blank. Summed over
    all ways to spread the letters over the T steps."""
    spread = np.zeros(2 * len(labels) + 1, np.intp)  # a blank before, between and after
    spread[1::2] = labels
    seen = np.log(odds[:, spread] + _LEAST)
    skips = np.zeros(len(spread), bool)  # two letters that differ need no blank between them
    skips[2:] = (spread[2:] != 0) & (spread[2:] != spread[:-2])
    ways = np.full(len(spread), _NEVER)
    ways[:2] = seen[0, :2]
    for step in seen[1:]:
        one, two = _moved(ways, 1), np.where(skips, _moved(ways, 2), _NEVER)
        ways = np.logaddexp(np.logaddexp(ways, one), two) + step
    return float(np.logaddexp.reduce(ways[-2:]))


def _moved(ways: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    return np.concatenate([np.full(min(by, len(ways)), _NEVER), ways[:-by]])
