"""Make the int8 recogniser: nearly the letters of the float one in rapidocr's wheel, in 60 % of its time.

    python -m bench.quantise --out FILE.onnx [--fonts FOLDER ...]

Needs `pip install onnx`; takes a minute. What becomes int8 (Jacob et al. 2018, arXiv:1712.05877):

- the 1x1 convolutions beside a Gelu, from the second stage of the backbone on: weights to signed bytes with a scale for
  each output channel, activations to unsigned bytes with one range a tensor (bench/byte_ranges.py);
- the last matrix product, 120 numbers to 18,710 characters: weights to signed bytes with a scale for each character;
  the range of what goes in is measured anew in every run.

Gelu becomes one node (opset 20) in place of five. Ranges are measured on drawn lines (bench/calibration_lines.py),
never on a labelled picture.

The rest stays float, for there bytes cost letters and save little. One activation as bytes at a time, divergence of the
softmax from float: 0.105 behind the stem's first convolution, 0.016 behind its second, below 0.002 behind most others.
Word recall on scene photos, .632 in float: all convolutions in int8 .585; without stem, depthwise convolutions,
squeeze-and-excitation and neck .605; without the first stage as well, which is what this makes, .62 to .63.

A drawn line through the reader, one thread of a CPU with VNNI: 23.5 ms before, 13.9 ms after. On x86 without VNNI sums
of two products of bytes saturate at 16 bits; there scout_ocr.engines.models keeps to the float one.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from scout_ocr.engines.models import ModelFiles, Network
from scout_ocr.engines.recognition import NARROW, STRETCHED, USUAL, WIDE, Networks, Recogniser, prepared

from bench.byte_ranges import Range, Values, best_range, per_column
from bench.calibration_lines import fonts_of, lines

SOURCE = "PP-OCRv6_rec_small.onnx"
SHA256 = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"
FIRST_STAGE = 17  # the last convolution that stays float, counted from 0
OPSET = 20  # the first with Gelu
LINES, HELD_OUT, KEPT = 120, 200, 2000  # calibration; comparison; values kept of a tensor and line
WIDEST = 800  # pixels of a calibration line: longer ones only take time
FONTS = Path("/usr/share/fonts/truetype/dejavu")
NEEDED = "this needs the onnx package, which running the model does not: pip install onnx"


class WrongSource(Exception):
    """The installed recogniser is not the one that this was made for: what stays float was found on that file."""


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.quantise", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the model to write")
    parser.add_argument("--fonts", type=Path, nargs="+", default=[FONTS], help=f"folders of .ttf; default: {FONTS}")
    options = parser.parse_args(words)
    try:
        source, fonts = checked(ModelFiles.of_the_wheel().recogniser), fonts_of(options.fonts)
        make(source, options.out, fonts)
    except (WrongSource, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except ModuleNotFoundError as problem:
        if problem.name != "onnx":
            raise
        print(NEEDED, file=sys.stderr)
        return 1
    alike, size = same_text(source, options.out, fonts), options.out.stat().st_size
    print(f"{options.out}: {size:,} bytes, sha256 {_sha256(options.out)}")
    print(f"{alike} of {HELD_OUT} drawn lines, none of them seen before, read letter for letter as in float")
    return 0


def checked(path: Path, name: str = SOURCE, sha256: str = SHA256) -> Path:
    """The path. Raises WrongSource where it is another file."""
    if (path.name, _sha256(path)) != (name, sha256):
        raise WrongSource(f"{path} is not the {name} (sha256 {sha256[:12]}...) that bench/quantise.py was made for")
    return path


def make(source: Path, out: Path, fonts: Sequence[Path]) -> None:
    """Write the int8 model of `source` to `out`."""
    import onnx

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fused = _fused(source, folder)
        model = onnx.load(str(fused))
        chosen = quantised(model.graph.node)
        ranges = _ranges(model, chosen, fonts)
        half = _with_int8_convolutions(fused, folder / "half.onnx", chosen, ranges, next(batches(1, fonts)))
        model = onnx.load(str(half))
    _int8_head(model)
    _describe(model, onnx.load(str(source)))
    onnx.checker.check_model(model)
    onnx.save(model, str(out))


def quantised(nodes: Sequence[Any]) -> list[Any]:
    """Of a graph's nodes in order, the convolutions that become int8: those beside a Gelu behind the first stage."""
    gelus = [node for node in nodes if node.op_type == "Gelu"]
    before, behind = {node.input[0] for node in gelus}, {node.output[0] for node in gelus}
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    late = (node for node in convolutions[FIRST_STAGE + 1 :])
    return [node for node in late if node.input[0] in behind or node.output[0] in before]


def batches(count: int, fonts: Sequence[Path]) -> Iterator[Values]:
    """Drawn lines as the recogniser shows them to its network: (1, 3, 48, W)."""
    for number, (crop, _) in enumerate(lines(count, fonts, "cal")):
        shape = Random(f"shape{number}").choice([NARROW, USUAL, WIDE, WIDE, STRETCHED])
        yield prepared(crop, shape)[0][:, :, :, :WIDEST]


