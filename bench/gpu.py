"""Learned vectors on a GPU: what the network alone makes in a second, and how much of it the whole stage reaches."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scout_common.work import Batch
from scout_contracts.events import VideosKeyframesReady
from scout_vision.image import decode_image, encode_jpeg
from scout_vision.learned import clip_model
from scout_vision.learned.manifest import Manifest, ModelFile, sha256_of
from scout_vision.learned.torch_ready import open_clip_module

from bench import hall
from bench.figures import Measured, Skipped
from bench.place import Place
from services.embedding.handler import Inputs, handle

ARCHITECTURE, BATCH = "ViT-B-32", 256
FRAMES, SEED, SECONDS, WORKERS = 64, 21, 10.0, 8


def measure(place: Place) -> Measured:
    """Images a second of open_clip ViT-B-32 with random weights, and of keyframes' regions from JPEG to vector."""
    if find_spec("torch") is None or find_spec("open_clip") is None:
        raise Skipped("torch and open_clip are not installed (pip install '.[learned]')")
    import torch

    if not torch.cuda.is_available():
        raise Skipped("torch sees no GPU here")
    with tempfile.TemporaryDirectory() as folder:
        embedder = clip_model.OpenClipEmbedder(random_model(Path(folder)), device="cuda")
        alone = network_alone(embedder, torch)
        frames = [encode_jpeg(image) for image in hall.stills(place, SEED, FRAMES)]
        whole = whole_stage(embedder, frames)
    note = f"{torch.cuda.get_device_name()}: {alone:.0f} images/s alone, {whole:.0f} from JPEG keyframes to vectors"
    values = {"gpu.images_s": alone, "gpu.share": whole / alone}
    return Measured(values, (note,), {"device": torch.cuda.get_device_name()})


def random_model(folder: Path) -> Path:
    """A model's folder with random weights."""
    import torch

    model = clip_model.build(ARCHITECTURE)
    torch.save(model.state_dict(), folder / "weights.pt")
    weights = ModelFile(name="weights.pt", sha256=sha256_of(folder / "weights.pt"))
    Manifest(
        name="bench",
        kind="clip",
        architecture=ARCHITECTURE,
        files={"weights": weights},
        dim=open_clip_module().get_model_config(ARCHITECTURE)["embed_dim"],
        preparation=clip_model.preparation_of(model),
    ).write(folder)
    return folder


def network_alone(embedder: clip_model.OpenClipEmbedder, torch: Any) -> float:
    """Images a second of the image tower in bfloat16, pictures already on the card."""
    pixels = torch.randn(BATCH, 3, 224, 224, device="cuda", dtype=torch.bfloat16)

    def once() -> int:
        with torch.inference_mode():
            embedder.tower.encode_image(pixels)
        torch.cuda.synchronize()
        return BATCH

    return rate(once)


def whole_stage(embedder: clip_model.OpenClipEmbedder, frames: list[bytes]) -> float:
    """Regions a second through the embedding service's own handler, several units at once as its workers run them."""
    event = VideosKeyframesReady(medium_id="m", frames=[[float(n), str(n)] for n in range(len(frames))])
    inputs = Inputs(
        known=lambda sha: False,
        embedder=embedder,
        load=lambda sha: decode_image(frames[int(sha)]),
        keep=lambda sha, vector: None,
    )

    def unit(_: int) -> int:
        return sum(_vectors(batch) for batch in handle(event, inputs))

    with ThreadPoolExecutor(WORKERS) as pool:
        return rate(lambda: sum(pool.map(unit, range(WORKERS))))


def _vectors(batch: Batch) -> int:
    return sum(len(row.vectors) for row in batch.rows)


def rate(work: Callable[[], int]) -> float:
    """How many a second, once warm."""
    work()
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        done += work()
    return done / (time.perf_counter() - began)
