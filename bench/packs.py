"""Catalogues of any size out of generated packs, sibling flavours among them, remembered between runs.

A product is known by (seed, number), so a catalogue of 1,000 is the first 1,000 of one of 3,000.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import cv2
from scout_vision.catalogue import CatalogueImage, CatalogueIndex, thumbnail
from scout_vision.image import Picture, decode_image, encode_jpeg
from scout_vision.keypoints import Features, ProductFeatures, RootSift
from scout_vision.packshot import trim_border

from bench.job import CORES
from scripts.sample.catalogue import Product, assort
from scripts.sample.packs import make_pack, packshot

SEED = 4711
MOST = 3000  # products the generator is asked for
PACKSHOT_HEIGHT = 740  # a pack of about 640 pixels, the largest scale that is looked at
KEPT = 600  # keypoints remembered a product: a catalogue of 700 or more keeps no more than these
_DETAILED = 300  # the first products are remembered whole, for small catalogues


def catalogue(size: int, known: list[CatalogueImage], folder: Path) -> CatalogueIndex:
    """An index of `size` products: those `known` (of the frames to search) filled up with generated ones."""
    images = [*known, *generated(size - len(known), folder)]
    return CatalogueIndex.build(images, seed=0)


def generated(count: int, folder: Path) -> Iterator[CatalogueImage]:
    """The first `count` generated products as the index needs them, from the folder where they are remembered."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [n for n in range(count) if not _features(folder, n).exists()]
    if missing:
        with ProcessPoolExecutor(CORES) as pool:
            list(pool.map(_remember, [folder] * len(missing), missing, chunksize=8))
    for number in range(count):
        features = ProductFeatures.from_bytes(_features(folder, number).read_bytes())
        name = f"{number:04d}"
        yield CatalogueImage(f"generated-{name}", name, features, None, thumbnail(picture(folder, number)))


def picture(folder: Path, number: int) -> Picture:
    """The studio picture of a generated product, RGB (H, W, 3), its border trimmed as the catalogue service does."""
    place = folder / f"{number:04d}.jpg"
    if not place.exists():
        shot, _ = packshot(make_pack(_products()[number]), height=PACKSHOT_HEIGHT)
        _write(place, encode_jpeg(trim_border(shot)))
    return decode_image(place.read_bytes())


def _remember(folder: Path, number: int) -> None:
    cv2.setNumThreads(1)
    features = RootSift().product(picture(folder, number))
    if number >= _DETAILED:
        features = _first(features, KEPT)
    _write(_features(folder, number), features.to_bytes())


def _first(product: ProductFeatures, count: int) -> ProductFeatures:
    """Rows stand in order of worth: the first ones are what a larger catalogue keeps."""
    f, kept = product.features, slice(0, count)
    part = Features(f.points[kept], f.sizes[kept], f.angles[kept], f.descriptors[kept], f.width, f.height)
    return ProductFeatures(part, product.views[kept])


def _features(folder: Path, number: int) -> Path:
    e = RootSift()
    settings = (e.view_sides, e.view_keypoints, e.product_contrast, e.padding)  # those of frames do not matter here
    return folder / f"{number:04d}-{zlib.crc32(repr(settings).encode()):08x}.kp"


def _write(place: Path, data: bytes) -> None:
    part = place.with_suffix(".part")
    part.write_bytes(data)
    part.replace(place)


@cache
def _products() -> tuple[Product, ...]:
    return assort(SEED, products=MOST, booths=MOST // 10).products