def same_text(one: Path, other: Path, fonts: Sequence[Path]) -> int:
    """How many of HELD_OUT drawn lines two models read alike."""
    crops = [crop for crop, _ in lines(HELD_OUT, fonts, "held out")]
    with ThreadPoolExecutor(1) as pool:
        readers = [Recogniser(Networks(Network(path, threads=1)), pool) for path in (one, other)]
        return sum(len({reader.look(crop, None, USUAL).read.text for reader in readers}) == 1 for crop in crops)


def _fused(source: Path, folder: Path) -> Path:
    """The float model in opset 20, batch norms in their convolutions, Gelu and layer norm one node each."""
    import onnx
    from onnx import version_converter
    from onnxruntime.quantization.shape_inference import quant_pre_process

    newer, fused = folder / "newer.onnx", folder / "fused.onnx"
    onnx.save(version_converter.convert_version(onnx.load(str(source)), OPSET), str(newer))
    quant_pre_process(str(newer), str(fused), skip_symbolic_shape=True)
    return fused


def _ranges(model: Any, chosen: Sequence[Any], fonts: Sequence[Path]) -> Mapping[str, Range]:
    """The range of every tensor that goes into or comes out of the chosen convolutions."""
    before_gelu = {node.input[0] for node in model.graph.node if node.op_type == "Gelu"}
    tensors = list(dict.fromkeys(name for node in chosen for name in (node.input[0], node.output[0])))
    found = _observed(model, tensors, batches(LINES, fonts))
    return {name: best_range(found[name], name in before_gelu) for name in tensors}


def _observed(model: Any, tensors: Sequence[str], shown: Iterator[Values]) -> dict[str, Values]:
    """Some values of each tensor when the float model runs, the extremes among them."""
    import onnx
    import onnxruntime

    asked = onnx.ModelProto()
    asked.CopyFrom(model)
    asked.graph.output.extend(onnx.helper.make_tensor_value_info(t, onnx.TensorProto.FLOAT, None) for t in tensors)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # it would merge them away
    session = onnxruntime.InferenceSession(asked.SerializeToString(), options, providers=["CPUExecutionProvider"])
    kept: dict[str, list[Values]] = {tensor: [] for tensor in tensors}
    chance = np.random.default_rng(0)
    for batch in shown:
        for tensor, values in zip(tensors, session.run(list(tensors), {"x": batch}), strict=True):
            flat = values.ravel()
            kept[tensor] += [
                chance.choice(flat, min(flat.size, KEPT), replace=False),
                flat[[flat.argmin(), flat.argmax()]],
            ]
    return {tensor: np.concatenate(parts) for tensor, parts in kept.items()}


def _with_int8_convolutions(
    fused: Path, out: Path, chosen: Sequence[Any], ranges: Mapping[str, Range], batch: Values
) -> Path:
    """QDQ form. batch: onnxruntime wants to see a run; every range it would measure is given."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Once(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.left = [{"x": batch}]

        def get_next(self) -> dict[str, Values] | None:
            return self.left.pop() if self.left else None

    limits = {t: [{"rmin": np.float32(low), "rmax": np.float32(high)}] for t, (low, high) in ranges.items()}
    quantize_static(
        str(fused),
        str(out),
        Once(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_quantize=[node.name for node in chosen],
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={"TensorQuantOverrides": limits},
    )
    return out


def _int8_head(model: Any) -> None:
    """Exchange the last matrix product and its bias for one node that measures its input in every run."""
    from onnx import helper, numpy_helper

    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    head = [node for node in graph.node if node.op_type == "MatMul" and node.input[1] in stored][-1]
    add = next(node for node in graph.node if head.output[0] in node.input)
    bias = next(name for name in add.input if name != head.output[0])
    weights, scales = per_column(numpy_helper.to_array(stored[head.input[1]]))
    graph.initializer.extend(
        [numpy_helper.from_array(weights, "head.int8"), numpy_helper.from_array(scales, "head.scale")]
    )
    names = [head.input[0], "head.int8", "head.scale", "", bias]
    new = helper.make_node("DynamicQuantizeMatMul", names, [add.output[0]], name="head", domain="com.microsoft")
    at = list(graph.node).index(head)
    graph.initializer.remove(stored[head.input[1]])
    graph.node.remove(head)
    graph.node.remove(add)
    graph.node.insert(at, new)


def _describe(model: Any, source: Any) -> None:
    """The alphabet and whatever else the source tells of itself, then what was changed, from what and by what."""
    import onnx
    import onnxruntime

    del model.metadata_props[:]
    model.metadata_props.extend(source.metadata_props)
    model.producer_name = "bench.quantise"
    made = {
        "made_from": SOURCE,
        "made_from_sha256": SHA256,
        "made_by": f"bench.quantise of tradeshow-scout, onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}",
        "changed": "Gelu as one node; 1x1 convolutions behind the first stage and the last matrix product in int8",
    }
    for key, value in made.items():
        model.metadata_props.add(key=key, value=value)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
