"""Furnishing one booth: walls, signs, shelf with packs and labels, counter, roll-up."""

import numpy as np

from . import props, signs
from .canvas import WHITE, mix
from .geometry import Quad, vec
from .packs import Pack
from .stand import BOARDS, DEPTH, SHELF, SHELF_DEPTH, SHELF_TOP, WALL, WIDTH, Hall, Label, Placement, Stand, tones
from .textures import premultiplied

FRONT = DEPTH - 0.04 - SHELF_DEPTH  # how deep the shelf's front edge is
LEFT = (WIDTH - SHELF) / 2 + 0.15  # where the shelf starts


def furnish(hall: Hall, stand: Stand, goods: list[Pack], seed: int) -> None:
    """Put a booth and its goods into the hall."""
    rng = np.random.default_rng([seed, 77])
    for pack in goods:
        hall.pictures.setdefault(f"pack.{pack.product.sku}", premultiplied(pack.sprite))
        if pack.side is not None:
            hall.pictures.setdefault(f"side.{pack.product.sku}", pack.side)
        hall.pictures.setdefault(f"label.{pack.product.sku}", props.price_label(pack.product))
    _walls(hall, stand, seed)
    _signs(hall, stand)
    _shelf(hall, stand, seed)
    _fill_shelf(hall, stand, goods, rng)
    _counter(hall, stand, goods, rng)
    hero = goods[int(rng.integers(min(3, len(goods))))]
    name = f"poster{stand.index}"
    hall.pictures[name] = signs.poster(stand.company, hero, 520, 1340)
    hall.quads.append(stand.facing(WIDTH - 0.78, 1.7, 1.92, 0.72, 1.86, name))
    left, top, w, h = signs.poster_picture(hero, 0.72, 1.86)
    item = len(hall.placements) + 1
    print_of = f"pack.{hero.product.sku}"
    picture = stand.facing(WIDTH - 0.78 + left, 1.696, 1.92 - top, w, h, print_of, mode="alpha", item=item)
    hall.quads.append(picture)
    hall.placements.append(Placement(item, _listed(hall, hero), stand.company.booth, picture, "poster"))
    hall.quads.append(stand.facing(WIDTH - 0.82, 1.69, 0.06, 0.8, 0.06, "dark"))
    hall.quads.append(stand.shade(WIDTH - 0.82, 1.6, 0.012, 0.8, 0.3))
    hall.quads.append(stand.shade(WIDTH - 0.42, 0.15, 0.012, 0.4, 0.32))


def _walls(hall: Hall, stand: Stand, seed: int) -> None:
    n, wood_carpet = stand.index, tones(stand.company)
    _main, second = signs.colours(stand.company)
    hall.pictures[f"wall{n}"] = signs.back_wall(stand.company, 1760, 1040, seed)
    hall.pictures[f"panel{n}"] = props.plain_wall(mix(WHITE, second, 0.2), 700, 640, seed)
    hall.pictures[f"carpet{n}"] = props.carpet(wood_carpet[1], 900, 600, seed)
    hall.quads.append(stand.facing(0, DEPTH, WALL, WIDTH, WALL, f"wall{n}"))
    for k in range(2):
        for j in range(2):
            w, d = WIDTH / 2, DEPTH / 2
            hall.quads.append(
                Quad(
                    stand.point(k * w, (j + 1) * d, 0.008),
                    stand.vector(w * 1.004, 0, 0),
                    stand.vector(0, -d * 1.004, 0),
                    f"carpet{n}",
                )
            )
    start, depth = 0.9, DEPTH - 0.9
    for right, to_right in ((0.0, True), (-0.05, False), (WIDTH, False), (WIDTH + 0.05, True)):
        hall.quads.append(
            stand.lateral(
                right,
                start,
                WALL,
                depth,
                WALL,
                f"panel{n}",
                to_right=to_right,
                light=1.0 if 0 <= right <= WIDTH else 0.8,
            )
        )
    for right in (-0.05, WIDTH):
        hall.quads.append(stand.facing(right, start, WALL, 0.05, WALL, f"panel{n}", light=0.7))
        hall.quads.append(stand.facing(right, 0.0, WALL, 0.05, WALL, f"panel{n}", light=0.92))


