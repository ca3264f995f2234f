"""A booth's place in the hall, its measures and colours, and the container everything is put into.

Booth coordinates are what a visitor sees who faces the booth: right, deep (from the aisle inwards), up; metres.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from . import signs
from .canvas import BLACK, WHITE, Colour, hsv, mix
from .catalogue import Assortment, Company
from .geometry import Quad, Vector, vec

WIDTH, DEPTH, WALL = 4.4, 2.9, 2.6  # one booth
GAP, AISLE = 0.35, 1.75  # between booths; half the aisle
SHELF, SHELF_DEPTH = 2.5, 0.38  # shelf unit
BOARDS = (0.34, 0.76, 1.18, 1.60)  # heights of the boards' upper sides
SHELF_TOP = 2.02
GROUND = 0.012  # what stands on the floor ends just above carpets and shadows, so that planes do not cut


@dataclass(frozen=True, eq=False)
class Placement:
    """One pack standing somewhere: `item` is its number in the item buffer, `product` None for packs of nobody's
    catalogue."""

    item: int
    product: str | None
    booth: str
    quad: Quad
    spot: str


@dataclass(frozen=True)
class Label:
    """A price label on a shelf edge."""

    product: str | None
    booth: str
    quad: Quad


@dataclass
class Hall:
    """Everything that can be drawn. `pictures` RGB or premultiplied RGBA uint8 by name."""

    assortment: Assortment
    quads: list[Quad] = field(default_factory=list)
    pictures: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    placements: list[Placement] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    signs: list[tuple[str, str, Quad]] = field(default_factory=list)
    length: float = 0.0


@dataclass(frozen=True)
class Stand:
    """One booth's place: `index`, on the left (side 1) or right (-1) of the aisle, from `start` metres along it."""

    index: int
    side: int
    start: float
    company: Company

    def point(self, right: float, deep: float, up: float) -> Vector:
        if self.side > 0:
            return vec(self.start + right, AISLE + deep, up)
        return vec(self.start + WIDTH - right, -AISLE - deep, up)

    def vector(self, right: float, deep: float, up: float) -> Vector:
        return vec(self.side * right, self.side * deep, up)

    def facing(
        self, right: float, deep: float, top: float, width: float, height: float, texture: str, **extra: object
    ) -> Quad:
        """An upright rectangle that faces the visitor, by its left top corner."""
        down = vec(0, 0, -min(height, top - GROUND))
        return Quad(self.point(right, deep, top), self.vector(width, 0, 0), down, texture, **extra)  # type: ignore[arg-type]

    def lateral(
        self,
        right: float,
        deep: float,
        top: float,
        depth: float,
        height: float,
        texture: str,
        *,
        to_right: bool,
        light: float = 1.0,
    ) -> Quad:
        """An upright rectangle in the plane `right`, from `deep` inwards, seen from the right (or from the left)."""
        down = vec(0, 0, -min(height, top - GROUND))
        if to_right:
            return Quad(self.point(right, deep, top), self.vector(0, depth, 0), down, texture, light=light)
        return Quad(self.point(right, deep + depth, top), self.vector(0, -depth, 0), down, texture, light=light)

    def level(
        self,
        right: float,
        deep: float,
        up: float,
        width: float,
        depth: float,
        texture: str,
        *,
        upward: bool = True,
        light: float = 1.0,
    ) -> Quad:
        """A horizontal rectangle reaching from `deep` inwards, seen from above (or below)."""
        if upward:
            return Quad(
                self.point(right, deep + depth, up),
                self.vector(width, 0, 0),
                self.vector(0, -depth, 0),
                texture,
                light=light,
            )
        return Quad(
            self.point(right, deep, up), self.vector(width, 0, 0), self.vector(0, depth, 0), texture, light=light
        )

    def shade(self, right: float, deep: float, up: float, width: float, depth: float) -> Quad:
        """A soft shadow on the ground or on a board, a little larger than what stands on it."""
        return Quad(
            self.point(right - width * 0.12, deep + depth * 1.12, up),
            self.vector(width * 1.24, 0, 0),
            self.vector(0, -depth * 1.24, 0),
            "shadow",
            "alpha",
        )


def stands(assortment: Assortment) -> list[Stand]:
    """Booths in turn left and right of the aisle."""
    return [
        Stand(i, 1 if i % 2 == 0 else -1, (i // 2) * (WIDTH + GAP) + (0.0 if i % 2 == 0 else 1.2), c)
        for i, c in enumerate(assortment.companies)
    ]


def tones(company: Company) -> tuple[Colour, Colour]:
    """Shelf and carpet colours of a booth."""
    main, _ = signs.colours(company)
    wood = ((222.0, 200.0, 168.0), (236.0, 236.0, 232.0), (150.0, 112.0, 80.0))[int(company.hue) % 3]
    return wood, mix(mix(main, WHITE, 0.12), hsv(company.hue, 0.2, 0.4), 0.45) if company.hue < 200 else mix(
        main, BLACK, 0.25
    )
