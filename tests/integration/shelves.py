"""Two small catalogues and two photos of shelves, searched by the real services."""

from pathlib import Path

import cv2
import numpy as np
from scout_app.bootstrap import services
from scout_common.work import Resources

from tests.integration.world import World
from tests.unit.vision.packs import pack, placed, shelf

FOUND = """
    SELECT p.sku, j.name FROM match m JOIN product p ON p.id = m.product_id
    JOIN job_medium j ON j.job_id = m.job_id AND j.medium_id = m.medium_id
    WHERE m.job_id = :job AND m.probability >= 0.5 ORDER BY 1, 2
"""


def shelves(resources: Resources, folder: Path) -> World:
    """Real services; catalogues `one` and `two`; photo `media/a.jpg` shows one of the first, `b.jpg` of the second."""
    for name, designs in (("one", (1, 2)), ("two", (4, 5))):
        for design in designs:
            _write(folder / name / f"pack-{design}.png", pack(design))
    _write(folder / "media" / "a.jpg", shelf((pack(1), placed(x=200))))
    _write(folder / "media" / "b.jpg", shelf((pack(4), placed(x=430, y=250)), seed=2))
    return World(resources, {stage: service for service in services() for stage in service.stages})


def _write(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
