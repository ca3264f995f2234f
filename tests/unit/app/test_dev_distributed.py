"""How many processes of each part scripts/dev-distributed starts."""

import pytest
from scout_app.dev_distributed import _counts
from scout_common.errors import BadRequest


def test_one_of_each_unless_said_otherwise() -> None:
    counts = _counts(["keypoint=3", "matcher=0"], prefect=False)
    assert counts["keypoint"] == 3
    assert counts["matcher"] == 0
    assert counts["keeper"] == counts["api"] == counts["catalog"] == 1
    assert "flows" not in counts


@pytest.mark.parametrize("word", ["keypoint", "keypoint=x", "flows=1", "nonsense=2", "api=2"])
def test_what_cannot_be_is_refused_with_its_words(word: str) -> None:
    with pytest.raises(BadRequest, match="--replicas"):
        _counts([word], prefect=False)
