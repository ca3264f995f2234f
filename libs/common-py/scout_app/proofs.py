"""`scout match --proofs`: the proofs as files, each with its evidence picture and the two pictures it speaks of."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePath

from scout_common.blobs import BlobStore
from scout_common.errors import BlobMissing, ScoutError
from scout_vision.proof import Proof

from flows.store import Sighting

PICTURES = "pictures"
"""The folder beside the proofs where product pictures and frames lie by their content's hash."""


def write_proofs(place: Path, sightings: Iterable[Sighting], blobs: BlobStore) -> int:
    """Write what proves the sightings; returns how many have a proof (failed evidence has none).

    Raises ScoutError where the folder cannot be written."""
    try:
        (place / PICTURES).mkdir(parents=True, exist_ok=True)
        return sum(_write(place, number, sighting, blobs) for number, sighting in enumerate(sightings, 1))
    except OSError as error:
        raise ScoutError(f"cannot be written: {error.strerror}", subject=str(place)) from error


def _write(place: Path, number: int, sighting: Sighting, blobs: BlobStore) -> bool:
    if sighting.proof_sha256 is None or sighting.evidence_sha256 is None:
        return False
    try:
        text, picture = blobs.get(sighting.proof_sha256), blobs.get(sighting.evidence_sha256)
        proof = Proof.from_json(text.decode("utf-8"))
        pictures = {sha256: blobs.get(sha256) for sha256 in (proof.product_sha256, proof.frame_sha256)}
    except BlobMissing:
        return False
    name = f"{number:04d}-{_plain(proof.sku)}-{_plain(PurePath(sighting.name).stem)}-{sighting.best_s:.2f}"
    (place / f"{name}.json").write_bytes(text)
    (place / f"{name}.jpg").write_bytes(picture)
    for sha256, data in pictures.items():
        kept = place / PICTURES / f"{sha256}{_suffix(data)}"
        if not kept.exists():
            kept.write_bytes(data)
    return True


def _plain(name: str) -> str:
    """Part of a file's name: no separators, nothing hidden, not too long."""
    return re.sub(r"[^\w.+-]+", "_", name).strip("._")[:60] or "x"


def _suffix(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    return ".png" if data[:4] == b"\x89PNG" else ".jpg"
