"""EAN and UPC of one place, by templates: which strips are compared, and what is believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scout_ocr.barcodes import templates
from scout_ocr.barcodes.gtin import expand_upce
from scout_ocr.barcodes.proposals import Gray
from scout_ocr.barcodes.templates import EAN2, EAN5, EAN8, EAN13, UPCE, Fit, Signal, Symbology

STRIPS = 5
# Extents of the place in modules: the code alone, with two and with five add-on digits.
EXTENTS = ((EAN13, (95, 124, 151)), (UPCE, (51, 80)), (EAN8, (67,)))
AROUND = (0.93, 0.97, 1.01, 1.05, 1.09)
# Fits to what is no EAN reach .83 with a lead under .27; a single weak strip is never believed.
STRONG, STRONG_LEAD = 0.85, 0.17
FAIR, FAIR_LEAD = 0.80, 0.12
HOPEFUL = 0.74


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
    for kind, extents in EXTENTS:
        if wanted in ("", kind.name):
            widths = [along / modules * around for modules in extents for around in AROUND]
            for turned in (signals, np.ascontiguousarray(signals[:, ::-1])):
                found = _read(turned, widths, kind, known)
                if found is not None:
                    return found
    return None


def _read(signals: Signal, widths: list[float], kind: Symbology, known: frozenset[str]) -> Bars | None:
    score, width = templates.likeliest_width(signals[1::2], widths, kind)
    if score < HOPEFUL:
        return None
    near = [width * ratio for ratio in (0.985, 1.0, 1.015)]
    fits = templates.fits(signals, near, kind, (0.4, 0.7, 1.1))
    found = believed(fits, kind) or _expected(fits, known)
    if found is None:
        return None
    module = (found.end - found.start) / kind.modules
    # add-ons belong to books and periodicals, which carry EAN-13 or UPC-A
    beside = add_on(signals[:, int(found.end) :], module) if kind is EAN13 else ""
    return Bars(symbology=kind.name, digits=found.digits, agreement=found.agreement, add_on=beside)


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


def believed(fits: list[Fit], kind: Symbology) -> Fit | None:
    """The best fit where it is far above chance and another strip says the same, else the mean of the strips'."""
    if not fits:
        return None
    best = fits[0]
    short = 0.03 if kind in (UPCE, EAN8) else 0.0
    same = sum(fit.digits == best.digits for fit in fits if fit.agreement > FAIR - 0.05)
    if best.agreement > STRONG + short and best.lead > STRONG_LEAD and same >= 2:
        return best
    whole = next((fit for fit in fits if fit.rows >= 3), best)
    return whole if whole.rows >= 3 and whole.agreement > FAIR + short and whole.lead > FAIR_LEAD + short else None


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
