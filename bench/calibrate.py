"""Fit the probability model on generated scenes and write scout_vision/coefficients.json.

    python -m bench.calibrate [--scenes 40] [--rows rows.json] [--fit-only]

Scenes are rendered trade-show stands (scripts/sample), as video frames and as small square shop photos. From every
family of sibling packs some members are held out of the catalogue while they stand on the shelves: what the matcher
makes of them are the hard negatives. Labelled real photos are never used here; they only check the result.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import faiss
import numpy as np
from numpy.typing import NDArray
from scout_vision.catalogue import CatalogueImage, CatalogueIndex
from scout_vision.competition import overlap
from scout_vision.keypoints import RootSift
from scout_vision.matching import Detection, FrameMatcher
from scout_vision.packshot import trim_border
from scout_vision.probability import CLOSE_UP, COEFFICIENTS, TIE, frame_inputs, frame_logit, risk_inputs, sibling_inputs

from scripts.sample.scenes import Library, Scene, library, scene

LIBRARIES = ((501, "normal"), (502, "hard"), (503, "easy"), (504, "hard"))
HELD_OUT = 0.4  # of the members of a family with siblings
ABSENT_WEIGHT = 0.1  # of a held-out sibling's find: most real catalogues hold the family, these halls hide much of it
EXPECTED_SUPPORT = 2.0  # weight of the points that the fit is drawn to where rows say little
IN_VIEW = 0.6  # of a pack unhidden and inside the picture: less is not "in view", whatever it is
SURE_SUPPORT, SURE_SLOPE, SURE_SMALL, SURE_UNLIKE = 12.0, 6.0, 0.5, 1.5
"""Below a dozen places in support nothing is claimed (mirrored products reach eight to twelve): the rendered halls,
whose packs are flatter and cleaner than real ones, do not get to say otherwise."""
Truth = list[tuple[int, NDArray[np.float32], float]]
Row = dict[str, Any]


def held_out(source: Library, seed: int) -> set[int]:
    """Products left out of the catalogue: some of every family with siblings, never all."""
    rng = np.random.default_rng([seed, 17])
    families: dict[str, list[int]] = {}
    for number, product in enumerate(source.products):
        families.setdefault(product.family, []).append(number)
    out: set[int] = set()
    for members in families.values():
        if len(members) > 1:
            count = min(len(members) - 1, int(rng.binomial(len(members), HELD_OUT)))
            out |= {int(i) for i in rng.choice(members, count, replace=False)}
    return out


def views(found: Scene, seed: int) -> Iterator[tuple[NDArray[np.uint8], Truth]]:
    """The scene as it is, and around one of its packs as a small square photo."""
    truth: Truth = [(i, s.quad.astype(np.float32), s.share) for i, s in found.seen]
    rng = np.random.default_rng([seed, 23])
    yield _in_other_light(found.image, rng), truth
    near = [quad for _, quad, share in truth if share > 0.5 and np.ptp(quad[:, 1]) > 90]
    if near:
        quad = near[int(rng.integers(len(near)))]
        side = int(np.clip(np.ptp(quad, axis=0).max() * rng.uniform(1.1, 1.9), 120, 700))
        height, width = found.image.shape[:2]
        low = np.clip(quad.mean(axis=0) - side / 2, 0, (max(width - side, 0), max(height - side, 0))).astype(int)
        crop = found.image[low[1] : low[1] + side, low[0] : low[0] + side]
        scale = 348 / side
        small = cv2.resize(
            crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        )
        moved = [(i, ((q - low) * scale).astype(np.float32), share) for i, q, share in truth]
        yield _in_other_light(np.asarray(small, np.uint8), rng), moved


def _in_other_light(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture as a camera with another white balance and tone curve gives it, a little soft and compressed."""
    levels = np.arange(256) / 255
    gains, gamma = np.exp(rng.normal(0, 0.14, 3)), float(np.exp(rng.normal(0, 0.3)))
    curves = np.clip(255 * (levels[:, None] * gains) ** gamma, 0, 255).astype(np.uint8)
    lit = np.stack([cv2.LUT(image[..., c], curves[:, c]) for c in range(3)], axis=2)
    soft = cv2.GaussianBlur(lit, (0, 0), float(rng.uniform(0.3, 1.4)))
    coded = cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(40, 90))])[1]
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def rows_of(libraries: tuple[tuple[int, str], ...], scenes: int) -> Iterator[Row]:
    """Every detection of every generated view, with its signals and whether it is right."""
    extractor = RootSift()
    for seed, difficulty in libraries:
        source = library(seed, difficulty)
        absent = held_out(source, seed)
        images = [
            CatalogueImage.of(str(i), "0", trim_border(picture), extractor)
            for i, picture in enumerate(source.pictures)
            if i not in absent
        ]
        matcher = FrameMatcher(CatalogueIndex.build(images, seed=seed))
        for number in range(scenes):
            for image, truth in views(scene(source, seed * 1000 + number, difficulty), number):
                for found in matcher.match(extractor.frame(image), image).detections:
                    yield _row(found, truth, absent)


