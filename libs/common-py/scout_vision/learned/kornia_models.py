"""Keypoint extractors by kornia (Riba et al. 2020), with weights from a model's folder.

disk: DISK (Tyszkiewicz et al. 2020), which knows neither size nor turn of a keypoint. hardnet: Key.Net
(Barroso-Laguna et al. 2019), AffNet and OriNet (Mishkin et al. 2018), HardNet descriptors (Mishchuk et al. 2017).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.image import Picture
from scout_vision.keypoints import Features, ProductFeatures
from scout_vision.learned.manifest import BadModel, checked_file, read_manifest
from scout_vision.learned.torch_ready import HINT, device_of, load_into, torch_module

MODELS = ("disk", "hardnet")
DISK_SIZE = 16.0  # pixels, of every keypoint of DISK: only the ratio of two counts
DESCRIPTOR_SCALE = 256.0  # components of a unit vector in 128 dimensions seldom pass 0.4; 0.5 is the most a byte holds
VIEWS = ((640, 1200), (320, 500), (160, 250), (80, 120))  # sides of a product picture, keypoints of each


@dataclass(frozen=True, eq=False)
class Found:
    """Keypoints of one network run, strongest first: points (N, 2), sizes, angles (N,), descriptors (N, 128) unit."""

    points: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.float32]


class KorniaExtractor:
    """A learned extractor behind the interface of RootSift; signed descriptors are kept as bytes around 128.

    Opening reads the manifest only; weights are loaded by the first picture. Pictures are RGB uint8 (H, W, 3).
    """

    name: str

    def __init__(self, folder: Path, *, device: str = "auto", keypoints: int = 4000, side: int = 1120) -> None:
        """side: pixels of a frame's long side as it is seen. Raises BadModel where the folder holds no such model."""
        self._manifest = read_manifest(folder)
        if self._manifest.kind not in MODELS:
            raise BadModel(
                f"the model {self._manifest.name} is an embedder, no keypoint extractor",
                hint=f"an extractor is a model of kind {' or '.join(MODELS)}",
            )
        self.name = f"kornia.{self._manifest.name}"
        settings = repr((VIEWS, DISK_SIZE, DESCRIPTOR_SCALE, keypoints, side)).encode()
        self.version = f"{self._manifest.version('weights')}-{zlib.crc32(settings):08x}"
        self._folder, self._wanted, self._keypoints, self._side = folder, device, keypoints, side

    def frame(self, image: Picture) -> Features:
        """Features of a keyframe or photo, in pixels of `image`."""
        height, width = image.shape[:2]
        scale = min(2.0, self._side / max(height, width))
        return _kept(self._find(_resized(image, scale), self._keypoints), scale, width, height)

    def product(self, image: Picture) -> ProductFeatures:
        """Features of one product picture at several scales, in pixels of `image`, in order of worth."""
        height, width = image.shape[:2]
        parts, views, worth = [], [], []
        for view, (side, budget) in enumerate(VIEWS):
            scale = side / max(height, width)
            if scale > 2.0 and view < len(VIEWS) - 1:
                continue  # an enlargement beyond twice adds blur, not detail
            part = _kept(self._find(_resized(image, scale), budget), scale, width, height)
            parts.append(part)
            views.append(np.full(len(part), view, np.uint8))
            worth.append(np.arange(len(part)) / budget)
        order = np.lexsort((np.concatenate(views), np.concatenate(worth)))
        points, sizes, angles, described = (
            np.concatenate([getattr(p, name) for p in parts])[order] for name in _ARRAYS
        )
        features = Features(points, sizes, angles, described, width, height)
        return ProductFeatures(features, np.concatenate(views)[order])

    @cached_property
    def _model(self) -> Any:
        kind = self._manifest.kind
        model = load_into(build(kind), checked_file(self._folder, self._manifest, "weights"), kind)
        return model.to(device_of(self._wanted))

    def _find(self, image: Picture, most: int) -> Found:
        """The strongest keypoints of one picture; none where it is too small for the network."""
        if min(image.shape[:2]) < 32:
            return _NOTHING
        model, torch = self._model, torch_module()
        pixels = torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            find = _by_disk if self._manifest.kind == "disk" else _by_hardnet
            return find(model, pixels.to(device_of(self._wanted)), most)