def _signs(hall: Hall, stand: Stand) -> None:
    n, company = stand.index, stand.company
    hall.pictures[f"fascia{n}"] = signs.fascia(company, 1800, 160)
    hall.pictures[f"blade{n}"] = signs.blade(company, 420, 340)
    board = stand.facing(-0.05, -0.02, 2.96, WIDTH + 0.1, 0.39, f"fascia{n}")
    hall.quads.append(board)
    text = f"{company.name} Hall {company.hall} · {company.booth}"
    hall.signs.append((company.booth, text, board))
    for to_right in (True, False):
        for right in (0.0, WIDTH):
            plate = stand.lateral(
                right + (0.02 if to_right else -0.02), -0.68, 2.5, 0.62, 0.5, f"blade{n}", to_right=to_right
            )
            hall.quads.append(plate)
            hall.signs.append((company.booth, f"HALL {company.hall} {company.booth}", plate))
    hall.signs.append(
        (
            company.booth,
            f"{company.name.rsplit(' ', 1)[0]} {company.slogan}",
            stand.facing(0, DEPTH, WALL, WIDTH, 0.5, "dark"),
        )
    )


def _shelf(hall: Hall, stand: Stand, seed: int) -> None:
    n, (wood, _) = stand.index, tones(stand.company)
    levels = [1 - b / SHELF_TOP for b in (SHELF_TOP, *BOARDS[::-1])]
    hall.pictures[f"shelf{n}"] = props.shelf_back(1000, 800, levels, mix(wood, WHITE, 0.15))
    hall.pictures[f"board{n}"] = props.board_top(1000, 150, wood, seed)
    hall.pictures[f"rail{n}"] = props.plain_wall(mix(wood, WHITE, 0.45), 900, 24, seed)
    hall.pictures[f"cheek{n}"] = props.plain_wall(wood, 120, 640, seed)
    q = hall.quads
    q.append(stand.facing(LEFT, DEPTH - 0.03, SHELF_TOP, SHELF, SHELF_TOP, f"shelf{n}"))
    for z in (*BOARDS, SHELF_TOP):
        q.append(stand.level(LEFT, FRONT, z, SHELF, SHELF_DEPTH, f"board{n}", light=1.25 if z > 1.9 else 1.0))
        q.append(stand.level(LEFT, FRONT, z - 0.03, SHELF, SHELF_DEPTH, f"board{n}", upward=False, light=0.45))
        q.append(stand.facing(LEFT, FRONT, z, SHELF, 0.06 if z < 1.9 else 0.03, f"rail{n}"))
    for right, to_right in ((LEFT, False), (LEFT + 0.025, True), (LEFT + SHELF, True), (LEFT + SHELF - 0.025, False)):
        q.append(
            stand.lateral(
                right, FRONT - 0.004, SHELF_TOP, SHELF_DEPTH, SHELF_TOP, f"cheek{n}", to_right=to_right, light=0.9
            )
        )
    for right in (LEFT, LEFT + SHELF - 0.025):
        q.append(stand.facing(right, FRONT - 0.006, SHELF_TOP, 0.025, SHELF_TOP, f"cheek{n}", light=1.1))
    q.append(stand.facing(LEFT, FRONT + 0.03, BOARDS[0] - 0.03, SHELF, BOARDS[0] - 0.03, "dark"))


def _fill_shelf(hall: Hall, stand: Stand, goods: list[Pack], rng: np.random.Generator) -> None:
    """Groups of equal packs side by side on every board, with a label under each group; sooner or later every pack
    gets a place."""
    queue: list[Pack] = []
    for board in (2, 1, 3, 0):
        x, end, z = LEFT + 0.05, LEFT + SHELF - 0.05, BOARDS[board]
        while True:
            if not queue:
                queue = list(goods)
                if board != 2:
                    queue = [queue[i] for i in rng.permutation(len(queue))]
            pack = queue[0]
            facings = int(rng.integers(2, 4)) if pack.size[0] > 0.12 else int(rng.integers(3, 6))
            room = (SHELF_TOP if board == 3 else BOARDS[board + 1]) - z - 0.03
            pitch = pack.size[0] + 0.006
            fit = min(facings, int((end - x) / pitch))
            if fit < 1 or pack.size[1] > room:
                break
            queue.pop(0)
            _group(hall, stand, pack, x, z, fit, rng, 0.86 + 0.05 * board)
            x += fit * pitch + float(rng.uniform(0.015, 0.05))


