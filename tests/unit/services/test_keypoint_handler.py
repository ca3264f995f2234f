"""The keypoint service extracts what is missing, once."""

import numpy as np
from scout_contracts.events import ProductsImagesReady, VideosKeyframesReady
from scout_vision.keypoints import Features, ProductFeatures, RootSift

from services.keypoint.handler import Inputs, handle


def textured():
    return np.random.default_rng(1).integers(0, 255, (120, 160, 3), dtype=np.uint8)


def inputs(kept, known=()):
    def keep(sha, role, data):
        kept[sha] = data
        return f"kp/{role}/{sha}"

    return Inputs(known=frozenset(known), extractor=RootSift(), load=lambda sha: textured(), keep=keep)


def test_a_product_picture_gets_features_that_can_be_read_again():
    kept = {}
    (batch,) = handle(ProductsImagesReady(product_id="p", image_sha256="a"), inputs(kept))
    (row,) = batch.rows
    assert (row.role, row.blob_key) == ("product", "kp/product/a")
    assert len(ProductFeatures.from_bytes(kept["a"])) == row.keypoints > 0


def test_known_frames_are_left_alone_but_still_matched():
    kept = {}
    event = VideosKeyframesReady(medium_id="m", frames=[[0.0, "a"], [2.5, "b"]])
    batches = list(handle(event, inputs(kept, known=["a"])))
    assert set(kept) == {"b"}
    assert len(Features.from_bytes(kept["b"])) > 0
    (matching,) = [child for batch in batches for child in batch.children]
    assert (matching.stage, matching.state, matching.event.frames) == ("matcher", "waiting", event.frames)
