"""The table of reading: Scout beside plain Tesseract and plain RapidOCR on one labelled set, in one run.

    python -m bench.ocr [--only KIND ...] [--out FILE.json]

The labelled set is SCOUT_EVAL, else ../shared/eval, its scorer bin/score beside that folder. Times are taken picture by
picture, the engines in turn, so that what else the machine does weighs on each alike; CPU seconds stand beside them.
Then labels and lines through the API of a Scout of its own, and the booths of the sample's sightings. Without the
labelled set its rows are left out. Ends with 1 where a figure is short of its "at least".
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is imported first; as the readers' own processes have it
import numpy as np
from PIL import Image, ImageOps
from scout_ocr.errors import ReadingError
from scout_ocr.reader import Reader
from scout_ocr.reading import Reading

from bench import ocr_figures, stood, table
from bench.figures import Skipped
from bench.job import scout_match
from bench.place import OUT, ROOT, Place

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


def api() -> dict[str, float]:
    """Labels and lines through a real API: latency of one client, throughput of eight.

    The client is a process of its own: beside the plain engines' models it would count its own pauses."""
    done = subprocess.run([sys.executable, "-m", "bench.ocr_api"], check=True, stdout=subprocess.PIPE, text=True)
    print(done.stdout, flush=True)
    found = json.loads(done.stdout)
    return {
        "label.p95_ms": 1000 * found["label"]["p95_s"],
        "label.a_minute": found["labels"]["a_minute"],
        "crop.p95_ms": 1000 * found["crop"]["p95_s"],
        "crop.a_minute": found["crops"]["a_minute"],
    }


def booths(place: Place) -> dict[str, float]:
    """The sample's sightings, each with its booth or none, against its truth."""
    sample = place.cache / "sample"
    subprocess.run([sys.executable, ROOT / "scripts/make_sample.py", "--out", sample], check=True, stdout=sys.stderr)
    listed = sample / "catalogue"
    known = ["--show", "Sample", "--exhibitors", str(listed / "exhibitors.csv")]
    with place.fresh_data("booths") as data:
        run = scout_match(listed / "catalogue.csv", [sample / "media"], data, place.out / "booths.json", options=known)
    found = stood.scored(run.result, json.loads((sample / "truth.json").read_text("utf-8")))
    print(found, flush=True)
    return {"booth.right": found.share, "booth.wrong": found.wrong}


def read(place: Place, kind: str, engines: Mapping[str, Reads]) -> dict[str, float]:
    """Every engine on the files of a kind: told, and Scout's figures of the table."""
    program, folder = str(place.scorer()), str(place.eval_folder())
    runs = measure(kind, files_of(program, folder, kind), engines)
    scores = {name: score(program, folder, kind, run) for name, run in runs.items()}
    print("\n".join(report(kind, runs, scores)), flush=True)
    values = ocr_figures.taken(scores["scout"])
    if kind == "receipts":
        values["receipts.ratio"] = float(np.median(runs["scout"].seconds) / np.median(runs["plain rapidocr"].seconds))
    return values


def labelled(place: Place, kinds: Sequence[str], threads: int) -> dict[str, float]:
    """Scout's figures on these kinds of the labelled set. Raises Skipped where that is not here."""
    place.scorer()  # before any engine is loaded
    ours = {"scout": scout(threads)}
    others = {"plain rapidocr": plain_rapidocr(), "plain tesserocr": plain_tesseract()}
    values: dict[str, float] = {}
    for kind in kinds:
        values |= read(place, kind, ours | (others if kind in PLAIN else {}))
    return values


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=(*KINDS, "api", "booths"), default=(*KINDS, "api", "booths"))
    parser.add_argument("--threads", type=int, default=2, help="of one picture; plain engines take all cores")
    parser.add_argument("--out", type=Path, default=OUT / "ocr.json")
    asked = parser.parse_args()
    place = Place()
    place.out.mkdir(parents=True, exist_ok=True)
    values: dict[str, float] = {}
    if kinds := [kind for kind in asked.only if kind in KINDS]:
        try:
            values |= labelled(place, kinds, asked.threads)
        except Skipped as reason:
            print(f"{', '.join(kinds)}: left out, {reason}", file=sys.stderr)
    values |= api() if "api" in asked.only else {}
    values |= booths(place) if "booths" in asked.only else {}
    asked.out.write_text(json.dumps(values, indent=1) + "\n", "utf-8")
    short = table.missed(values, ocr_figures.ROWS)
    print("", *table.table(values, ocr_figures.ROWS, ocr_figures.HEAD), "", *short, sep="\n", flush=True)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
