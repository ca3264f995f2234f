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
    assert set(scene.spans["hall.mp4"]["A"]) == {(1, 2), (0, 1)}
    assert set(scene.spans["photo_1.jpg"]) == {"A", "B"}


def test_the_video_is_found_among_photos(tmp_path: Path) -> None:
    for name in ("a.jpg", "hall.mp4", "z.jpg"):
        (tmp_path / "media").mkdir(exist_ok=True)
        (tmp_path / "media" / name).touch()
    scene = hall.Scene(tmp_path, {}, {})
    assert scene.video.name == "hall.mp4"
    assert len(scene.media) == 3
