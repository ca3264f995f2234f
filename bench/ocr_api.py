"""Labels and single lines through POST /api/v1/ocr/process of a real `scout up`: latency, and how many a minute.

    python -m bench.ocr_api [--labels N] [--crops N] [--url URL]

Every picture is drawn with other words, so that nothing is remembered. The clients are as light as can be (bodies made
before, plain sockets kept open), for they share the cores with the server.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import io
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from PIL import Image, ImageDraw, ImageFont

CLIENTS = 8
PATIENCE_S = 120.0
BOUNDARY = "scout-bench-boundary"
_NAMES = ("Alpine", "Bergland", "Corvina", "Dorado", "Elbquell", "Fjordia", "Granela", "Hartog", "Juniper", "Kastell")
_GOODS = ("Almond Butter", "Barley Tea", "Cocoa Wafer", "Date Syrup", "Fennel Salami", "Ginger Beer", "Honey Cake")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture as PNG and the lines that are written in it."""

    png: bytes
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Seconds of single requests, one after the other; right: the part that was read without an error."""

    requests: int
    p50_s: float
    p95_s: float
    right: float


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """Requests a minute with CLIENTS at once; cpu_s: of the server with all its processes, per request."""

    requests: int
    a_minute: float
    p95_s: float
    cpu_s: float
    right: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Everything that is measured here."""

    label: Latency
    labels: Throughput
    crop: Latency
    crops: Throughput