_ARRAYS = ("points", "sizes", "angles", "descriptors")
_NOTHING = Found(
    np.zeros((0, 2), np.float32), np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros((0, 128), np.float32)
)


def build(kind: str) -> Any:
    """A network with random weights; nothing is downloaded. Raises BadModel where kornia is not installed."""
    torch_module()
    try:
        from kornia import feature
    except ImportError as error:
        raise BadModel(f"kornia cannot be imported: {error}", hint=HINT) from error
    if kind == "disk":
        return feature.DISK().eval()
    detector = feature.KeyNetDetector(
        False,
        num_features=8000,
        ori_module=feature.LAFOrienter(angle_detector=feature.OriNet(False)),
        aff_module=feature.LAFAffNetShapeEstimator(False, preserve_orientation=False),
    )
    described = feature.LAFDescriptor(feature.HardNet(False), patch_size=32, grayscale_descriptor=True)
    return feature.LocalFeature(detector, described).eval()


def check(kind: str, weights: Path) -> None:
    """Raises BadModel where a file does not hold the weights of this network."""
    load_into(build(kind), weights, kind)


def _by_disk(model: Any, pixels: Any, most: int) -> Found:
    found = model(pixels, n=most, pad_if_not_divisible=True)[0]
    scores = found.detection_scores.float().cpu().numpy()
    points = found.keypoints.float().cpu().numpy()
    order = _strongest(scores, points)
    count = len(order)
    sizes = np.full(count, DISK_SIZE, np.float32)
    described = found.descriptors.float().cpu().numpy()[order]
    return Found(points[order], sizes, np.zeros(count, np.float32), described)


def _by_hardnet(model: Any, pixels: Any, most: int) -> Found:
    from kornia.color import rgb_to_grayscale

    model.detector.num_features = most
    frames, responses, descriptors = model(rgb_to_grayscale(pixels))
    affine = frames[0].float().cpu().numpy()  # (N, 2, 3): the keypoint's own axes and its centre
    scores = responses[0].float().cpu().numpy()
    area = np.linalg.det(affine[:, :, :2])
    real = np.flatnonzero((scores > 0) & np.isfinite(affine).all(axis=(1, 2)) & (area > 0))
    real = real[_strongest(scores[real], affine[real, :, 2])]
    affine = affine[real]
    angles = np.mod(np.arctan2(affine[:, 1, 0], affine[:, 0, 0]), 2 * np.pi).astype(np.float32)
    sizes = (2 * np.sqrt(area[real])).astype(np.float32)
    return Found(affine[:, :, 2], sizes, angles, descriptors[0].float().cpu().numpy()[real])


def _strongest(scores: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.intp]:
    """Row order by score; ties by place, so that the order never depends on threads."""
    return np.lexsort((points[:, 0], points[:, 1], -scores))


def _resized(image: Picture, scale: float) -> Picture:
    if scale == 1.0:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def _kept(found: Found, scale: float, width: int, height: int) -> Features:
    """In pixels of the whole picture and rounded to the stored grid, as remembered features are."""
    points = ((found.points + 0.5) / np.float32(scale) - 0.5).astype(np.float32)
    inside = np.all((points >= 0) & (points < (width, height)), axis=1)
    signed = np.rint(found.descriptors[inside] * np.float32(DESCRIPTOR_SCALE)) + 128
    described = np.clip(signed, 0, 255).astype(np.uint8)
    sizes = found.sizes[inside] / np.float32(scale)
    features = Features(points[inside], sizes, found.angles[inside], described, width, height)
    return Features.from_bytes(features.to_bytes())
