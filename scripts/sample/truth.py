"""What is really in the pictures: boxes, visible shares, intervals, labels, signs, written as JSON."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .catalogue import Assortment, Product
from .shoot import Seen
from .stand import Hall

SHARE, PARTIAL, HEIGHT, TURN = 0.6, 0.1, 90.0, 60.0
DEFINITION = (
    "visible = at least 60 percent unhidden, at least 90 px high and turned less than about 60 degrees; "
    "partial_do_not_score = 10 to 60 percent, or smaller, or turned further, or only printed on a poster"
)


def grade(seen: Seen) -> int:
    """2 visible, 1 partly or only printed on a poster (do not score), 0 not worth a word."""
    if not seen.printed and seen.share >= SHARE and seen.height >= HEIGHT and seen.turn < TURN:
        return 2
    return 1 if seen.share >= PARTIAL else 0


def intervals(flags: Sequence[bool], step_s: float) -> list[list[float]]:
    """[start, end] seconds of the runs of True in per-frame flags; the end is that of the last frame."""
    padded = np.concatenate([[False], np.asarray(flags, bool), [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return [
        [round(float(a * step_s), 3), round(float(b * step_s), 3)] for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]


def box(seen: Seen, item_of: dict[int, tuple[str | None, str]]) -> dict[str, Any]:
    product, booth = item_of[seen.item]
    return {
        "product": product,
        "booth": booth,
        "item": seen.item,
        "quad": [[round(float(x), 1), round(float(y), 1)] for x, y in seen.quad],
        "share": round(seen.share, 3),
        "height": round(seen.height, 1),
        "turn": round(seen.turn, 1),
    }


def listing(hall: Hall) -> dict[int, tuple[str | None, str]]:
    return {p.item: (p.product, p.booth) for p in hall.placements}


def clip_truth(hall: Hall, frames: Sequence[Sequence[Seen]], fps: float, every: int) -> dict[str, Any]:
    """Products of a clip with intervals and facings, and the boxes of every `every`-th frame."""
    item_of = listing(hall)
    best: dict[str, list[int]] = defaultdict(lambda: [0] * len(frames))
    booths: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * len(frames)))
    for k, seen in enumerate(frames):
        for s in seen:
            product, booth = item_of[s.item]
            if product is not None:
                best[product][k] = max(best[product][k], grade(s))
                booths[product][booth][k] = max(booths[product][booth][k], grade(s))
    products = []
    for product, grades in sorted(best.items()):
        if max(grades) == 0:
            continue
        products.append(
            {
                "product": product,
                "visible": intervals([g == 2 for g in grades], 1 / fps),
                "partial_do_not_score": intervals([g == 1 for g in grades], 1 / fps),
                "booths": {
                    b: intervals([g == 2 for g in run], 1 / fps)
                    for b, run in sorted(booths[product].items())
                    if max(run) == 2
                },
            }
        )
    boxes = [
        {"time_s": round(k / fps, 3), "boxes": [box(s, item_of) for s in frames[k] if grade(s)]}
        for k in range(0, len(frames), every)
    ]
    return {"products": products, "frames": boxes}


def photo_truth(hall: Hall, seen: Iterable[Seen]) -> dict[str, Any]:
    """What one photo shows: present (visible), do_not_score (partly), and the boxes of all."""
    item_of = listing(hall)
    known = [s for s in seen if item_of[s.item][0] is not None]
    present = sorted({str(item_of[s.item][0]) for s in known if grade(s) == 2})
    partly = sorted({str(item_of[s.item][0]) for s in known if grade(s) == 1} - set(present))
    instances = [
        {
            "product": item_of[s.item][0],
            "booth": item_of[s.item][1],
            "quad": [[round(float(x), 1), round(float(y), 1)] for x, y in s.quad],
            "bbox_xyxy": [round(float(v), 1) for v in (*s.quad.min(0), *s.quad.max(0))],
            "share": round(s.share, 3),
        }
        for s in known
        if grade(s) == 2
    ]
    return {"present": present, "do_not_score": partly, "instances": instances, "exhaustive": True}


def label_text(p: Product) -> dict[str, Any]:
    """What is printed on a product and on its shelf label."""
    return {
        "sku": p.sku,
        "name": f"{p.noun} {p.flavour.name}",
        "brand": p.brand,
        "price": f"{p.price:.2f}",
        "currency": p.currency,
        "quantity": p.quantity,
        "barcode": p.barcode,
        "best_before": p.best_before.isoformat(),
        "lot": p.lot,
        "claim": p.claim,
    }


def hall_truth(hall: Hall) -> dict[str, Any]:
    """Products, labels, signs and placements, independent of any camera."""
    a = hall.assortment
    placed = {p.product for p in hall.placements}
    return {
        "labels": [label_text(p) for p in a.products],
        "absent": [p.sku for p in a.products if p.sku not in placed],
        "signs": [
            {
                "booth": c.booth,
                "hall": c.hall,
                "company": c.name,
                "texts": sorted({t for b, t, _ in hall.signs if b == c.booth}),
            }
            for c in a.companies
        ],
        "placements": [
            {"item": p.item, "product": p.product, "booth": p.booth, "spot": p.spot} for p in hall.placements
        ],
    }


def eval_products(assortment: Assortment, photos: list[dict[str, Any]]) -> dict[str, Any]:
    """The same in the layout of a scoring set's products/truth.json."""
    return {
        "description": "which photo shows which catalogue product",
        "products": [
            {
                "id": p.sku,
                "name": p.title,
                "catalogue_images": [f"../catalogue/images/{p.sku}.jpg"],
                "subset": "hall",
                "group": p.family,
            }
            for p in assortment.products
        ],
        "photos": photos,
    }
