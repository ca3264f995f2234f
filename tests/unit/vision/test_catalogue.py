"""The index of a catalogue: what it holds, and that damaged bytes are refused."""

import numpy as np
import pytest
from scout_vision.catalogue import CatalogueImage, CatalogueIndex, thumbnail
from scout_vision.image import decode_image

from tests.unit.vision.packs import EXTRACTOR, image_of, index_of, pack

PACKS = tuple((design, 0) for design in range(10, 18))


def test_every_picture_is_an_entry_and_decoys_follow() -> None:
    index = index_of(*PACKS)
    assert index.pictures == 8 and 2 <= index.decoys <= 8
    assert index.decoy_share == index.decoys / 8
    assert index.source(0) == ("p10-0", "p10-0.jpg", False)
    product, _, decoy = index.source(index.pictures)
    assert decoy and product in {f"p{d}-0" for d, _ in PACKS}


def test_a_symmetric_pack_gets_no_decoy() -> None:
    half = pack(10)[:, :100]
    symmetric = np.ascontiguousarray(np.concatenate([half, half[:, ::-1]], axis=1))
    images = [CatalogueImage.of("s", "s.jpg", symmetric, EXTRACTOR), image_of(11)]
    assert "s" not in {product for product, _ in CatalogueIndex.build(images).labels[2:]}


def test_siblings_know_each_other() -> None:
    index = index_of((30, 0), (30, 1), (31, 0))
    sibling, to_picture = index.kinship.of(0)[0]
    assert index.labels[sibling][0] == "p30-1"
    assert to_picture == pytest.approx(np.eye(3), abs=0.05)


def test_bytes_round_trip() -> None:
    index = index_of(*PACKS)
    again = CatalogueIndex.from_bytes(index.to_bytes())
    assert again.labels == index.labels and again.thumbnails == index.thumbnails
    assert np.array_equal(again.entries.codes, index.entries.codes)
    queries = index.entries.codes[:50].astype(np.float32)
    assert np.array_equal(again.nearest(queries, 5)[1], index.nearest(queries, 5)[1])


def test_a_row_is_its_own_nearest() -> None:
    index = index_of(*PACKS)
    distances, rows = index.nearest(index.entries.codes[:200].astype(np.float32), 3)
    assert np.mean(rows[:, 0] == np.arange(200)) > 0.9
    assert np.all(np.diff(distances, axis=1) >= 0)


@pytest.mark.parametrize("data", [b"", b"junk", b"PK\x03\x04" + b"\0" * 60])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="catalogue index"):
        CatalogueIndex.from_bytes(data)


def test_a_cut_index_is_refused() -> None:
    with pytest.raises(ValueError):
        CatalogueIndex.from_bytes(index_of(*PACKS).to_bytes()[:-400])


def test_products_without_texture_are_kept_but_never_found() -> None:
    plain = CatalogueImage.of("plain", "0", np.full((50, 50, 3), 9, np.uint8), EXTRACTOR)
    index = CatalogueIndex.build([plain, image_of(10)])
    assert index.pictures == 2
    alone = CatalogueIndex.build([plain])
    assert alone.nearest(np.zeros((3, alone.projection.dims), np.float32), 900)[1].shape == (3, 900)


def test_a_thumbnail_is_small_and_has_the_picture_s_shape() -> None:
    small = decode_image(thumbnail(pack(10)))
    assert small.shape == (128, 91, 3)
