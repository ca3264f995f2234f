"""The table of reading: Scout beside plain Tesseract and plain RapidOCR on one labelled set, in one run.

    python -m bench.ocr SET SCORE [--only KIND ...] [--out FILE.json]

SET is a folder of labelled data, SCORE the program that scores `scout ocr --json`. Times are taken picture by picture,
the engines in turn, so that what else the machine does weighs on each alike; CPU seconds stand beside them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from scout_ocr.errors import ReadingError
from scout_ocr.reader import Reader
from scout_ocr.reading import Reading

KINDS = ("scene", "words", "receipts", "pages", "barcodes", "documents")
PLAIN = ("scene", "words", "receipts", "pages")  # kinds that a plain engine is compared on: pictures of text
Result = dict[str, Any]
Reads = Callable[[Path], Result]


@dataclass
class Run:
    """What one engine said about the files of a kind, and what it took."""

    results: list[Result] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, path: Path, reads: Reads) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            result = reads(path)
        except ReadingError as problem:
            result = {"error": str(problem)}
        self.seconds.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)
        self.results.append({"file": str(path), "error": None} | result)


def scout(threads: int) -> Reads:
    reader = Reader(threads=threads)
    return lambda path: told(reader.read(path.read_bytes()))


def told(reading: Reading) -> Result:
    """As `scout ocr --json` writes it."""
    return {
        "text": reading.text,
        "barcodes": [{"format": code.format, "text": code.text} for code in reading.barcodes],
        "fields": {n: {"value": f.value, "confidence": f.confidence} for n, f in reading.by_name.items()},
    }


def plain_rapidocr() -> Reads:
    """With its defaults, as its users call it."""
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "critical"})

    def read(path: Path) -> Result:
        found: Any = engine(pixels(path)[:, :, ::-1])
        return {"text": "\n".join(found.txts or ())}

    return read


def plain_tesseract(languages: str = "eng") -> Reads:
    """tesserocr with its defaults; Bengali pages by `ben`."""
    import tesserocr
    from scout_ocr.engines.tess import TesseractEngine

    folder = str(TesseractEngine().folder)
    open_ = {name: tesserocr.PyTessBaseAPI(path=folder, lang=name) for name in (languages, "ben")}

    def read(path: Path) -> Result:
        api = open_["ben" if "bangla" in path.name else languages]
        api.SetImage(Image.fromarray(pixels(path)))
        return {"text": api.GetUTF8Text()}

    return read


def pixels(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with Image.open(path) as picture:
        return np.array(ImageOps.exif_transpose(picture).convert("RGB"), np.uint8)


def measure(kind: str, files: Sequence[Path], engines: Mapping[str, Reads]) -> dict[str, Run]:
    """Every engine on every file, in turn; the first file once beforehand, so that models are loaded."""
    runs = {name: Run() for name in engines}
    for reads in engines.values():
        Run().add(files[0], reads)
    for number, path in enumerate(files):
        for name, reads in engines.items():
            runs[name].add(path, reads)
        print(f"\r{kind} {number + 1}/{len(files)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return runs


def score(program: str, folder: str, kind: str, run: Run) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write("\n".join(json.dumps(result, ensure_ascii=False) for result in run.results))
        file.flush()
        said = subprocess.run([program, "ocr", folder, kind, file.name], capture_output=True, text=True, check=True)
    return said.stdout.rstrip()


def files_of(program: str, folder: str, kind: str) -> list[Path]:
    listed = subprocess.run([program, "files", folder, kind], capture_output=True, text=True, check=True).stdout
    return [Path(line) for line in listed.splitlines() if line]


def report(kind: str, runs: Mapping[str, Run], scores: Mapping[str, str]) -> list[str]:
    """The lines of one kind: each engine's score, then its times, against plain RapidOCR where that ran."""
    base = runs.get("plain rapidocr")
    lines = [f"== {kind}"]
    for name, run in runs.items():
        p50, p95 = np.percentile(run.seconds, [50, 95])
        times = f"p50 {p50:.3f} s, p95 {p95:.3f} s, CPU p50 {np.median(run.cpu):.3f} s"
        if base is not None and run is not base:
            each = np.median(np.array(run.seconds) / np.array(base.seconds))
            times += f"; p50 is {p50 / np.median(base.seconds):.2f}x of plain rapidocr's, file by file {each:.2f}x"
        lines += [f"-- {name}: {times}", *(f"   {line}" for line in scores[name].splitlines())]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="SET")
    parser.add_argument("program", metavar="SCORE")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--threads", type=int, default=2, help="of one picture; plain engines take all cores")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    ours = {"scout": scout(asked.threads)}
    others = {"plain rapidocr": plain_rapidocr(), "plain tesserocr": plain_tesseract()}
    figures: dict[str, dict[str, str]] = {}
    for kind in asked.only:
        engines = ours | (others if kind in PLAIN else {})
        runs = measure(kind, files_of(asked.program, asked.folder, kind), engines)
        figures[kind] = {name: score(asked.program, asked.folder, kind, run) for name, run in runs.items()}
        print("\n".join(report(kind, runs, figures[kind])), flush=True)
    if asked.out:
        asked.out.write_text(json.dumps(figures, indent=1, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