def _group(
    hall: Hall, stand: Stand, pack: Pack, x: float, z: float, facings: int, rng: np.random.Generator, light: float
) -> None:
    w, _h, d = pack.size
    deep = FRONT + 0.035
    hall.quads.append(
        stand.shade(x, deep - 0.012, z + 0.0015, facings * (w + 0.006), min(d + 0.05, SHELF_DEPTH - 0.07))
    )
    label = stand.facing(
        x + facings * w / 2 - 0.042, FRONT - 0.003, z - 0.002, 0.09, 0.054, f"label.{pack.product.sku}"
    )
    hall.quads.append(label)
    hall.labels.append(Label(_listed(hall, pack), stand.company.booth, label))
    for k in range(facings):
        slip = float(rng.uniform(0, 0.02))
        stand_pack(
            hall,
            stand,
            pack,
            x + k * (w + 0.006),
            deep + slip,
            z + 0.002,
            light,
            "shelf",
            sides=(k == 0, k == facings - 1),
        )


def _listed(hall: Hall, pack: Pack) -> str | None:
    return pack.product.sku if any(p.sku == pack.product.sku for p in hall.assortment.products) else None


def stand_pack(
    hall: Hall,
    stand: Stand,
    pack: Pack,
    x: float,
    deep: float,
    z: float,
    light: float,
    spot: str,
    *,
    sides: tuple[bool, bool],
    yaw: float = 0.0,
) -> None:
    """One pack with its front towards the visitor, turned by `yaw` radians around its middle; boxes get their
    narrow sides."""
    w, h, d = pack.size
    c, s = np.cos(yaw), np.sin(yaw)
    across, inward = stand.vector(c, s, 0), stand.vector(-s, c, 0)
    origin = stand.point(x + w / 2, deep + d / 2, z + h) - across * w / 2 - inward * d / 2
    mode = "opaque" if pack.product.category.form == "box" else "alpha"
    item = len(hall.placements) + 1
    quad = Quad(origin, across * w, vec(0, 0, -h), f"pack.{pack.product.sku}", mode, item, light)
    hall.quads.append(quad)
    hall.placements.append(Placement(item, _listed(hall, pack), stand.company.booth, quad, spot))
    if pack.side is None:
        return
    roof = 0.13 * h if pack.product.category.form == "carton" else 0.0
    name, tall = f"side.{pack.product.sku}", vec(0, 0, -h + roof)
    low = origin - vec(0, 0, roof)
    if sides[0]:
        hall.quads.append(Quad(low + inward * d, -inward * d, tall, name, light=light * 0.72))
    if sides[1]:
        hall.quads.append(Quad(low + across * w, inward * d, tall, name, light=light * 0.82))
    if spot == "counter" and not roof:
        hall.quads.append(Quad(origin + inward * d, across * w, -inward * d, name, light=light * 1.1))


def _counter(hall: Hall, stand: Stand, goods: list[Pack], rng: np.random.Generator) -> None:
    """A reception counter near the aisle with a few packs on it."""
    n, right, deep, w, d, h = stand.index, 0.25, 0.3, 1.25, 0.55, 0.98
    hall.pictures[f"counter{n}"] = signs.counter(stand.company, 700, 540)
    hall.pictures["top"] = props.plain_wall((232, 230, 226), 200, 90, 1)
    q = hall.quads
    q.append(stand.facing(right, deep, h, w, h, f"counter{n}"))
    q.append(stand.level(right - 0.03, deep - 0.03, h + 0.002, w + 0.06, d + 0.06, "top"))
    for x, to_right in ((right, False), (right + w, True)):
        q.append(stand.lateral(x, deep, h, d, h, "top", to_right=to_right, light=0.75))
    q.append(Quad(stand.point(right + w, deep + d, h), stand.vector(-w, 0, 0), vec(0, 0, -h), "top", light=0.6))
    q.append(stand.shade(right - 0.05, deep - 0.08, 0.012, w + 0.1, d + 0.2))
    x = right + 0.08
    for k in rng.permutation(len(goods))[:4]:
        pack = goods[int(k)]
        if x + pack.size[0] > right + w - 0.05:
            break
        q.append(stand.shade(x, deep + 0.06, h + 0.0035, pack.size[0], pack.size[2] + 0.04))
        stand_pack(
            hall,
            stand,
            pack,
            x,
            deep + 0.08,
            h + 0.004,
            1.04,
            "counter",
            sides=(True, True),
            yaw=float(rng.uniform(-0.25, 0.25)),
        )
        x += pack.size[0] + float(rng.uniform(0.06, 0.12))
