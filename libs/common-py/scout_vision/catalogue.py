"""The catalogue as one searchable index: every product picture and its decoys, built once, loaded by every worker."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import faiss
import numpy as np
from numpy.typing import NDArray

from scout_vision.decoys import Projection, mirrored
from scout_vision.entries import Entries, stacked
from scout_vision.keypoints import Extractor, Features, ProductFeatures
from scout_vision.kinship import Kinship, imitates, kinship
from scout_vision.verification import FrameView, verify
from scout_vision.voting import Hypothesis, Pose

THUMBNAIL_SIDE = 128
_DIMENSIONS = 64
_FULL_DIMENSIONS, _FULL_DETAIL = 128, 200  # catalogues of up to 200 pictures keep every dimension
_SHORT_LIST = 2  # times as many rows are ranked exactly as are asked for
_MOST_KEYPOINTS, _FEWEST_KEYPOINTS, _KEYPOINTS_IN_ALL = 2000, 300, 400_000
_MOST_DECOYS = 300
_CHANCE_INLIERS = 10  # up to which a mirrored picture is taken to agree with a picture by chance
_FORMAT = 1
_ENTRY_ARRAYS = ("points", "sizes", "angles", "views", "codes", "starts", "shapes")


@dataclass(frozen=True, eq=False)
class CatalogueImage:
    """One picture of one product, as the index needs it. thumbnail: JPEG bytes; vector: its appearance, if known.

    mirror: extracts the features of the mirrored picture, where they do not follow from the picture's own as RootSIFT's
    do; called for the pictures that decoys are made of.
    """

    product: str
    image: str
    features: ProductFeatures
    vector: NDArray[np.float32] | None = None
    thumbnail: bytes = b""
    mirror: Callable[[], ProductFeatures] | None = None

    @staticmethod
    def of(product: str, image: str, picture: NDArray[np.uint8], extractor: Extractor) -> CatalogueImage:
        """From an RGB picture: features extracted, thumbnail made."""
        return CatalogueImage(product, image, extractor.product(picture), None, thumbnail(picture))


def thumbnail(picture: NDArray[np.uint8], side: int = THUMBNAIL_SIDE) -> bytes:
    """A JPEG of at most `side` pixels, for comparing sibling packs where they differ."""
    scale = min(1.0, side / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88])
    return data.tobytes() if done else b""


@dataclass(frozen=True, eq=False)
class CatalogueIndex:
    """What a worker needs to find any product of one catalogue version in a frame.

    labels: (product, image) of each entry; for a decoy, of the picture it mirrors. sources: (E,) that picture's number.
    pictures: how many entries are pictures (the rest are decoys). thumbnails: JPEG by picture.
    """

    labels: tuple[tuple[str, str], ...]
    sources: NDArray[np.int32]
    pictures: int
    entries: Entries
    projection: Projection
    search_index: faiss.Index | None
    thumbnails: tuple[bytes, ...]
    kinship: Kinship

    @property
    def decoys(self) -> int:
        return len(self.labels) - self.pictures

    @property
    def decoy_share(self) -> float:
        """Decoys per picture: chance wins of decoys divided by this estimate those of pictures."""
        return self.decoys / self.pictures if self.pictures else 0.0

    def source(self, entry: int) -> tuple[str, str, bool]:
        """(product, image, decoy) of an entry."""
        return (*self.labels[entry], entry >= self.pictures)

    def thumbnail(self, entry: int) -> bytes:
        """JPEG of an entry's picture; for a decoy, of the picture it mirrors."""
        return self.thumbnails[int(self.sources[entry])]

    def nearest(self, queries: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The `count` nearest rows of each query (M, D): distances (M, count) and rows, -1 where fewer exist."""
        if self.search_index is None or not len(queries):
            none = np.full((len(queries), count), -1, np.int64)
            return np.full(none.shape, np.inf, np.float32), none
        _, rows = self.search_index.search(queries, min(_SHORT_LIST * count, len(self.entries.points)))
        parts = [self._ranked(queries[at : at + 256], rows[at : at + 256], count) for at in range(0, len(queries), 256)]
        return np.concatenate([d for d, _ in parts]), np.concatenate([r for _, r in parts])

    def _ranked(
        self, queries: NDArray[np.float32], rows: NDArray[np.int64], count: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The short list by exact distance (the 4-bit codes it was found with are coarse)."""
        apart = self.entries.codes[rows].astype(np.float32)
        apart -= queries[:, None]
        distances = np.sqrt(np.einsum("mkd,mkd->mk", apart, apart))
        distances[rows < 0] = np.inf
        order = np.argsort(distances, axis=1, kind="stable")[:, :count]
        distances, rows = np.take_along_axis(distances, order, axis=1), np.take_along_axis(rows, order, axis=1)
        missing = ((0, 0), (0, count - distances.shape[1]))
        return np.pad(distances, missing, constant_values=np.inf), np.pad(rows, missing, constant_values=-1)

    @staticmethod
    def build(images: Sequence[CatalogueImage], *, seed: int = 0) -> CatalogueIndex:
        """Index the pictures (any order: they are sorted) with decoys made from their mirrored features."""
        images = sorted(images, key=lambda i: (i.product, i.image))
        budget = int(np.clip(_KEYPOINTS_IN_ALL // max(len(images), 1), _FEWEST_KEYPOINTS, _MOST_KEYPOINTS))
        kept = [_prefix(i.features, budget) for i in images]
        sample = stacked([k.features.descriptors for k in kept], np.zeros((0, 128), np.uint8))
        rng = np.random.default_rng(seed)
        if len(sample) > 60_000:
            sample = sample[np.sort(rng.choice(len(sample), 60_000, replace=False))]
        projection = Projection.fit(sample, _FULL_DIMENSIONS if len(images) <= _FULL_DETAIL else _DIMENSIONS)
        labels = tuple((i.product, i.image) for i in images)
        entries = Entries.of(kept, projection)
        plain = CatalogueIndex(
            labels=labels,
            sources=np.arange(len(images), dtype=np.int32),
            pictures=len(images),
            entries=entries,
            projection=projection,
            search_index=_searchable(entries.codes),
            thumbnails=tuple(i.thumbnail for i in images),
            kinship=Kinship.none(),
        )
        related = kinship(entries, [i.product for i in images], plain.nearest)
        chosen = [int(i) for i in np.sort(rng.permutation(len(images))[:_MOST_DECOYS])]

        def mirror(i: int) -> ProductFeatures:
            extract = images[i].mirror
            return mirrored(kept[i]) if extract is None else _prefix(extract(), budget)

        return replace(plain, kinship=related)._with_decoys(kept, {i: mirror(i) for i in chosen if len(kept[i])})

    def _with_decoys(
        self, products: Sequence[ProductFeatures], decoys: Mapping[int, ProductFeatures]
    ) -> CatalogueIndex:
        """The index with mirrored copies of some pictures, but for those that symmetric art would let win."""
        kept = [i for i, decoy in decoys.items() if not self._imitated_by(decoy, i)]
        entries = Entries.of([*products, *(decoys[i] for i in kept)], self.projection)
        if kept and self.search_index is not None:
            self.search_index.add(entries.codes[len(self.entries.codes) :].astype(np.float32))
        return replace(
            self,
            labels=self.labels + tuple(self.labels[i] for i in kept),
            sources=np.concatenate([self.sources, np.array(kept, np.int32)]),
            entries=entries,
        )

    def _imitated_by(self, decoy: ProductFeatures, picture: int) -> bool:
        """Whether a mirrored picture verifies against its own original, or against any other picture."""
        f = decoy.features
        view = FrameView.of(f, self.projection)
        itself = Pose((f.width - 1) / 2, (f.height - 1) / 2, 1.0, 0.0)
        found = verify(self.entries, view, Hypothesis(picture, itself, 0.0, 0))
        if found is not None and found.inliers > _CHANCE_INLIERS:
            return True
        return imitates(self.entries, self.nearest, view, _CHANCE_INLIERS)

    def to_bytes(self) -> bytes:
        """One self-contained blob."""
        e, p = self.entries, self.projection
        head = {"format": _FORMAT, "labels": self.labels, "pictures": self.pictures, "step": p.step}
        arrays = {name: getattr(e, name) for name in _ENTRY_ARRAYS}
        sizes = np.array([len(t) for t in self.thumbnails], np.int64)
        thumbs = np.frombuffer(b"".join(self.thumbnails), np.uint8)
        index = np.zeros(0, np.uint8) if self.search_index is None else faiss.serialize_index(self.search_index)
        out = io.BytesIO()
        np.savez(
            out,
            head=np.frombuffer(json.dumps(head).encode(), np.uint8),
            **arrays,
            sources=self.sources,
            mean=p.mean,
            axes=p.axes,
            signs=p.signs,
            thumb_sizes=sizes,
            thumbs=thumbs,
            index=index,
            kin_pairs=self.kinship.pairs,
            kin_maps=self.kinship.maps,
        )
        return out.getvalue()

    @staticmethod
    def from_bytes(data: bytes) -> CatalogueIndex:
        """Raises ValueError where data is not what to_bytes wrote."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            head = json.loads(arrays["head"].tobytes())
            if head["format"] != _FORMAT:
                raise ValueError(f"it is of format {head['format']}, this version reads {_FORMAT}")
            ends = np.cumsum(arrays["thumb_sizes"])
            thumbs = arrays["thumbs"].tobytes()
            index = arrays["index"]
            return CatalogueIndex(
                labels=tuple((p, i) for p, i in head["labels"]),
                sources=arrays["sources"],
                pictures=int(head["pictures"]),
                entries=Entries(**{name: arrays[name] for name in _ENTRY_ARRAYS}),
                projection=Projection(arrays["mean"], arrays["axes"], arrays["signs"], float(head["step"])),
                search_index=_tuned(faiss.deserialize_index(index)) if len(index) else None,
                thumbnails=tuple(
                    thumbs[end - size : end] for end, size in zip(ends, arrays["thumb_sizes"], strict=True)
                ),
                kinship=Kinship(arrays["kin_pairs"], arrays["kin_maps"]),
            )
        except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile, RuntimeError) as error:
            raise ValueError(f"not a catalogue index, or damaged: {error}") from error


def _prefix(product: ProductFeatures, budget: int) -> ProductFeatures:
    f = product.features
    kept = slice(0, budget)
    part = Features(f.points[kept], f.sizes[kept], f.angles[kept], f.descriptors[kept], f.width, f.height)
    return ProductFeatures(part, product.views[kept])


def _searchable(codes: NDArray[np.int8]) -> faiss.Index | None:
    """IVF over the codes, 4-bit product quantiser (Andre et al. 2015): tens of thousands of codes scanned in a ms."""
    if not len(codes):
        return None
    vectors = codes.astype(np.float32)
    dims = vectors.shape[1]
    if len(vectors) < 5000:
        flat = faiss.IndexFlatL2(dims)
        flat.add(vectors)
        return flat
    lists = int(2 ** np.clip(np.round(np.log2(1.5 * np.sqrt(len(vectors)))), 6, 11))
    coarse = faiss.IndexFlatL2(dims)
    index = faiss.IndexIVFPQFastScan(coarse, dims, lists, dims // 2, 4)
    index.by_residual = False  # one table per query instead of one per list
    index.cp.seed = 1234
    index.cp.niter = 8
    index.cp.max_points_per_centroid = 64
    index.train(vectors)
    index.add(vectors)
    return _tuned(index)


def _tuned(index: faiss.Index) -> faiss.Index:
    if hasattr(index, "nprobe"):
        index.nprobe = 8
    return index
