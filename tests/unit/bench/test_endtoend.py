"""The long video and the two catalogues of the job that is run twice."""

import csv
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from bench import endtoend, hall


def scene(folder: Path, products: int) -> hall.Scene:
    (folder / "catalogue").mkdir()
    with (folder / "catalogue" / "catalogue.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["sku", "title", "image"])
        rows.writerows([f"S{n}", f"Product {n}", f"images/S{n}.jpg"] for n in range(products))
    (folder / "truth.json").write_text('{"clips": [], "photos": []}')
    return hall.read(folder)


def skus(path: Path) -> list[str]:
    return [row["sku"] for row in csv.DictReader(path.open())]


def test_ten_products_spread_over_the_catalogue_are_new(tmp_path: Path) -> None:
    known, new, everything = map(skus, endtoend.catalogues(scene(tmp_path, 38), tmp_path))
    assert (len(known), len(new), len(everything)) == (28, 10, 38)
    assert sorted(known + new) == sorted(everything)
    places = [everything.index(sku) for sku in new]
    assert max(b - a for a, b in pairwise(places)) <= 4


def test_pictures_are_named_so_that_any_folder_finds_them(tmp_path: Path) -> None:
    *_, everything = endtoend.catalogues(scene(tmp_path, 12), tmp_path)
    rows = list(csv.DictReader(everything.open()))
    assert rows[3]["image"] == str(tmp_path / "catalogue" / "images" / "S3.jpg")


def test_the_video_is_as_long_as_wanted_and_no_take_is_like_another(tmp_path: Path) -> None:
    source, target = tmp_path / "source.mp4", tmp_path / "long.mp4"
    picture = np.random.default_rng(3).integers(0, 255, (9, 16, 3), np.uint8).repeat(20, 0).repeat(20, 1)
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(8):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    endtoend.lengthened(source, 1, target)
    with av.open(str(target)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(frames) == endtoend.RATE
    assert frames[0].shape == (1080, 1920)
    takes = [frames[i].astype(int) for i in (4, 20)]
    assert np.abs(takes[0] - takes[1]).mean() > 2