def measure(*, labels: int = 200, crops: int = 600, url: str | None = None) -> Figures:
    """Start a Scout of its own unless `url` names one, and measure it."""
    with contextlib.nullcontext((url, None)) if url else scout() as (address, pid):
        Client(str(address)).read(label(random.Random(1)), "label")  # the engines load at the first request
        for kind, draw in (("label", label), ("line", line)):  # both processes, both ways
            _together(str(address), [draw(random.Random(f"warm {kind} {n}")) for n in range(2 * CLIENTS)], kind, None)
        return Figures(
            label=_alone(str(address), [label(random.Random(f"label {n}")) for n in range(labels // 2)], "label"),
            labels=_together(str(address), [label(random.Random(f"l8 {n}")) for n in range(labels)], "label", pid),
            crop=_alone(str(address), [line(random.Random(f"line {n}")) for n in range(crops // 3)], "line"),
            crops=_together(str(address), [line(random.Random(f"c8 {n}")) for n in range(crops)], "line", pid),
        )


def label(chance: random.Random) -> Drawn:
    """A label of 480x320 pixels with five lines, as small packs have them."""
    lines = _written(chance)
    image = Image.new("RGB", (480, 320), _light(chance))
    pen = ImageDraw.Draw(image)
    for number, written in enumerate(lines):
        font = _font(34 if number == 0 else 26, written, 440)
        pen.text((20 + chance.randint(-4, 4), 18 + number * 58), written, fill=_dark(chance), font=font)
    return Drawn(png=_png(image), lines=lines)


def line(chance: random.Random) -> Drawn:
    """One line of such a label, cropped closely."""
    written = chance.choice(_written(chance))
    font = _font(28, written, 440)
    image = Image.new("RGB", (int(font.getbbox(written)[2]) + 12, 42), _light(chance))
    ImageDraw.Draw(image).text((6, 4), written, fill=_dark(chance), font=font)
    return Drawn(png=_png(image), lines=(written,))


def _written(chance: random.Random) -> tuple[str, ...]:
    price, grams = chance.randint(99, 2999), 5 * chance.randint(10, 199)
    return (
        f"{chance.choice(_NAMES)} {chance.choice(_GOODS)}",
        f"Net weight {grams} g",
        f"EUR {price // 100}.{price % 100:02d}",
        f"Best before {chance.randint(1, 28):02d}.{chance.randint(1, 12):02d}.20{chance.randint(27, 29)}",
        f"Batch {''.join(chance.choices('ACDEFHKLMNPRTUVWX', k=2))}{chance.randint(1000, 9999)}",
    )


class Client:
    """One kept connection."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)

    def read(self, drawn: Drawn, kind: str) -> tuple[float, bool]:
        """(seconds, whether every line was read right)"""
        return self.send(body_of(drawn, kind), drawn.lines)

    def send(self, body: bytes, lines: Sequence[str]) -> tuple[float, bool]:
        """The same of a body that is made already."""
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        began = time.perf_counter()
        self._connection.request("POST", "/api/v1/ocr/process", body, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        took = time.perf_counter() - began
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said[:300]!r}")
        return took, json.loads(said)["result"]["text"].split() == " ".join(lines).split()


def body_of(drawn: Drawn, kind: str) -> bytes:
    """The form that sends it."""
    field = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="kind"\r\n\r\n{kind}\r\n'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="drawn.png"\r\n'
    return (field + head + "Content-Type: image/png\r\n\r\n").encode() + drawn.png + f"\r\n--{BOUNDARY}--\r\n".encode()


@contextlib.contextmanager
def scout() -> Iterator[tuple[str, int]]:
    """A Scout of our own on a new data folder: (address, process id)."""
    folder = Path(tempfile.mkdtemp(prefix="scout-bench-"))
    folder.chmod(0o755)
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    words = [sys.executable, "-m", "scout_app", "up", "--no-prefect", "--port", str(port), "--data", str(folder)]
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, "COLUMNS": "200"})
    try:
        _wait(port, process, folder / "up.log")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"scout up does not start: {log.read_text(errors='replace')[-500:]}")


def _alone(url: str, pictures: Sequence[Drawn], kind: str) -> Latency:
    client = Client(url)
    found = [client.send(body_of(drawn, kind), drawn.lines) for drawn in pictures]
    took = [seconds for seconds, _ in found]
    return Latency(requests=len(found), p50_s=statistics.median(took), p95_s=_p95(took), right=_part(found))


def _together(url: str, pictures: Sequence[Drawn], kind: str, pid: int | None) -> Throughput:
    """CLIENTS at once, each with its share."""
    bodies = [(body_of(drawn, kind), drawn.lines) for drawn in pictures]
    found: list[tuple[float, bool]] = []
    start = threading.Barrier(CLIENTS + 1)

    def work(share: Sequence[tuple[bytes, Sequence[str]]]) -> None:
        client = Client(url)
        start.wait()
        found.extend(client.send(body, lines) for body, lines in share)

    threads = [threading.Thread(target=work, args=(bodies[n::CLIENTS],)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    before = _cpu_s(pid)
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if len(found) != len(pictures):
        raise RuntimeError(f"{len(pictures) - len(found)} of {len(pictures)} requests failed")
    return Throughput(
        requests=len(found),
        a_minute=60 * len(found) / took,
        p95_s=_p95([seconds for seconds, _ in found]),
        cpu_s=(_cpu_s(pid) - before) / len(found),
        right=_part(found),
    )


def _cpu_s(pid: int | None) -> float:
    """CPU seconds of a process and all below it."""
    if pid is None:
        return 0.0
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in family)


def _p95(took: Sequence[float]) -> float:
    return sorted(took)[min(len(took) - 1, int(0.95 * len(took)))]


def _part(found: Sequence[tuple[float, bool]]) -> float:
    return sum(right for _, right in found) / len(found)


def _font(size: int, written: str, width: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font, in a size in which the words fit."""
    while True:
        font = ImageFont.load_default(size)
        if isinstance(font, ImageFont.FreeTypeFont) and font.getlength(written) <= width:
            return font
        size -= 1


def _light(chance: random.Random) -> tuple[int, int, int]:
    return (chance.randint(215, 255), chance.randint(215, 255), chance.randint(215, 255))


def _dark(chance: random.Random) -> tuple[int, int, int]:
    return (chance.randint(0, 80), chance.randint(0, 80), chance.randint(0, 80))


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def main() -> None:
    """Measure and print as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=200)
    parser.add_argument("--crops", type=int, default=600)
    parser.add_argument("--url")
    given = parser.parse_args()
    figures: dict[str, Any] = asdict(measure(labels=given.labels, crops=given.crops, url=given.url))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
