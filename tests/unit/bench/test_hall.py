"""Reading a rendered hall: catalogue, media and when what is in the picture."""

import json
from pathlib import Path

from bench import hall


def test_visible_and_partly_visible_times_count_as_shown(tmp_path: Path) -> None:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "catalogue.csv").write_text("sku,title,image\nA,Tea,images/A.jpg;images/A2.jpg\n")
    clip = {"video": "hall.mp4", "products": [{"product": "A", "visible": [[1, 2]], "partial_do_not_score": [[0, 1]]}]}
    photo = {"file": "photo_1.jpg", "present": ["A"], "do_not_score": ["B"]}
    (tmp_path / "truth.json").write_text(json.dumps({"clips": [clip], "photos": [photo]}))
    scene = hall.read(tmp_path)
    assert [path.name for path in scene.catalogue["A"]] == ["A.jpg", "A2.jpg"]
    assert set(scene.spans[tmp_path / "media" / "hall.mp4"]["A"]) == {(1, 2), (0, 1)}
    assert set(scene.spans[tmp_path / "media" / "photo_1.jpg"]) == {"A", "B"}


def test_the_video_is_found_among_photos() -> None:
    scene = hall.Scene(Path("hall"), {}, {Path(name): {} for name in ("z.jpg", "hall.mp4", "a.jpg")})
    assert scene.video.name == "hall.mp4"
    assert len(scene.media) == 3


def test_halls_together_keep_their_products_apart(tmp_path: Path) -> None:
    one = hall.Scene(Path("one"), {"A": (Path("/1/A.jpg"),)}, {Path("/1/x.jpg"): {"A": ((0.0, 0.0),)}})
    two = hall.Scene(Path("two"), {"A": (Path("/2/A.jpg"), Path("/2/B.jpg"))}, {Path("/2/x.jpg"): {"A": ((0.0, 0.0),)}})
    both = hall.together([one, two], tmp_path)
    assert both.catalogue_file.read_text().split() == ["sku,image", "0-A,/1/A.jpg", "1-A,/2/A.jpg;/2/B.jpg"]
    assert {medium.parent.name: list(shown) for medium, shown in both.spans.items()} == {"1": ["0-A"], "2": ["1-A"]}