def _row(found: Detection, truth: Truth, absent: set[int]) -> Row:
    at_place = {i: share for i, quad, share in truth if share > 0.05 and overlap(found.quad, quad) > 0.4}
    named = int(found.product) in at_place and not found.decoy
    in_view = at_place.get(int(found.product), 0.0) >= IN_VIEW or found.signals["filled"] >= CLOSE_UP
    return {
        "signals": dict(found.signals),
        "right": named and in_view,
        "named": named,
        "hidden_sibling": not named and not found.decoy and not set(at_place) - absent,
        "decidable": not found.decoy and bool(set(at_place) - absent),
    }


def fitted(
    inputs: NDArray[np.float64],
    right: NDArray[np.float64],
    counts: NDArray[np.float64],
    drawn_to: NDArray[np.float64],
    ridge: float = 4.0,
) -> NDArray[np.float64]:
    """Weights of a logistic regression by damped Newton steps, with a ridge that draws them to `drawn_to`."""
    weights = drawn_to.copy()
    for _ in range(200):
        said = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (counts * (right - said)) - ridge * (weights - drawn_to)
        curve = (inputs * (counts * said * (1 - said))[:, None]).T @ inputs + ridge * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights = weights + step * min(1.0, 1.0 / float(np.linalg.norm(step) + 1e-9))
    return weights


def coefficients(rows: list[Row]) -> Mapping[str, Any]:
    """The model fitted to rows: one regression for the frame, one (without a constant) for siblings."""
    names, inputs = zip(*(frame_inputs(row["signals"]) for row in rows), strict=True)
    right = np.array([row["right"] for row in rows], float)
    counts = np.array([ABSENT_WEIGHT if r["hidden_sibling"] else 1.0 for r in rows])
    drawn_to = np.array([EXPECTED_SUPPORT if name == "support" else 0.0 for name in names[0]])
    frame = fitted(np.array(inputs), right, counts, drawn_to)
    contested = [r for r in rows if r["decidable"] and r["signals"]["rival"] > 0]
    sibling_names, sibling = zip(*(sibling_inputs(**_duel(r["signals"])) for r in contested), strict=True)
    won = np.array([r["named"] for r in contested], float)
    siblings = fitted(np.array(sibling), won, np.ones(len(won)), np.full(2, 2.0))
    leads = np.array(sibling) @ siblings
    judged: dict[str, Mapping[str, float]] = {
        "frame": {name: round(float(w), 4) for name, w in zip(names[0], frame, strict=True)},
        "sure": {"support": SURE_SUPPORT, "slope": SURE_SLOPE, "small": SURE_SMALL, "unlike": SURE_UNLIKE},
    }
    claimed = (np.abs(leads) >= TIE) & np.array([frame_logit(r["signals"], judged) >= 0 for r in contested])
    areas = [r["signals"]["lean_area"] for r in contested]
    risk_names, doubts = zip(*(risk_inputs(abs(lead), a) for lead, a in zip(leads, areas, strict=True)), strict=True)
    risk = fitted(
        np.array(doubts)[claimed],
        (won == (leads > 0))[claimed].astype(float),
        np.ones(int(claimed.sum())),
        np.array([0.0, 1.0, 0.0]),
        ridge=1.0,
    )
    return {
        "version": 1,
        "made_by": "bench/calibrate.py",
        "rows": {"finds": len(rows), "right": int(right.sum()), "contested": len(contested), "won": int(won.sum())},
        "frame": judged["frame"],
        "sibling": {name: round(float(w), 4) for name, w in zip(sibling_names[0], siblings, strict=True)},
        "risk": {name: round(float(w), 4) for name, w in zip(risk_names[0], risk, strict=True)},
        "sure": judged["sure"],
        "sighting": {"frames": 0.5},
    }


def _duel(signals: Mapping[str, float]) -> dict[str, float]:
    return {
        "winner": signals["support"],
        "rival": signals["rival"],
        "lean": signals["lean"],
        "area": signals["lean_area"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=40, help="a library; each gives two pictures")
    parser.add_argument("--rows", type=Path, default=Path("bench/out/calibration-rows.json"))
    parser.add_argument("--fit-only", action="store_true", help="use the rows of an earlier run")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    if not options.fit_only:
        options.rows.parent.mkdir(parents=True, exist_ok=True)
        options.rows.write_text(json.dumps(list(rows_of(LIBRARIES, options.scenes))), "utf-8")
    model = coefficients(json.loads(options.rows.read_text("utf-8")))
    COEFFICIENTS.write_text(json.dumps(model, indent=1) + "\n", "utf-8")
    print(json.dumps(model, indent=1))


if __name__ == "__main__":
    main()
