"""EAN and UPC bars read as a whole where edges are lost to blur: the widths are fitted, not measured.

After Gallo and Manduchi, "Reading 1D barcodes with mobile phones using deformable templates", PAMI 33 (2011): every
digit is compared with blurred pictures of all twenty, a path of digit places is found that may stretch (Viterbi), and
the code is the likeliest one whose parities and check digit hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from scout_ocr.barcodes.gtin import checks, expand_upce, suppresses

Signal = NDArray[np.float32]

SAMPLES = 4  # per module
CONTEXT = 1  # modules of the neighbours that a template sees: their colours are known
STRETCH = 2  # samples that a digit may be longer or shorter
STRETCH_COST = 0.02
HOPELESS = 0.74  # mean correlation under which a path is not followed

_L = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_R = tuple(code.translate(str.maketrans("01", "10")) for code in _L)
_G = tuple(code[::-1] for code in _R)
_FIRST = (
    "LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG",
    "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL",
)  # fmt: skip
_UPCE = ("GGGLLL", "GGLGLL", "GGLLGL", "GGLLLG", "GLGGLL", "GLLGGL", "GLLLGG", "GLGLGL", "GLGLLG", "GLLGLG")


def _modules(segment: str) -> int:
    return 7 if segment in "DR" else len(segment)


@dataclass(frozen=True)
class Symbology:
    """segments: "D" a left digit, "R" a right digit, else the modules of a guard. Parities tell what no bars say."""

    name: str
    segments: tuple[str, ...]
    parities: tuple[str, ...]

    @property
    def modules(self) -> int:
        return sum(_modules(segment) for segment in self.segments)


EAN13 = Symbology("EAN13", ("101", *"DDDDDD", "01010", *"RRRRRR", "101"), _FIRST)
EAN8 = Symbology("EAN8", ("101", *"DDDD", "01010", *"RRRR", "101"), ("LLLL",))
EAN5 = Symbology(
    "EAN5",
    ("1011", "D", "01", "D", "01", "D", "01", "D", "01", "D"),
    ("GGLLL", "GLGLL", "GLLGL", "GLLLG", "LGGLL", "LLGGL", "LLLGG", "LGLGL", "LGLLG", "LLGLG"),
)
EAN2 = Symbology("EAN2", ("1011", "D", "01", "D"), ("LL", "LG", "GL", "GG"))
UPCE = Symbology("UPCE", ("101", *"DDDDDD", "010101"), _UPCE)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """digits: as printed, with what the parity adds: 13, 8 or (UPC-E: number system 0, six, check digit) 8.
    agreement: mean correlation of the signal with the drawn code, -1 to 1. lead: what the next code lacks, in units of
    one digit's correlation. start, end: pixels in the signal. row: of which signal,
    -1 for the mean of several. rows: how many."""

    symbology: str
    digits: str
    agreement: float
    lead: float
    start: float
    end: float
    rows: int = 1
    row: int = 0


@dataclass(frozen=True)
class _Path:
    row: int
    score: float
    tables: list[Signal]
    start: float
    end: float
    rows: int = 1


def likely_widths(signals: Signal, widths: Sequence[float], kind: Symbology, blur: float = 0.6) -> list[float]:
    """Widths of a module, pixels, with a hopeful path, the likeliest first; those within 3 % of one count once."""
    tried = sorted(
        ((path.score, width) for width in widths for path in _paths(_resample(signals, width), width, kind, blur)),
        reverse=True,
    )
    kept: list[float] = []
    for _, width in tried:
        if all(abs(width / other - 1) > 0.03 for other in kept):
            kept.append(width)
    return kept


def fits(signals: Signal, widths: Sequence[float], kind: Symbology, blurs: Sequence[float] = (0.4, 0.9)) -> list[Fit]:
    """The likeliest code of each of several signals of one place, best first; rows of (S, N), brightness along a scan.

    widths: pixels of one module, to try. blurs: standard deviations of the blur to try, modules.
    """
    best: dict[int, _Path] = {}
    for width in widths:
        resampled = _resample(signals, width)
        for blur in blurs:
            for path in _paths(resampled, width, kind, blur):
                if path.row not in best or path.score > best[path.row].score:
                    best[path.row] = path
    paths = sorted(best.values(), key=lambda path: -path.score)
    decoded = [_decode(path, kind) for path in [*paths, *_joined(paths)]]
    return sorted((fit for fit in decoded if fit), key=lambda fit: -fit.agreement)


def _joined(paths: list[_Path]) -> list[_Path]:
    """Paths that lie where the best lies, as one whose correlations are their mean: noise of single rows goes."""
    if not paths:
        return []
    best = paths[0]
    near = (best.end - best.start) / 30
    same = [p for p in paths if abs(p.start - best.start) < near and abs(p.end - best.end) < near]
    if len(same) < 3:
        return []
    tables = [np.mean(parts, axis=0) for parts in zip(*(path.tables for path in same), strict=True)]
    return [_Path(-1, best.score, tables, best.start, best.end, len(same))]


def _resample(signals: Signal, width: float) -> Signal:
    """SAMPLES a module; (S, N) -> (S, M)."""
    count = int(signals.shape[1] / width * SAMPLES)
    places = (np.arange(count) + 0.5) * (width / SAMPLES) - 0.5
    at = np.clip(places, 0, signals.shape[1] - 1.001)
    left = at.astype(np.int32)
    part = (at - left).astype(np.float32)
    return np.asarray(signals[:, left] * (1 - part) + signals[:, left + 1] * part, dtype=np.float32)


def _paths(signals: Signal, width: float, kind: Symbology, blur: float) -> Iterator[_Path]:
    """The best path through each signal, where there is a hopeful one."""
    if signals.shape[1] < (kind.modules + 2) * SAMPLES:
        return
    pages = _correlations(signals, kind, blur)
    peaks = {segment: page.max(axis=2) for segment, page in pages.items()}
    score = np.zeros(signals.shape, np.float32)
    steps = []
    for segment in kind.segments:
        score, step = _advance(score + peaks[segment], SAMPLES * _modules(segment), segment in "DR")
        steps.append(step)
    for row, end in enumerate(score.argmax(axis=1)):
        if score[row, end] < HOPELESS * len(kind.segments):
            continue
        places = _trace(steps, kind, row, int(end))
        if places is not None:
            tables = [pages[s][row, p] for s, p in zip(kind.segments, places, strict=True)]
            scale = width / SAMPLES
            yield _Path(row, float(score[row, end]), tables, places[0] * scale, float(end) * scale)


def _advance(score: Signal, length: int, elastic: bool) -> tuple[Signal, NDArray[np.int8]]:
    """Scores at the places after a segment, and by how much each was stretched."""
    stretches = range(-STRETCH, STRETCH + 1) if elastic else (0,)
    options = np.full((len(stretches), *score.shape), -np.inf, np.float32)
    for option, stretch in zip(options, stretches, strict=True):
        option[:, length + stretch :] = score[:, : -(length + stretch)] - STRETCH_COST * abs(stretch)
    choice = options.argmax(axis=0)
    return np.take_along_axis(options, choice[None], axis=0)[0], (choice + stretches[0]).astype(np.int8)


def _trace(steps: list[NDArray[np.int8]], kind: Symbology, row: int, end: int) -> list[int] | None:
    """Where each segment begins, back from the end of the last."""
    places, at = [], end
    for step, segment in zip(reversed(steps), reversed(kind.segments), strict=True):
        at -= SAMPLES * _modules(segment) + int(step[row, at])
        if at < 0:
            return None
        places.append(at)
    return places[::-1]


def _correlations(signals: Signal, kind: Symbology, blur: float) -> dict[str, Signal]:
    """Of each kind of segment (S, M, T): correlation of the signal, from each place, with each of T templates."""
    longest = SAMPLES * (7 + 2 * CONTEXT)
    padded = np.pad(signals, ((0, 0), (CONTEXT * SAMPLES, longest)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, longest, axis=1)[:, : signals.shape[1]]
    windows = np.ascontiguousarray(windows).reshape(-1, longest)
    totals = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    squares = np.cumsum(np.pad(padded, ((0, 0), (1, 0))) ** 2, axis=1, dtype=np.float64)
    pages = {}
    for segment in set(kind.segments):
        templates = _templates(segment, blur)
        size, count = templates.shape[1], signals.shape[1]
        spread = squares[:, size : size + count] - squares[:, :count]
        spread -= (totals[:, size : size + count] - totals[:, :count]) ** 2 / size
        deviation = np.sqrt(np.maximum(spread, 1.0)).astype(np.float32)
        product = (windows[:, :size] @ templates.T).reshape(*signals.shape, -1)
        pages[segment] = np.asarray(product / deviation[:, :, None], dtype=np.float32)
    return pages


@cache
def _templates(segment: str, blur: float) -> Signal:
    """(T, L) zero mean, unit length; bright is high. Left digits: ten of odd parity, ten of even."""
    if segment == "D":
        codes = [f"1{code}0" for code in (*_L, *_G)]
    elif segment == "R":
        codes = [f"0{code}1" for code in _R]
    else:
        # a guard's neighbours: quiet zone or a digit's edge, of the other colour than its end
        codes = [("0" if segment[0] == "1" else "1") + segment + ("0" if segment[-1] == "1" else "1")]
    bright = 1 - np.array([[int(bit) for bit in code] for code in codes], np.float32).repeat(SAMPLES, axis=1)
    reach = max(1, round(3 * blur * SAMPLES))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (blur * SAMPLES)) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(bright, ((0, 0), (reach, reach)), mode="edge")
    blurred = np.array([np.convolve(row, kernel, "valid") for row in padded], np.float32)
    blurred -= blurred.mean(axis=1, keepdims=True)
    return np.asarray(blurred / np.linalg.norm(blurred, axis=1, keepdims=True), dtype=np.float32)


def _decode(path: _Path, kind: Symbology) -> Fit | None:
    """The likeliest digits that keep parity and check digit."""
    tables = list(zip(path.tables, kind.segments, strict=True))
    guards = [float(table[0]) for table, segment in tables if segment not in "DR"]
    left = [table for table, segment in tables if segment == "D"]
    right = [table for table, segment in tables if segment == "R"]
    ranked = []
    for implied, parity in enumerate(kind.parities):
        rows = [t[:10] if side == "L" else t[10:] for t, side in zip(left, parity, strict=True)] + right
        ranked += _best_two(np.array(rows), kind, implied)
    if len(ranked) < 2:
        return None
    ranked.sort(reverse=True)
    total, digits = ranked[0]
    return Fit(
        symbology=kind.name,
        digits=digits,
        agreement=(total + sum(guards)) / len(tables),
        lead=total - ranked[1][0],
        start=path.start,
        end=path.end,
        rows=path.rows,
        row=path.row,
    )


def _best_two(rows: Signal, kind: Symbology, implied: int) -> list[tuple[float, str]]:
    """The two likeliest digit rows of (D, 10) correlations with a right check digit: (sum, printed digits)."""
    order = np.argsort(-rows, axis=1)[:, :3]
    ranked = np.take_along_axis(rows, order, axis=1)
    places = np.arange(len(rows))
    picks = _picks(len(rows))
    sums = ranked[places, picks].sum(axis=1)
    found: list[tuple[float, str]] = []
    for choice in np.argsort(-sums, kind="stable"):
        printed = _printed("".join(map(str, order[places, picks[choice]])), kind, implied)
        if printed is not None:
            found.append((float(sums[choice]), printed))
            if len(found) == 2:
                break
    return found


@cache
def _picks(count: int) -> NDArray[np.intp]:
    """(C, count) ranks (0: best digit, 1: second, 2: third) with at most two digits other than the best."""
    singles = [{i: rank} for i in range(count) for rank in (1, 2)]
    pairs = [{**a, **b} for a in singles for b in singles if min(a) < min(b)]
    changes: list[dict[int, int]] = [{}, *singles, *pairs]
    return np.array([[change.get(i, 0) for i in range(count)] for change in changes], np.intp)


def _printed(digits: str, kind: Symbology, implied: int) -> str | None:
    """With the digit that parity implies; None where the check digit, or the check that is in the parities, fails."""
    if kind is UPCE:
        code = f"0{digits}{implied}"
        return code if suppresses(digits) and checks(expand_upce(code)) else None
    if kind is EAN5:
        return digits if sum(int(d) * (9 if i % 2 else 3) for i, d in enumerate(digits)) % 10 == implied else None
    if kind is EAN2:
        return digits if int(digits) % 4 == implied else None
    code = f"{implied}{digits}" if kind is EAN13 else digits
    return code if checks(code) else None
