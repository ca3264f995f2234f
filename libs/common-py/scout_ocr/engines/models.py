"""The PP-OCR networks that lie in rapidocr's wheel, opened with onnxruntime.

We open the wheel's weights ourselves: detection at a size chosen by the picture, lines recognised at their own width
on one thread each, per-character columns. Same weights, about half of the time of rapidocr's own pipeline. On CPUs that
multiply bytes fast, the same recogniser in int8 (bench/quantise.py) looks first, for half of that again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scout_ocr.errors import EngineUnavailable

_HINT = "pip install 'rapidocr>=3.10' onnxruntime"
_INT8 = Path(__file__).parent / "weights" / "pp-ocr-v6-rec-small-int8.onnx"
_MADE_FROM = "PP-OCRv6_rec_small.onnx"
_BYTE_PRODUCTS = {"avx512_vnni", "avx_vnni"}


@dataclass(frozen=True)
class ModelFiles:
    """Paths of the detector and of the recogniser (its metadata holds the alphabet, one character a line). quick: the
    recogniser in int8, for CPUs that are quick with it."""

    detector: Path
    recogniser: Path
    quick: Path | None = None

    @classmethod
    def of_the_wheel(cls) -> ModelFiles:
        """Those in the installed rapidocr. Raises EngineUnavailable where they are not."""
        spec = find_spec("rapidocr")  # not imported: its own imports take half a second
        folder = Path((spec.submodule_search_locations or [""])[0]) / "models" if spec else Path()
        detectors, recognisers = sorted(folder.glob("PP-OCR*_det_*.onnx")), sorted(folder.glob("PP-OCR*_rec_*.onnx"))
        if not spec or not detectors or not recognisers:
            raise EngineUnavailable(f"rapidocr's models are not in {folder or 'the environment'}", hint=_HINT)
        quick = _INT8 if recognisers[-1].name == _MADE_FROM else None
        return cls(detectors[-1], recognisers[-1], quick)

    @cached_property
    def version(self) -> str:
        """Of the library and of the weights: their names tell the model's version. The same on machines that
        cannot use the quick one: what is read differs in rare letters, and unlike machines share it."""
        paths = (self.detector, self.recogniser, *([self.quick] if self.quick else []))
        weights = ((path.name, path.stat().st_size) for path in paths)
        return f"{_installed('rapidocr')}+{hashlib.sha256(repr(list(weights)).encode()).hexdigest()[:8]}"


@cache
def multiplies_bytes(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the CPU sums products of bytes in one step (VNNI). Others round such sums off or gain little; on ARM, and
    where there is no such file, it was not tried."""
    try:
        flags = re.search(r"^flags\s*:(.*)$", cpuinfo.read_text("ascii", "replace"), re.MULTILINE)
    except OSError:
        return False
    return bool(flags and not _BYTE_PRODUCTS.isdisjoint(flags[1].split()))


class Network:
    """One ONNX network with one input and one output; `run` may be called from several threads."""

    def __init__(self, path: Path, *, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        # Waiting threads that spin take the core from whoever works: half of the CPU time of two threads.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as problem:  # onnxruntime's errors share no class but Exception
            raise EngineUnavailable(f"The model {path} cannot be opened: {problem}", hint=_HINT) from problem
        self._input = self._session.get_inputs()[0].name

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        result: Any = self._session.run(None, {self._input: batch})
        return np.asarray(result[0], np.float32)

    def metadata(self, key: str) -> str:
        return str(self._session.get_modelmeta().custom_metadata_map.get(key, ""))


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "0"
