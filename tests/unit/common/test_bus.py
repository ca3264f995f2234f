"""AMQP topic patterns."""

import pytest
from scout_common.bus import matches


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("#.embedding", "products.images.ready.embedding", True),
        ("#.keypoint", "products.images.ready.keypoint_product", False),
        ("products.images.ready.#", "products.images.ready.embedding", True),
        ("products.images.ready.#", "products.images.ready", True),
        ("job.*", "job.completed", True),
        ("job.*", "job.completed.now", False),
        ("*.*", "job", False),
        ("#", "anything.at.all", True),
        ("a.#.z", "a.z", True),
        ("a.#.z", "a.b.c.z", True),
        ("a.#.z", "a.b.c", False),
    ],
)
def test_matches(pattern: str, key: str, expected: bool) -> None:
    assert matches(pattern, key) is expected
