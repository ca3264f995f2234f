"""The brightness of decoded frames, taken from the luma plane without converting colours."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_ROW_STEP = 8


def luminance(frame: VideoFrame) -> NDArray[np.uint8]:
    """The frame's luma plane (H, W) uint8, without converting colours where the format allows."""
    name = frame.format.name
    planar = name.startswith(("yuv", "yuvj", "nv12", "nv21", "gray", "p01")) and not name.startswith("yuyv")
    if not planar or name.endswith("be"):
        return np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
    plane = frame.planes[0]
    bits = frame.format.components[0].bits
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    values: NDArray[np.uint8 | np.uint16] = rows[: frame.height, : frame.width]
    if bits == 8:
        return values.astype(np.uint8, copy=False)
    return (values >> (8 if name.startswith("p01") else bits - 8)).astype(np.uint8)


def sharpness_of(luma: NDArray[np.uint8]) -> float:
    """Root mean square step between neighbouring pixels, on pairs of rows 8 apart: motion blur in any direction
    lowers it, and full resolution counts. luma: (H, W) uint8."""
    rows = luma.shape[0] // _ROW_STEP * _ROW_STEP
    upper, lower = luma[:rows:_ROW_STEP], luma[1 : rows + 1 : _ROW_STEP]
    if not upper.size or luma.shape[1] < 2:
        return 0.0
    across = cv2.norm(upper[:, 1:], upper[:, :-1], cv2.NORM_L2SQR) / (upper.size - len(upper))
    down = cv2.norm(upper, lower, cv2.NORM_L2SQR) / upper.size
    return float(np.sqrt(across + down))
