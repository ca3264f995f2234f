"""AdaLAM (Cavalli et al. 2020) by kornia: matches of one product picture in one frame, outliers filtered locally.

An alternative to the ratio test and the voted pose, for pictures that are compared one with one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scout_vision.keypoints import Features
from scout_vision.learned.manifest import BadModel
from scout_vision.learned.torch_ready import HINT, torch_module


def adalam_matches(product: Features, frame: Features) -> NDArray[np.intp]:
    """(M, 2) rows of the product's and the frame's features that belong together, surest first.

    Raises BadModel where kornia is not installed. Fewer than 2 keypoints on either side give no match.
    """
    torch = torch_module()
    try:
        from kornia.feature import match_adalam
    except ImportError as error:
        raise BadModel(f"kornia cannot be imported: {error}", hint=HINT) from error
    if len(product) < 2 or len(frame) < 2:
        return np.zeros((0, 2), np.intp)
    with torch.inference_mode():
        doubt, rows = match_adalam(
            torch.from_numpy(product.descriptors.astype(np.float32) / 512),
            torch.from_numpy(frame.descriptors.astype(np.float32) / 512),
            torch.from_numpy(_frames(product))[None],
            torch.from_numpy(_frames(frame))[None],
            config={"device": torch.device("cpu")},
            hw1=(product.height, product.width),
            hw2=(frame.height, frame.width),
        )
    order = np.argsort(doubt.numpy().ravel(), kind="stable")
    return np.asarray(rows.numpy()[order], np.intp)


def _frames(features: Features) -> NDArray[np.float32]:
    """(N, 2, 3): each keypoint's axes, turned and scaled, and its centre."""
    half = features.sizes / 2
    frames = np.empty((len(features), 2, 3), np.float32)
    frames[:, 0, 0] = frames[:, 1, 1] = half * np.cos(features.angles)
    frames[:, 1, 0] = half * np.sin(features.angles)
    frames[:, 0, 1] = -frames[:, 1, 0]
    frames[:, :, 2] = features.points
    return frames
