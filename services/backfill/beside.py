"""Results as files beside their sources."""

from collections.abc import Mapping
from typing import Any, Literal

from scout_common.vault import vault_of
from scout_common.work import Resources
from scout_ocr.reading_codec import dump_json

from services.backfill.items import Source

Beside = Literal["json", "md", "txt"]
FORMATS: tuple[Beside, ...] = ("json", "md", "txt")
CONTEXT = "derived"
"""What a sealed file is sealed as; `scout keys open FILE` opens it."""
SEALED = ".sealed"
_TYPES = {"json": "application/json", "md": "text/markdown; charset=utf-8", "txt": "text/plain; charset=utf-8"}


def keep_beside(
    resources: Resources, source: Source, item: str, owner: str, result: Mapping[str, Any], wanted: tuple[Beside, ...]
) -> None:
    """Store a reading (JSON) in some formats beside its source, sealed where results are. Raises ScoutError."""
    for form in wanted:
        data, ending, media_type = rendered(result, form), f".{form}", _TYPES[form]
        vault_data = _sealed(resources, owner, data)
        if vault_data is not data:
            ending, media_type = ending + SEALED, "application/octet-stream"
        about = {"source": item, "kind": str(result.get("kind", "")), "format": form}
        source.keep(item, ending, vault_data, media_type, about)


def rendered(result: Mapping[str, Any], form: Beside) -> bytes:
    """The file of one format."""
    if form == "json":
        return dump_json(dict(result))
    return str(result["markdown" if form == "md" else "text"]).encode("utf-8", "replace") + b"\n"


def _sealed(resources: Resources, owner: str, data: bytes) -> bytes:
    with resources.engine.begin() as connection:
        vault = vault_of(connection)
        return vault.seal(connection, "default", owner, CONTEXT, data) if vault.seals else data
