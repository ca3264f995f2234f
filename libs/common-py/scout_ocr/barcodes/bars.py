"""EAN and UPC of one place, by templates: which strips are compared, and what is believed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from scout_ocr.barcodes import templates
from scout_ocr.barcodes.gtin import expand_upce
from scout_ocr.barcodes.proposals import Gray
from scout_ocr.barcodes.templates import EAN2, EAN5, EAN8, EAN13, UPCE, Fit, Signal, Symbology

STRIPS = 5
# Extents of the place in modules: the code alone, with two and with five add-on digits; edges that it has at most (60,
# 34 and 44, those of an add-on, and some of letters beside it).
EXTENTS = ((EAN13, (95, 124, 151), 110), (UPCE, (51, 80), 70), (EAN8, (67,), 70))
AROUND = (0.93, 0.97, 1.01, 1.05, 1.09)

STRONG, STRONG_LEAD = 0.85, 0.17
FAIR, FAIR_LEAD = 0.80, 0.12
HOPEFUL = 0.74
EDGES, ALIKE = 16, 0.35
WIDTHS = 2


@dataclass(frozen=True, kw_only=True)
class Bars:
    """digits: as printed, add-on left out. add_on: "" where there is none. agreement: of the best strip."""

    symbology: str
    digits: str
    agreement: float
    add_on: str = ""


def read_bars(crop: Gray, along: float, only: str = "", known: frozenset[str] = frozenset()) -> Bars | None:
    """EAN-13 (UPC-A too), EAN-8 or UPC-E in an upright crop whose bars extend over `along` pixels, either way round.

    only: the format (EAN13 for UPCA) that is looked for. known: texts that another way of reading gave: less is asked
    of bars that say the same.
    """
    signals = strips(crop)
    wanted = "EAN13" if only == "UPCA" else only
    edges = 0.0 if only else _edges(_fine(signals))
    for kind, extents, most in EXTENTS:
        if wanted in ("", kind.name) and edges <= most:
            widths = [along / modules * around for modules in extents for around in AROUND]
            for turned in (signals, np.ascontiguousarray(signals[:, ::-1])):
                found = _read(turned, widths, kind, known)
                if found is not None:
                    return found
    return None


def _read(signals: Signal, widths: list[float], kind: Symbology, known: frozenset[str]) -> Bars | None:
    """What the likeliest widths agree on; two codes that both look right are none."""
    found: dict[str, Fit] = {}
    for width in templates.likely_widths(signals[1::2], widths, kind)[:WIDTHS]:
        near = [width * ratio for ratio in (0.985, 1.0, 1.015)]
        fits = [
            fit for fit in templates.fits(signals, near, kind, (0.4, 0.7, 1.1)) if _stands_alone(signals, fit, kind)
        ]
        fit = believed(fits, kind) or _expected(fits, known)
        if fit is not None:
            found.setdefault(fit.digits, fit)
    expected = [fit for fit in found.values() if plain_text(fit) in known]
    if len(expected or found) != 1:
        return None
    fit = expected[0] if expected else next(iter(found.values()))
    module = (fit.end - fit.start) / kind.modules
    # add-ons belong to books and periodicals, which carry EAN-13 or UPC-A
    beside = add_on(signals[:, int(fit.end) :], module) if kind is EAN13 else ""
    return Bars(symbology=kind.name, digits=fit.digits, agreement=fit.agreement, add_on=beside)


def _stands_alone(signals: Signal, fit: Fit, kind: Symbology) -> bool:
    """Whether both sides of the code are free of bars for four modules: a path of a wrong width begins among bars."""
    module = (fit.end - fit.start) / kind.modules
    row = np.median(signals, axis=0) if fit.row < 0 else signals[fit.row]
    start, end = int(fit.start), int(fit.end)
    near = int(12 * module)
    left = (row[max(0, start - int(4.5 * module)) : max(0, start - int(module))], row[start : start + near])
    right = (row[end + int(module) : end + int(4.5 * module)], row[max(0, end - near) : end])
    return all(_quiet(zone, bars) for zone, bars in (left, right))


def _quiet(zone: Signal, bars: Signal) -> bool:
    """zone: brightness beside the code. bars: of the code's modules next to it. A cut-off zone passes."""
    if len(zone) < 2 or len(bars) < 2:
        return True
    dark, bright = float(bars.min()), float(bars.max())
    return float(zone.min()) > dark + 0.55 * (bright - dark)


