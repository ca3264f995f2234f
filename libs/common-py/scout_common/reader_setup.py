"""What a reader process is started with, from the settings."""

from typing import Any

from scout_common.settings import Settings


def reader_setup(settings: Settings) -> dict[str, Any]:
    """What scout_common.reading_work makes a reader of, as JSON values; it holds secrets."""
    setup: dict[str, Any] = {
        # The second thread costs no CPU time (bench/ocr_api.py) and shortens the answer to a lone reader.
        "threads": min(2, settings.ocr_readers)
    }
    if settings.vlm_url:
        setup["vlm"] = {
            "url": settings.vlm_url,
            "model": settings.vlm_model,
            "prompt": settings.vlm_prompt,
            "key": settings.vlm_key.get_secret_value(),
            "timeout_s": settings.vlm_timeout_s,
            "retries": settings.http_retries,
        }
    if settings.trocr_dir:
        setup["trocr"] = settings.trocr_dir
    if settings.ocr_strong:
        setup["strong"] = settings.ocr_strong
    return setup
