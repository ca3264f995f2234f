"""What a reader process is started with, from the settings."""

from typing import Any

from scout_common.settings import Settings


def reader_setup(settings: Settings) -> dict[str, Any]:
    """Arguments of scout_ocr.reader.Reader, as JSON values."""
    return {}