def _expected(fits: list[Fit], known: frozenset[str]) -> Fit | None:
    """A fit to what another way of reading gave already: that both err alike by chance is past belief."""
    same = [fit for fit in fits if plain_text(fit) in known and fit.agreement > HOPEFUL and fit.lead > FAIR_LEAD]
    return same[0] if same else None


def strips(crop: Gray, count: int = STRIPS) -> Signal:
    """(count, W) mean brightness of bands across the crop."""
    height = crop.shape[0]
    band = max(2, height // 12)
    tops = np.linspace(0.1, 0.9, count) * (height - band)
    return np.array([crop[int(top) : int(top) + band].mean(axis=0) for top in tops], np.float32)


def barred(crop: Gray) -> bool:
    """Whether an upright crop may hold bars: many edges across it, much the same ones in neighbouring bands.

    UPC-E, the shortest retail code, has 34 edges, two digits of ITF 20; letters differ from band to band.
    """
    fine = _fine(strips(crop))
    alike = [_alike(one, other) for one, other in pairwise(fine)]
    return _edges(fine) >= EDGES and float(np.median(alike)) >= ALIKE


def _fine(rows: Signal) -> Signal:
    """Rows without their slow changes, in standard deviations; zero where nothing changes."""
    fine = rows - cv2.blur(rows, (2 * (rows.shape[1] // 16) + 1, 1))
    fine -= fine.mean(axis=1, keepdims=True)
    level = fine.std(axis=1, keepdims=True)
    return np.where(level < 1.0, 0, fine / np.maximum(level, 1.0)).astype(np.float32)


def _edges(fine: Signal) -> float:
    """Changes from dark to bright or back, in the middling row."""
    signs = np.where(fine > 0.4, 1, np.where(fine < -0.4, -1, 0))
    return float(np.median([(np.diff(row[row != 0]) != 0).sum() for row in signs]))


def _alike(one: Signal, other: Signal) -> float:
    """The best correlation of two bands over the shifts that slanted bars have."""
    length = len(one)
    shifts = range(-32, 33, 2)
    return (
        max(float(one[max(0, s) : length + min(0, s)] @ other[max(0, -s) : length - max(0, s)]) for s in shifts)
        / length
    )


def believed(fits: list[Fit], kind: Symbology) -> Fit | None:
    """The best fit where it is far above chance and another strip says the same, else the mean of the strips'."""
    if not fits:
        return None
    short = kind in (UPCE, EAN8)  # fewer digits agree by chance more easily
    strong, lead = (0.88, 0.36) if short else (STRONG, STRONG_LEAD)
    best = fits[0]
    if best.agreement > strong and best.lead > lead and _alone(fits, best.digits) >= 2:
        return best
    whole = next((fit for fit in fits if fit.rows >= 4), None)
    if whole is None or short or whole.agreement < FAIR or whole.lead < FAIR_LEAD:
        return None
    return whole if _alone(fits, whole.digits) >= (1 if whole.agreement > STRONG - 0.01 else 2) else None


def _alone(fits: list[Fit], digits: str) -> int:
    """How many single strips say the same."""
    return sum(fit.rows == 1 and fit.digits == digits and fit.agreement > FAIR - 0.05 for fit in fits)


def add_on(signals: Signal, module: float) -> str:
    """Five or two digits in what follows the last bar, "" where no two strips agree on them.

    module: pixels, as in the code itself.
    """
    for kind, reach, least in ((EAN5, 66, 0.84), (EAN2, 38, 0.88)):
        part = signals[:, int(4 * module) : int(reach * module)]
        fits = templates.fits(part, [module * ratio for ratio in (0.95, 1.0, 1.05)], kind, (0.6,))
        good = [fit for fit in fits if fit.agreement > least and fit.lead > 0.12]
        if good and sum(fit.digits == good[0].digits for fit in good) >= 2:
            return good[0].digits
    return ""


def plain_text(bars: Bars | Fit) -> str:
    """Digits as zxing-cpp gives them: UPC-E expanded to 13."""
    return f"0{expand_upce(bars.digits)}" if bars.symbology == "UPCE" else bars.digits
