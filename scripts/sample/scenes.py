"""Single random pictures with truth, quickly: what probabilities are calibrated on (no clip, no files)."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .camera import Path
from .catalogue import Product
from .film import GRADES, Settings, studio_of
from .packs import make_pack, packshot
from .render import Image
from .shoot import Seen, Studio
from .stand import DEPTH, WIDTH, stands


@dataclass(frozen=True, eq=False)
class Library:
    """One random catalogue and the hall that shows most of it. `pictures[i]` is the packshot of `products[i]`."""

    products: tuple[Product, ...]
    pictures: list[Image]
    studio: Studio


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and every catalogue pack in it: (index into the library's products, what was measured)."""

    image: Image
    seen: list[tuple[int, Seen]]
    library: Library


@lru_cache(maxsize=2)
def library(seed: int, difficulty: str = "normal", products: int = 38) -> Library:
    """The catalogue and hall of a seed (some seconds; the last two are kept)."""
    studio = studio_of(Settings(seed, 720, 75.0, difficulty, products))
    listed = studio.hall.assortment.products
    return Library(listed, [packshot(make_pack(p), 700)[0] for p in listed], studio)


def scene(source: Library, seed: int, difficulty: str = "normal", *, height: int = 720) -> Scene:
    """A random view of a random booth: distance 0.8-3.2 m, up to 45 degrees off, moving, people in between,
    compressed."""
    rng = np.random.default_rng([seed, 91])
    studio, grade = source.studio, GRADES[difficulty]
    places = stands(studio.hall.assortment)
    stand = places[int(rng.integers(len(places)))]
    reach = float(rng.uniform(0.8, 2.3)) * (grade.manner.distance / 1.4)
    along = WIDTH / 2 + float(rng.uniform(-0.9, 0.9))
    target = stand.point(along, DEPTH - 0.42, float(rng.uniform(0.85, 1.5)))
    aside = reach * float(np.tan(np.deg2rad(rng.normal(0, 18))))
    eye = stand.point(
        float(np.clip(along + aside, 0.3, WIDTH - 0.3)), DEPTH - 0.42 - reach, float(rng.uniform(1.35, 1.7))
    )
    drift = target + stand.vector(float(rng.normal(0, 0.25)), 0, float(rng.normal(0, 0.1)))
    knots = np.stack([np.concatenate([eye, target]), np.concatenate([eye + (drift - target) * 0.4, drift])])
    path = Path(np.array([0.0, 1.0]), knots, (), grade.manner, seed)
    view = Studio.sharing(studio, path, seed)
    image, seen = view.frame(float(rng.uniform(0.1, 0.9)), height * 16 // 9, height, 0.04, seed)
    quality = int(rng.uniform(*{"easy": (80, 95), "normal": (55, 90), "hard": (30, 70)}[difficulty]))
    coded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    image = np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
    index = {p.sku: i for i, p in enumerate(source.products)}
    product_of = {p.item: p.product for p in studio.hall.placements}
    return Scene(image, [(index[str(product_of[s.item])], s) for s in seen if product_of[s.item] in index], source)


def random_scene(
    seed: int, difficulty: str = "normal", *, height: int = 720, per_library: int = 50
) -> tuple[Image, list[tuple[int, NDArray[np.float32], float]], list[Image]]:
    """Picture RGB (H, W, 3), its packs as (product index, quad (4, 2) pixels, visible share), and all packshots.

    `per_library` consecutive seeds share one catalogue; index i means packshot i. Packs of nobody's catalogue
    stand there too.
    """
    source = library(1000 + seed // per_library, difficulty)
    found = scene(source, seed, difficulty, height=height)
    return found.image, [(i, s.quad.astype(np.float32), s.share) for i, s in found.seen], source.pictures
