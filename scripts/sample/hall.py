"""The hall: two rows of booths along an aisle, its floor and far walls, and who exhibits what where."""

import numpy as np

from . import people, plants, props
from .booth import furnish
from .catalogue import Assortment
from .geometry import Quad, vec
from .packs import Pack, make_pack
from .stand import WIDTH, Hall, Stand, stands
from .textures import premultiplied


def build(assortment: Assortment, seed: int, packs: dict[str, Pack] | None = None, figures: int = 8) -> Hall:
    """Furnish the hall. `packs` by sku may be given when drawn already; `figures` different people are drawn."""
    hall = Hall(assortment)
    packs = packs if packs is not None else {p.sku: make_pack(p) for p in (*assortment.shown, *assortment.fillers)}
    places = stands(assortment)
    hall.length = max(s.start for s in places) + WIDTH
    _shell(hall, seed)
    for k in range(figures):
        for phase, picture in enumerate(people.strides(seed * 100 + k)):
            hall.pictures[f"person{k}.{phase}"] = premultiplied(picture)
            hall.pictures[f"person{k}.{phase}.back"] = premultiplied(np.ascontiguousarray(picture[:, ::-1]))
    hall.pictures |= {"plant": premultiplied(plants.plant(seed)), "column": plants.column(), "shadow": plants.shadow()}
    for stand in places:
        furnish(hall, stand, _goods(assortment, stand, packs), seed * 31 + stand.index)
    return hall


def _goods(assortment: Assortment, stand: Stand, packs: dict[str, Pack]) -> list[Pack]:
    """What a booth shows: its own shown products, one guest product of a neighbour, and fillers."""
    n = len(assortment.companies)
    own = [p for p in assortment.shown if p.company == stand.index]
    guests = [p for p in assortment.shown if p.company == (stand.index + 2) % n][:1]
    fillers = [p for i, p in enumerate(assortment.fillers) if i % n == stand.index]
    return [packs[p.sku] for p in (*own, *guests, *fillers)]


def _shell(hall: Hall, seed: int) -> None:
    """Floor, far walls and ceiling."""
    a, b = -7.0, hall.length + 9.0
    hall.pictures["floor"] = props.carpet((104, 106, 112), 512, 512, seed)
    hall.pictures["backdrop"] = plants.backdrop(2400, 700, seed)
    hall.pictures["dark"] = props.plain_wall((40, 40, 44), 64, 64, seed)
    step = 2.0
    for k in range(int((b - a) / step) + 1):
        for j in range(-6, 6):
            x, y = a + k * step, j * step
            hall.quads.append(Quad(vec(x, y + step, 0), vec(step * 1.01, 0, 0), vec(0, -step * 1.01, 0), "floor"))
    top, half = 7.5, 13.0
    hall.quads += [
        Quad(vec(b, half, top), vec(0, -2 * half, 0), vec(0, 0, -top - 0.2), "backdrop"),
        Quad(vec(a, -half, top), vec(0, 2 * half, 0), vec(0, 0, -top - 0.2), "backdrop"),
        Quad(vec(a, half, top), vec(b - a, 0, 0), vec(0, 0, -top - 0.2), "backdrop"),
        Quad(vec(b, -half, top), vec(a - b, 0, 0), vec(0, 0, -top - 0.2), "backdrop"),
    ]
