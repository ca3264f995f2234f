"""What `scout doctor` tells of reading: which engines are there, in which languages, and what the others lack."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
from scout_common.settings import Settings
from scout_ocr.engines.models import ModelFiles, multiplies_bytes
from scout_ocr.engines.tess import TesseractEngine
from scout_ocr.errors import EngineUnavailable

from scout_app.finding import Finding

USUAL = {"eng": "English", "ben": "Bengali"}
"""Tesseract's language data that reading counts on, and what it is for."""


def reading(settings: Settings) -> Iterator[Finding]:
    """A finding for each engine; those that only settings name are looked at where they do."""
    yield _rapidocr()
    yield tesseract(TesseractEngine())
    if settings.vlm_url:
        yield _vlm(settings)
    if settings.trocr_dir:
        yield _trocr(Path(settings.trocr_dir))
    strong = settings.ocr_strong
    if strong and not {"vlm": settings.vlm_url, "trocr": settings.trocr_dir}[strong]:
        hint = "set SCOUT_VLM_URL or SCOUT_TROCR_DIR, or leave SCOUT_OCR_STRONG empty"
        yield Finding(level="problem", what=strong, said="SCOUT_OCR_STRONG names it, but it is not set up", hint=hint)


def _rapidocr() -> Finding:
    try:
        files = ModelFiles.of_the_wheel()
    except EngineUnavailable as error:
        return Finding(level="problem", what="rapidocr", said=str(error), hint=error.hint)
    quickly = ", in int8 first, which suits this CPU" if files.quick and multiplies_bytes() else ""
    return Finding(level="ok", what="rapidocr", said=f"{files.version.partition('+')[0]}, with its models{quickly}")


def tesseract(engine: TesseractEngine) -> Finding:
    """Its languages, or what to install: Bengali and other scripts are read by it alone."""
    if find_spec("tesserocr") is None:
        return Finding(level="problem", what="tesseract", said="missing: tesserocr", hint="pip install -e .")
    missing = [name for name in USUAL if name not in engine.installed]
    hint = "sudo apt-get install " + " ".join(f"tesseract-ocr-{name}" for name in missing) if missing else ""
    if not engine.installed:
        said = "no language data in any usual folder: it reads nothing, no Bengali either"
        return Finding(level="note", what="tesseract", said=said, hint=hint)
    said = f"{', '.join(sorted(engine.installed))} in {engine.folder}"
    if missing:
        said += f"; without {', '.join(f'{name} ({USUAL[name]})' for name in missing)}"
    return Finding(level="note" if missing else "ok", what="tesseract", said=said, hint=hint)


def _vlm(settings: Settings) -> Finding:
    """Whether its endpoint lists the model: asks for no reading, which may cost money."""
    url, key = f"{settings.vlm_url.rstrip('/')}/models", settings.vlm_key.get_secret_value()
    hint = "are SCOUT_VLM_URL, SCOUT_VLM_MODEL and SCOUT_VLM_KEY right, the server up?"
    try:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=5)
        if answer.status_code in (404, 405):
            said = f"{settings.vlm_url} answers, but does not list its models; {settings.vlm_model} was not tried"
            return Finding(level="note", what="vlm", said=said)
        answer.raise_for_status()
        served = [str(model["id"]) for model in answer.json()["data"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return Finding(level="problem", what="vlm", said=f"{url}: {error}".splitlines()[0], hint=hint)
    if settings.vlm_model not in served:
        said = f"{url} does not list {settings.vlm_model or 'a model (none is set)'}: {', '.join(served[:5])}"
        return Finding(level="problem", what="vlm", said=said, hint="set SCOUT_VLM_MODEL to one of them")
    return Finding(level="ok", what="vlm", said=f"{settings.vlm_model} at {settings.vlm_url}")


def _trocr(folder: Path) -> Finding:
    if find_spec("transformers") is None or find_spec("torch") is None:
        said = f"{folder} needs transformers and torch"
        return Finding(level="problem", what="trocr", said=said, hint="pip install -e '.[learned]'")
    if not (folder / "config.json").is_file():
        said = f"{folder} holds no checkpoint (no config.json)"
        return Finding(level="problem", what="trocr", said=said, hint="set SCOUT_TROCR_DIR to a folder that does")
    return Finding(level="ok", what="trocr", said=f"checkpoint in {folder}")
