"""The rendered hall: what its truth says must be in the picture, and the same seed must give the same picture."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))

from sample import barcode, truth
from sample.booth import stand_pack
from sample.camera import walk
from sample.canvas import Canvas
from sample.catalogue import Assortment, assort
from sample.crowd import Walker
from sample.film import GRADES
from sample.geometry import Quad, look, vec
from sample.hall import build
from sample.packs import Pack, make_pack, packshot
from sample.render import item_buffer, paint
from sample.shoot import Look, Seen, Studio
from sample.stand import DEPTH, Hall, stands
from sample.textures import Textures, premultiplied
from sample.visibility import ordered, visible_pieces, without_hidden


@pytest.fixture(scope="module")
def assortment() -> Assortment:
    return assort(3, 9, "normal", booths=1)


@pytest.fixture(scope="module")
def packs(assortment: Assortment) -> dict[str, Pack]:
    return {p.sku: make_pack(p) for p in (*assortment.shown, *assortment.fillers[:3])}


@pytest.fixture(scope="module")
def studio(assortment: Assortment, packs: dict[str, Pack]) -> Studio:
    few = Assortment(assortment.companies, assortment.products, assortment.fillers[:3])
    hall = build(few, 3, packs, figures=1)
    manner = GRADES["normal"].manner
    return Studio(hall, walk(stands(few), 12.5, 3, manner), [], Look(noise=0.0, drift=0.0), 3)


def test_every_bar_code_is_valid_and_no_two_products_share_one() -> None:
    everything = assort(1)
    codes = [p.barcode for p in (*everything.products, *everything.fillers)]
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert len(barcode.modules(code)) == 95


def test_known_bar_code_and_wrong_check_digit() -> None:
    assert barcode.check_digit("400638133393") == "1"
    with pytest.raises(ValueError, match="check digit"):
        barcode.modules("4006381333932")


def test_drawn_bar_code_can_be_read_off_its_modules() -> None:
    canvas = Canvas(300, 120, (200.0, 200.0, 200.0))
    barcode.draw(canvas, "4006381333931", 10, 10, 2, 60)
    row = canvas.image()[40, 10 + 11 * 2 : 10 + (11 + 95) * 2 : 2, 0]
    assert "".join("1" if v < 128 else "0" for v in row) == barcode.modules("4006381333931")


def test_catalogue_has_siblings_absent_products_and_distinct_brands() -> None:
    a = assort(1)
    families: dict[str, list[str]] = {}
    for p in a.products:
        families.setdefault(p.family, []).append(p.sku)
    assert len(a.products) == 38
    assert len(a.shown) == 30
    assert max(map(len, families.values())) >= 3
    assert len({p.sku for p in a.products}) == 38
    assert len({p.brand for p in a.products}) == len(families)
    absent_with_twin = [p for p in a.products if not p.shown and any(q.family == p.family for q in a.shown)]
    assert absent_with_twin


def test_large_catalogues_keep_the_hall_at_thirty_products() -> None:
    a = assort(2, 300)
    assert len(a.products) == 300
    assert len(a.shown) == 30
    assert len({p.sku for p in a.products}) == 300


def test_same_seed_same_pack_and_siblings_differ(assortment: Assortment, packs: dict[str, Pack]) -> None:
    first = assortment.shown[0]
    assert np.array_equal(make_pack(first).sprite, packs[first.sku].sprite)
    family = [p for p in assortment.shown if p.family == first.family]
    if len(family) > 1:
        assert not np.array_equal(packs[family[0].sku].sprite, packs[family[1].sku].sprite)


def test_same_moment_same_picture(studio: Studio) -> None:
    one, seen_one = studio.frame(4.0, 480, 270, 0.04, 100)
    again = Studio(studio.hall, studio.path, [], studio.look, 3)
    two, seen_two = again.frame(4.0, 480, 270, 0.04, 100)
    assert np.array_equal(one, two)
    assert [s.item for s in seen_one] == [s.item for s in seen_two]


def correlation(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    x, y = (cv2.GaussianBlur(v, (0, 0), 1.0).astype(np.float64).reshape(-1, 3) for v in (a, b))
    x, y = x - x.mean(0), y - y.mean(0)
    return float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))


def test_truth_quads_show_the_pack(studio: Studio, packs: dict[str, Pack]) -> None:
    camera = studio.path.at(5.5, 960, 540)
    pieces = studio.pieces(5.5, camera)
    image = studio.paint(pieces, camera)
    product_of = {p.item: p.product for p in studio.hall.placements}
    good = [s for s in studio.seen(pieces, camera) if s.share > 0.97 and s.height > 60 and product_of[s.item]]
    assert len(good) >= 4
    for s in good:
        sprite = packs[str(product_of[s.item])].sprite
        small = cv2.resize(sprite[..., :3], (60, 90), interpolation=cv2.INTER_AREA)
        corners = np.array([[0, 0], [60, 0], [60, 90], [0, 90]], np.float32)
        seen = cv2.warpPerspective(image, cv2.getPerspectiveTransform(s.quad.astype(np.float32), corners), (60, 90))
        inner = (slice(30, 84), slice(12, 48))  # inside every outline, bottle necks left out
        assert correlation(np.asarray(seen, np.uint8)[inner], np.asarray(small, np.uint8)[inner]) > 0.75


def test_a_person_in_between_lowers_the_visible_share(studio: Studio) -> None:
    stand = stands(studio.hall.assortment)[0]
    camera = look(stand.point(2.3, DEPTH - 2.0, 1.5), stand.point(2.3, DEPTH - 0.4, 1.3), 0.0, 730.0, 960, 540)
    free = {s.item: s for s in studio.seen(studio.pieces(0.0, camera), camera)}
    foot = stand.point(2.3, DEPTH - 1.2, 0)
    crowded = Studio(
        studio.hall, studio.path, [Walker(0, -1, 9, (foot[0], foot[1]), (foot[0] + 0.1, foot[1]))], studio.look, 3
    )
    hidden = {s.item: s for s in crowded.seen(crowded.pieces(0.0, camera), camera)}
    assert sum(s.share for s in free.values()) > sum(s.share for s in hidden.values()) + 0.5
    assert any(free[k].share > 0.9 and (k not in hidden or hidden[k].share < 0.3) for k in free)


def test_a_pack_alone_is_wholly_visible_and_half_out_of_the_picture_is_half(packs: dict[str, Pack]) -> None:
    pack = next(p for p in packs.values() if p.product.category.form == "box")
    a = assort(3, 9, booths=1)
    hall = Hall(a)
    hall.pictures |= {
        f"pack.{pack.product.sku}": premultiplied(pack.sprite),
        f"side.{pack.product.sku}": pack.sprite[..., :3],
    }
    stand = stands(a)[0]
    stand_pack(hall, stand, pack, 1.0, 1.0, 1.0, 1.0, "shelf", sides=(False, False))
    studio = Studio.__new__(Studio)
    studio.hall, studio.textures = hall, Textures(hall.pictures)
    middle = hall.placements[0].quad.corners.mean(0)
    for shift, share in ((0.0, 1.0), (1.0, 0.5)):
        camera = look(middle - stand.vector(0, 1.0, 0), middle, 0.0, 600.0, 640, 480)
        aside = stand.vector(shift * 320 / 600, 0, 0)
        camera = look(middle - stand.vector(0, 1.0, 0) + aside, middle + aside, 0.0, 600.0, 640, 480)
        seen = studio.seen(visible_pieces(hall.quads, camera), camera)
        assert seen[0].share == pytest.approx(share, abs=0.03)


def test_nearer_rectangles_are_painted_over_farther_ones() -> None:
    red, blue = (np.full((8, 8, 3), c, np.uint8) for c in ((255, 0, 0), (0, 0, 255)))
    far = Quad(vec(-2, 4, 2), vec(4, 0, 0), vec(0, 0, -4), "red", item=1)
    near = Quad(vec(-0.5, 2, 0.5), vec(1, 0, 0), vec(0, 0, -1), "blue", item=2)
    camera = look(vec(0, 0, 0), vec(0, 1, 0), 0.0, 100.0, 200, 200)
    textures = Textures({"red": red, "blue": blue})
    for quads in ([far, near], [near, far]):
        pieces = without_hidden(ordered(visible_pieces(quads, camera), camera.position), camera)
        image = paint(pieces, camera, textures)
        assert image[100, 100, :3].tolist() == [0, 0, 255]
        assert image[100, 140, :3].tolist() == [255, 0, 0]
        buffer = item_buffer(pieces, camera, textures)
        assert buffer[50, 50] == 2
        assert set(np.unique(buffer)) == {0, 1, 2}


def test_what_is_wholly_covered_is_dropped() -> None:
    wall = Quad(vec(-3, 2, 3), vec(6, 0, 0), vec(0, 0, -6), "wall")
    behind = Quad(vec(-0.5, 4, 0.5), vec(1, 0, 0), vec(0, 0, -1), "wall")
    camera = look(vec(0, 0, 0), vec(0, 1, 0), 0.0, 100.0, 200, 200)
    kept = without_hidden(ordered(visible_pieces([behind, wall], camera), camera.position), camera)
    assert [p.quad for p in kept] == [wall]


def test_grades_and_intervals() -> None:
    quad = np.zeros((4, 2))
    assert truth.grade(Seen(1, quad, 0.6, 90.0, 59.0)) == 2
    assert truth.grade(Seen(1, quad, 0.59, 90.0, 10.0)) == 1
    assert truth.grade(Seen(1, quad, 1.0, 89.0, 10.0)) == 1
    assert truth.grade(Seen(1, quad, 1.0, 200.0, 61.0)) == 1
    assert truth.grade(Seen(1, quad, 0.05, 200.0, 0.0)) == 0
    assert truth.intervals([False, True, True, False, True], 0.04) == [[0.04, 0.12], [0.16, 0.2]]


def test_clip_truth_counts_the_best_facing(studio: Studio) -> None:
    item = next(p for p in studio.hall.placements if p.product)
    quad = np.zeros((4, 2))
    frames = [[Seen(item.item, quad, 1.0, 100.0, 0.0)], [Seen(item.item, quad, 0.3, 100.0, 0.0)], []]
    found = truth.clip_truth(studio.hall, frames, 25, 1)["products"]
    assert found == [
        {
            "product": item.product,
            "visible": [[0.0, 0.04]],
            "partial_do_not_score": [[0.04, 0.08]],
            "booths": {item.booth: [[0.0, 0.04]]},
        }
    ]


def test_packshot_is_white_around_and_tells_the_box(packs: dict[str, Pack]) -> None:
    picture, (x0, y0, x1, y1) = packshot(next(iter(packs.values())), 400)
    assert picture.shape[0] == 400
    assert (picture[:5] > 250).all()
    assert (picture[:, :3] > 240).all()
    assert 0 < x0 < x1 < picture.shape[1]
    assert 0 < y0 < y1 < 400


def test_a_pack_printed_on_a_poster_is_not_scored(studio: Studio) -> None:
    printed = Seen(1, np.zeros((4, 2)), 1.0, 400.0, 0.0, printed=True)
    assert truth.grade(printed) == 1
    assert [p.spot for p in studio.hall.placements].count("poster") == 1
