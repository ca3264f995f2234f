"""`scout evidence verify`: recompute a proof from the stored pictures."""

import re
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from uuid import UUID

import httpx
from scout_common.blobs import BlobStore
from scout_common.errors import BlobMissing, NotFound, PermanentError
from scout_common.models import extractor_of
from scout_common.settings import Settings
from scout_vision.keypoints import DESCRIPTOR_SCALE, Extractor
from scout_vision.learned import kornia_models
from scout_vision.proof import Proof, Verdict, check_proof

from scout_app import bootstrap
from scout_app.claims import Compared, compare, served, stored_of
from scout_app.client import Client
from scout_app.proofs import PICTURES

SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Verified:
    """What recomputing a proof gave, and how its words stand to the stored sighting."""

    verdict: Verdict
    compared: Compared

    @property
    def reasons(self) -> tuple[str, ...]:
        """Everything that speaks against it."""
        return (*self.verdict.reasons, *self.compared.against)


@dataclass(frozen=True)
class Pictures:
    """The stored pictures: beside the proof's file, in the data folder, else from a running Scout."""

    beside: Path | None
    blobs: BlobStore
    client: Client

    def get(self, sha256: str) -> bytes:
        """A picture by its content's hash. Raises BlobMissing: nobody has it; PermanentError: it is no hash."""
        if not SHA256.fullmatch(sha256):  # it becomes part of a path and of an address
            raise PermanentError("the proof names a picture by something that is no hash", subject=sha256[:80])
        if self.beside is not None:
            for kept in sorted((self.beside / PICTURES).glob(f"{sha256}.*")):
                return kept.read_bytes()
        if self.blobs.exists(sha256):
            return self.blobs.get(sha256)
        try:
            return self.client.get(f"/api/v1/assets/{sha256}").content
        except httpx.HTTPError as error:
            hint = "give the data folder of the job with --data, or its Scout with --url"
            raise BlobMissing(
                "the picture is neither in the data folder nor served", subject=sha256, hint=hint
            ) from error


def verify_proof(place: str, *, data_dir: Path | None, url: str | None) -> Verified:
    """Recompute the proof of a file, an address or a sighting's id, and compare its words with what is stored.

    Raises NotFound, BlobMissing, PermanentError (no proof).
    """
    client = Client(url)
    text = _text(place, client)
    try:
        proof = Proof.from_json(text)
    except ValueError as error:
        said = "this is not a proof: it is not JSON" if isinstance(error, JSONDecodeError) else str(error)
        hint = "a proof is what the link 'Proof' beside a sighting on Scout's page opens"
        raise PermanentError(said, subject=place, hint=hint) from None
    settings = bootstrap.read_settings(data_dir=data_dir)
    pictures = Pictures(None if _is_id(place) else Path(place).parent, bootstrap.blobs(settings), client)
    product, frame = pictures.get(proof.product_sha256), pictures.get(proof.frame_sha256)
    verdict = check_proof(proof, product, frame, *_extractor(proof, settings))
    stored = served(proof, client) if url else stored_of(proof, client, settings)
    return Verified(verdict, compare(proof, stored))


def _extractor(proof: Proof, settings: Settings) -> tuple[Extractor | None, float]:
    """What found the proof's points, where that was a learned model, and the length of its descriptors.

    Raises PermanentError where the model is not in the models folder."""
    kind, _, named = proof.extractor.partition(".")
    if kind != "kornia":
        return None, DESCRIPTOR_SCALE
    return extractor_of({"extractor": f"kornia:{named}"}, settings), kornia_models.DESCRIPTOR_SCALE


def _text(place: str, client: Client) -> str:
    if place.startswith(("http://", "https://")):
        return httpx.get(place, timeout=30).raise_for_status().text
    if _is_id(place):
        return client.get(f"/api/v1/matches/{place}/proof").text
    try:
        return Path(place).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not text"
        raise NotFound(f"cannot be read: {said}", subject=place) from None


def _is_id(place: str) -> bool:
    try:
        return bool(UUID(place))
    except ValueError:
        return False
