"""What people said as a training set: cut-outs of the pages and the text that stands in them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scout_common.errors import BlobMissing
from scout_common.observations import value_context
from scout_common.vault import vault_of
from scout_common.work import Resources
from scout_ocr.errors import ReadingError
from scout_ocr.page_pictures import page_picture
from sqlalchemy import text

from services.review.pictures import cut_out

ROOM = 0.15
"""Room around the words, in heights of them: recognisers are trained on tight lines."""

TRUTHS = text("""
    SELECT t.source_sha256, t.page, t.field, t.value, t.printed, t.box, t.kind, t.said_by, t.at, i.engine, i.version,
           i.value AS read
    FROM ground_truth t LEFT JOIN review_item i ON i.id = t.item_id
    WHERE t.tenant_id = :tenant AND t.value IS NOT NULL AND t.box IS NOT NULL
    ORDER BY t.source_sha256, t.page, t.field
""")


@dataclass
class Exported:
    """written: cut-outs; without_file: truths whose file is not stored any more, or has no such page."""

    written: int = 0
    without_file: int = 0


def export_training(resources: Resources, out: Path, *, tenant: str = "default") -> Exported:
    """Write `out`/labels.jsonl and `out`/images/*.png: one line a value.

    `text` is what stands there: the words as a person printed them, or as they were read and accepted (`exact`), else
    the value itself, which may be written in another way than on the page."""
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    done = Exported()
    with (out / "labels.jsonl").open("w", encoding="utf-8") as stream:
        for truth, pixels in _with_pixels(resources, tenant, done):
            name = f"{truth['source']}-{truth['page']}-{truth['field']}.png"
            encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1]
            (images / name).write_bytes(encoded.tobytes())
            line = {"image": f"images/{name}", **truth}
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            done.written += 1
    return done


def _with_pixels(
    resources: Resources, tenant: str, done: Exported
) -> Iterator[tuple[dict[str, Any], NDArray[np.uint8]]]:
    @lru_cache(maxsize=1)  # truths come file by file
    def page_of(sha256: str, page: int) -> NDArray[np.uint8] | None:
        try:
            return page_picture(resources.blobs.get(sha256), page)
        except (BlobMissing, ReadingError):
            return None

    with resources.engine.connect() as connection:
        vault = vault_of(connection)
        for row in connection.execute(TRUTHS, {"tenant": tenant}):
            pixels = page_of(row.source_sha256, row.page)
            if pixels is None:
                done.without_file += 1
                continue
            context = value_context(row.source_sha256, row.page, row.field)
            value, printed, read = (
                vault.open_json(connection, context, sealed) for sealed in (row.value, row.printed, row.read)
            )
            yield _line(row, value, printed, read), cut_out(pixels, row.box, ROOM)


def _line(row: Any, value: Any, printed: Any, read: Any) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ("page", "field", "kind", "box", "engine", "version", "said_by")}
    words = str(printed) if printed else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return {
        "source": row.source_sha256,
        "text": words,
        "exact": bool(printed),
        "value": value,
        "read": read,
        "at": row.at.isoformat(),
        **plain,
    }
