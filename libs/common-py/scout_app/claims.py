"""What a proof says beside its geometry (which product, how probable, where) against the stored sighting.

Recomputing a proof shows that the picture is in the frame. That the picture is of this product is the catalogue's word,
and a probability is an estimate: they can only be compared with what is stored.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from scout_common.db import make_engine
from scout_common.errors import DataFolderBusy
from scout_common.settings import Settings
from scout_vision.proof import Proof

from scout_app import bootstrap, folder
from scout_app.client import Client
from services.results_api.match_store import MatchFilter, matches_page
from services.results_api.matches import matches_of

MOST = 200
SAME_P = 2e-6  # a proof has six digits
SAME_S = 1e-3


@dataclass(frozen=True)
class Compared:
    """How a proof's words stand to what is stored: a line to show, and what speaks against them."""

    line: str
    against: tuple[str, ...] = ()


def compare(proof: Proof, stored: Sequence[Mapping[str, Any]] | None) -> Compared:
    """stored: rows of /api/v1/matches of the proof's frame; None: nobody could be asked."""
    said = f"It says {_said(proof)}"
    if stored is None:
        return Compared(f"{said}: not checked, no stored sightings were reached (give --data or --url).")
    same = [row for row in stored if str(row["packshot"]).endswith(proof.product_sha256)]
    if not same:
        return Compared(f"{said}: not checked, no sighting of these two pictures is stored (any more).")
    if any(_agrees(proof, row) for row in same):
        return Compared(f"{said}: as the stored sighting has it.")
    told = " or ".join(sorted({_told(row) for row in same}))
    return Compared(f"{said}.", (f"it says {_said(proof)}; the stored sighting of these pictures has {told}",))


def stored_of(proof: Proof, client: Client, settings: Settings) -> list[dict[str, Any]] | None:
    """Sightings in the proof's frame: of the data folder's database, or of the Scout that runs; None: there is none."""
    if not settings.database_url and not (settings.data_dir / "postgres.secret").exists():
        return served(proof, client)
    try:
        with folder.hold(settings.data_dir, command="scout evidence verify"), bootstrap.database(settings) as opened:
            return _kept(proof, opened.database_url)
    except DataFolderBusy:
        who = folder.holder(settings.data_dir) or {}
        return served(proof, Client(str(who["url"])) if who.get("url") else client)


def served(proof: Proof, client: Client) -> list[dict[str, Any]] | None:
    """Sightings in the proof's frame as a running Scout tells them; None where it does not answer."""
    try:
        answer = client.get(f"/api/v1/matches?frame={proof.frame_sha256}&all=true&limit={MOST}").json()
    except (httpx.HTTPError, ValueError):
        return None
    return list(answer["items"])


def _kept(proof: Proof, database_url: str) -> list[dict[str, Any]]:
    engine = make_engine(database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            chosen = MatchFilter(frame=proof.frame_sha256)
            page = matches_page(connection, chosen, sort="-probability", limit=MOST)
            return [match.model_dump(mode="json") for match in matches_of(connection, page.rows)]
    finally:
        engine.dispose()


def _agrees(proof: Proof, row: Mapping[str, Any]) -> bool:
    return (
        proof.sku in _skus(row)
        and proof.medium == row["medium"]["name"]
        and math.isclose(proof.probability, row["probability"], abs_tol=SAME_P)
        and math.isclose(proof.time_s or 0.0, row["best_s"], abs_tol=SAME_S)
    )


def _skus(row: Mapping[str, Any]) -> set[str]:
    """A tie is proved by the picture of any of its products."""
    return {member["sku"] for member in [row["product"], *row["family"]] if member}


def _said(proof: Proof) -> str:
    at = f" at {proof.time_s:.2f} s" if proof.time_s else ""
    return f"{proof.sku} in {Path(proof.medium).name}{at}, p = {proof.probability:.4f}"


def _told(row: Mapping[str, Any]) -> str:
    at = f" at {row['best_s']:.2f} s" if row["best_s"] else ""
    return f"{'/'.join(sorted(_skus(row)))} in {Path(row['medium']['name']).name}{at}, p = {row['probability']:.4f}"
