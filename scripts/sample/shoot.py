"""One exposure: people at that moment, sub-frames over the shutter time, light falling off, noise, and what was
visible."""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .camera import Path
from .crowd import Walker, crowd
from .geometry import Camera, Quad, standing, vec
from .people import HEIGHT_M, SIZE, STRIDES
from .render import Image, item_buffer, paint
from .stand import GROUND, WIDTH, Hall, stands
from .textures import Textures
from .visibility import Piece, ordered, visible_pieces, within, without_hidden


@dataclass(frozen=True)
class Look:
    """How the sensor sees: noise in grey levels, exposure drift (part), sub-frames at most."""

    noise: float = 3.0
    drift: float = 0.1
    subframes: int = 3


@dataclass(frozen=True)
class Seen:
    """One pack in one picture: corner pixels (4, 2), unhidden part of its area, height in pixels, turn in degrees;
    `printed` where it is only a picture on a poster."""

    item: int
    quad: NDArray[np.float64]
    share: float
    height: float
    turn: float
    printed: bool = False


class Studio:
    """A furnished hall, a path, and people: everything a picture at time t depends on."""

    def __init__(self, hall: Hall, path: Path, walkers: list[Walker], look: Look, seed: int) -> None:
        self.hall, self.path, self.walkers, self.look, self.seed = hall, path, walkers, look, seed
        self.textures = Textures(hall.pictures)
        self._stacked = np.stack([q.corners for q in hall.quads])
        self._noise: dict[tuple[int, int], NDArray[np.int8]] = {}

    @classmethod
    def sharing(cls, other: "Studio", path: Path, seed: int) -> "Studio":
        """The same hall and pictures with another path and other people."""
        studio = cls.__new__(cls)
        studio.__dict__.update(other.__dict__)
        places = stands(other.hall.assortment)
        studio.path, studio.seed = path, seed
        studio.walkers = crowd(
            places, Path(path.times, path.knots, ((0.0, 1.0, seed % len(places)),), path.manner, seed), 20.0, seed, 0.8
        )
        return studio

    def moving(self, t: float, camera: Camera) -> list[Quad]:
        """People (and the fixed plants and columns) at `t`, turned to the camera."""
        quads = []
        for w in self.walkers:
            if w.begin_s <= t <= w.end_s:
                s = (t - w.begin_s) / max(1e-6, w.end_s - w.begin_s)
                x, y = (w.start[k] + (w.end[k] - w.start[k]) * s for k in (0, 1))
                way = float(np.hypot(w.end[0] - w.start[0], w.end[1] - w.start[1]))
                phase = int(s * way / 1.4 * STRIDES) % STRIDES if way > 0.3 else 0
                quad = standing(
                    vec(x, y, GROUND),
                    HEIGHT_M * SIZE[0] / SIZE[1],
                    HEIGHT_M,
                    camera.position,
                    f"person{w.kind}.{phase}",
                    light=0.95,
                )
                ahead = (w.end[0] - w.start[0]) * quad.u[0] + (w.end[1] - w.start[1]) * quad.u[1]
                if ahead < 0:
                    quad = Quad(quad.origin, quad.u, quad.v, f"person{w.kind}.{phase}.back", "alpha", 0, 0.95)
                quads.append(quad)
        for stand in stands(self.hall.assortment):
            quads.append(
                standing(stand.point(WIDTH - 0.22, 0.3, GROUND), 0.62, 1.24, camera.position, "plant", light=0.9)
            )
        for x in (-2.6, self.hall.length + 1.6):
            quads.append(standing(vec(x, 2.6, GROUND), 0.5, 4.6, camera.position, "column"))
        return quads

    def pieces(self, t: float, camera: Camera) -> list[Piece]:
        """Everything one camera sees at `t`, in painter's order."""
        moving = self.moving(t, camera)
        stacked = np.concatenate([self._stacked, np.stack([q.corners for q in moving])])
        found = [
            p
            for p in visible_pieces(self.hall.quads + moving, camera, stacked)
            if min(p.box[2] - p.box[0], p.box[3] - p.box[1]) > 2
        ]
        return without_hidden(ordered(found, camera.position), camera)

    def frame(self, t: float, width: int, height: int, frame_s: float, index: int) -> tuple[Image, list[Seen]]:
        """The picture exposed around `t` (H, W, 3) and the packs in it."""
        camera = self.path.at(t, width, height)
        pieces = self.pieces(t, camera)
        image = self._exposed(pieces, t, camera, frame_s)
        image = self.developed(image, t, index)
        return image, self.seen(pieces, camera)

    def _exposed(self, pieces: list[Piece], t: float, camera: Camera, frame_s: float) -> Image:
        """Average of sub-frames over the shutter time; as many as the motion on the picture asks for."""
        open_s = frame_s * self.path.manner.shutter
        ends = [self.path.at(t + k * open_s / 2, camera.width, camera.height) for k in (-1, 1)]
        probe = camera.position + camera.axes[2] * 1.8 + np.array([[0.0, 0, 0], [0.0, 0, 0.4], [0, 0, -0.4]])
        travel = (
            float(np.abs(ends[0].project(probe)[0] - ends[1].project(probe)[0]).max())
            * 720
            / min(camera.width, camera.height)
        )
        count = int(np.clip(np.ceil(travel / 5), 1, self.look.subframes))
        if count == 1:
            return self.paint(pieces, camera)
        quads = [p.quad for p in pieces]
        stacked = np.stack([q.corners for q in quads])
        pad = int(2 * travel * camera.height / 720) + 4
        limits = {id(p.quad): (p.box[0] - pad, p.box[1] - pad, p.box[2] + pad, p.box[3] + pad) for p in pieces}
        total = np.zeros((camera.height, camera.width, 4), np.float32)
        for k in range(count):
            moved = self.path.at(t + ((k + 0.5) / count - 0.5) * open_s, camera.width, camera.height)
            cut = [replace(p, box=within(p.box, limits[id(p.quad)])) for p in visible_pieces(quads, moved, stacked)]
            cv2.accumulate(
                paint([p for p in cut if p.box[2] > p.box[0] and p.box[3] > p.box[1]], moved, self.textures), total
            )
        image = cv2.cvtColor(cv2.convertScaleAbs(total, alpha=1.0 / count), cv2.COLOR_RGBA2RGB)
        step = (ends[1].project(probe)[0] - ends[0].project(probe)[0]).mean(0) / count
        return np.asarray(cv2.filter2D(image, -1, _streak(step)), np.uint8)

    def developed(self, image: Image, t: float, index: int) -> Image:
        """Lens glow, vignette, exposure drift and sensor noise."""
        h, w = image.shape[:2]
        small = cv2.resize(image, (w // 8, h // 8), interpolation=cv2.INTER_AREA)
        bright = cv2.GaussianBlur(cv2.subtract(small, np.full_like(small, 150)), (0, 0), w / 640)
        glowing = cv2.addWeighted(image, 1.0, cv2.resize(bright, (w, h)), 0.22, 0)
        rng = np.random.default_rng([self.seed, 61])
        a, b = rng.uniform(0, 6.28, 2)
        gain = 1.06 + self.look.drift * (0.6 * np.sin(0.55 * t + a) + 0.4 * np.sin(1.7 * t + b))
        gamma = np.clip(np.arange(256) / 255 * gain, 0, 1.3)
        curve = np.where(gamma > 0.8, 0.8 + (1 - np.exp(-(gamma - 0.8) / 0.22)) * 0.22, gamma)
        exposed = cv2.LUT(glowing, np.clip(curve * 255 + 0.5, 0, 255).astype(np.uint8))
        return self._noisy(np.asarray(cv2.multiply(exposed, _vignette(w, h), scale=1 / 255.0), np.uint8), index)

    def _noisy(self, image: Image, index: int) -> Image:
        """Add noise cut at a random place out of one large pre-drawn plate (drawing fresh noise takes longer than
        the frame)."""
        if self.look.noise <= 0:
            return image
        h, w = image.shape[:2]
        key = (w, h)
        if key not in self._noise:
            rng = np.random.default_rng([self.seed, 62])
            plate = rng.normal(0, self.look.noise, (h + 64, w + 64, 1)) + rng.normal(
                0, self.look.noise * 0.5, (h + 64, w + 64, 3)
            )
            self._noise[key] = np.clip(np.round(plate), -127, 127).astype(np.int8)
        y, x = np.random.default_rng([self.seed, 63, index]).integers(0, 64, 2)
        part = np.ascontiguousarray(self._noise[key][y : y + h, x : x + w])
        return np.asarray(cv2.add(image, part, dtype=cv2.CV_8U), np.uint8)

    def paint(self, pieces: list[Piece], camera: Camera) -> Image:
        """One sharp picture, as a photo is."""
        return np.asarray(cv2.cvtColor(paint(pieces, camera, self.textures), cv2.COLOR_RGBA2RGB), np.uint8)

    def seen(self, pieces: list[Piece], camera: Camera) -> list[Seen]:
        """Every pack in the picture with its unhidden share, from the item buffer at half size."""
        shrink = 2 if camera.height <= 900 else 4
        buffer = item_buffer(pieces, camera, self.textures, shrink)
        counts = np.bincount(buffer.reshape(-1), minlength=len(self.hall.placements) + 1)
        found = []
        for piece in pieces:
            if piece.quad.item and counts[piece.quad.item]:
                one = _measure(piece.quad, camera, int(counts[piece.quad.item]), shrink)
                found.append(replace(one, printed=self.hall.placements[one.item - 1].spot == "poster"))
        return found


@lru_cache(maxsize=4)
def _vignette(w: int, h: int) -> Image:
    """The lens's fall-off towards the corners, (h, w, 3), 255 = none."""
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    r2 = ((xx / w - 0.5) ** 2 + (yy / h - 0.5) ** 2 * (h / w) ** 2) / 0.33
    return np.repeat(np.clip(255 * (1 - 0.2 * r2), 0, 255).astype(np.uint8)[..., None], 3, 2)


def _streak(step: NDArray[np.float64]) -> NDArray[np.float32]:
    """A line kernel as long as the way between two sub-frames, which joins their ghosts into one blur."""
    n = int(np.ceil(np.abs(step).max() / 2)) + 1
    kernel = np.zeros((2 * n + 1, 2 * n + 1), np.uint8)
    ends = [np.round((n + s * step / 2) * 16).astype(int).tolist() for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 255, 1, cv2.LINE_AA, 4)
    return (kernel / max(1, int(kernel.sum()))).astype(np.float32)


def _measure(quad: Quad, camera: Camera, visible_pixels: int, shrink: int) -> Seen:
    """`visible_pixels` were counted at 1/shrink of the size; the whole pack is counted the same way."""
    corners = quad.corners
    pixels, depths = camera.project(corners)
    middle = corners.mean(0)
    to_eye = camera.position - middle
    turn = float(np.degrees(np.arccos(np.clip(quad.normal @ to_eye / np.linalg.norm(to_eye), -1, 1))))
    if depths.min() < 0.1:
        return Seen(quad.item, pixels, 0.3, 0.0, turn)
    low = np.floor(pixels.min(0) / shrink).astype(int) - 1
    size = np.minimum(np.ceil(pixels.max(0) / shrink).astype(int) + 2 - low, 4000)
    whole = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillConvexPoly(
        whole, np.round((pixels / shrink - low) * 16).astype(np.int32).reshape(-1, 1, 2), 1, cv2.LINE_8, 4
    )
    height = float(min(np.linalg.norm(pixels[3] - pixels[0]), np.linalg.norm(pixels[2] - pixels[1])))
    return Seen(quad.item, pixels, min(1.0, visible_pixels / max(cv2.countNonZero(whole), 1)), height, turn)
