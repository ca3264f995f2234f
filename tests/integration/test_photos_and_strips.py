"""What media ingestion stores of a photo within the settings, and of a segment that was not decoded to its end."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scout_common.ledger.control import insert_job
from scout_common.work import Resources, Unit
from scout_vision.errors import BadImage, BadMedia
from scout_vision.frames import GreyFrame
from scout_vision.image import ImageLimits, decode_image, encode_jpeg
from scout_vision.strip import Strip

from services.media_ingestion import store


@pytest.fixture
def unit(resources: Resources) -> Unit:
    with resources.engine.begin() as connection:
        job, _ = insert_job(connection, spec={"options": {}}, title="t")
    return Unit(
        job_id=job, tenant_id="default", stage="media_ingestion", key="k", scope="s", generation=1,
        payload={"uri": "", "name": "n", "medium_id": "m"}, attempt=1, fence=1,
    )  # fmt: skip


def with_settings(resources: Resources, **changes: Any) -> Resources:
    settings = resources.settings.model_copy(update=changes)
    return Resources(settings=settings, engine=resources.engine, blobs=resources.blobs, scratch=resources.scratch)


def photo(folder: Path, width: int, height: int) -> Path:
    place = folder / "booth.jpg"
    place.write_bytes(encode_jpeg(np.full((height, width, 3), 90, np.uint8)))
    return place


class TestPhotos:
    def take(self, resources: Resources, unit: Unit, place: Path) -> Any:
        unit.payload.update(uri=str(place), name=place.name)
        with store.open_unit(resources, unit) as inputs:
            return inputs.probe()

    def test_settings_say_how_many_bytes_and_pixels(self, resources: Resources, unit: Unit, tmp_path: Path) -> None:
        place = photo(tmp_path, 300, 200)
        medium, _ = self.take(resources, unit, place)
        assert (medium.width, medium.height) == (300, 200)
        with pytest.raises(BadImage, match="300 x 200 pixels"):
            self.take(with_settings(resources, max_image_pixels=59_999), unit, place)
        with pytest.raises(BadImage, match="MiB allowed"):
            self.take(with_settings(resources, max_image_bytes=500), unit, place)

    def test_what_is_allowed_beyond_what_later_stages_read_is_stored_smaller(
        self, resources: Resources, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "DEFAULT_LIMITS", ImageLimits(pixels=50_000))
        monkeypatch.setattr(store, "MOST_SIDE", 150)
        medium, frame = self.take(resources, unit, photo(tmp_path, 300, 200))
        assert (medium.width, medium.height, frame.width, frame.height) == (150, 100, 150, 100)
        assert decode_image(resources.blobs.get(frame.asset.sha256)).shape == (100, 150, 3)


class TestStrips:
    KEY = "m-0"

    @pytest.fixture
    def decoder(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """Five frames, and what happens after them."""
        ends: dict[str, Any] = {}

        def keyframes(path: Path, start_s: float, end_s: float, options: Any, *, watch: Any) -> Any:
            for number in range(5):
                watch(GreyFrame(float(number), np.zeros((8, 8), np.uint8), 1.0))
                yield number
            if "error" in ends:
                raise ends["error"]

        monkeypatch.setattr(store, "keyframes", keyframes)
        monkeypatch.setattr(store, "strip_key", lambda *_: self.KEY)
        return ends

    def stored(self, resources: Resources) -> int:
        return len(Strip.from_bytes([resources.blobs.get(self.KEY)]))

    def test_a_segment_left_early_leaves_the_stored_strip_as_it_is(
        self, resources: Resources, unit: Unit, tmp_path: Path, decoder: dict[str, Any]
    ) -> None:
        unit.payload["uri"] = str(photo(tmp_path, 8, 8))
        with store.open_unit(resources, unit) as inputs:
            assert len(list(inputs.keyframes(0.0, 9.0))) == 5
            assert self.stored(resources) == 5
            leaving = inputs.keyframes(0.0, 9.0)
            next(leaving)
            leaving.close()  # type: ignore[attr-defined]  # a generator
            assert self.stored(resources) == 5
            decoder["error"] = OSError("the disk")
            with pytest.raises(OSError, match="the disk"):
                list(inputs.keyframes(0.0, 9.0))

    def test_of_a_damaged_segment_what_could_be_decoded_is_kept(
        self, resources: Resources, unit: Unit, tmp_path: Path, decoder: dict[str, Any]
    ) -> None:
        unit.payload["uri"] = str(photo(tmp_path, 8, 8))
        decoder["error"] = BadMedia("damaged")
        with store.open_unit(resources, unit) as inputs, pytest.raises(BadMedia):
            list(inputs.keyframes(0.0, 9.0))
        assert self.stored(resources) == 5
