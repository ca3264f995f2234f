"""What a reader process is started with, from the settings."""

from typing import Any

from scout_common.settings import Settings


def reader_setup(settings: Settings) -> dict[str, Any]:
    """Arguments of scout_ocr.reader.Reader, as JSON values."""
    # The second thread costs no CPU time (bench/ocr_api.py) and shortens a lone reader's answer.
    return {"threads": min(2, settings.ocr_readers)}
