"""The sample: rendered once by scripts/make_sample.py, then run as a job over HTTP like anybody's."""

import hashlib
import threading
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from scout_common.errors import ScoutError
from scout_contracts.stages import STAGES

from scout_app.children import Child, Children
from scout_app.client import Client
from scout_app.follow import follow, print_result

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "make_sample.py"
SHOW = {"name": "Sample Fair", "place": "Rendered Hall"}
STAMP = "sample.json"  # written last
RENDERING = "Rendering the sample hall, once"
LINE_S = 60.0


class SampleJob:
    """The sample of a data folder: being rendered in the background, or there already."""

    def __init__(self, folder: Path, rendering: Child | None) -> None:
        self._folder = folder
        self._rendering = rendering
        self._stop = threading.Event()

    @staticmethod
    def prepare(data_dir: Path, children: Children, console: Console) -> "SampleJob":
        """Start rendering the sample where it is not there yet; the servers start meanwhile."""
        folder = data_dir / "sample"
        if (folder / STAMP).exists():
            return SampleJob(folder, None)
        if not SCRIPT.exists():
            raise ScoutError("the sample's script is not there", subject=str(SCRIPT), hint="run from a clone")
        console.print(f"{RENDERING}, some minutes ...", highlight=False)
        return SampleJob(folder, children.start("sample", [str(SCRIPT), "--out", str(folder.resolve())]))

    def stop(self) -> None:
        """Stop following the job; the job itself goes on at the next start."""
        self._stop.set()

    def run(self, url: str, console: Console) -> None:
        """Wait for the sample, start its job (or meet the one started before), follow it, print what it found."""
        if not self._rendered(console):
            return
        client = Client(url)
        started = time.monotonic()
        request = self._request()
        listed = self._folder / "catalogue" / "exhibitors.csv"
        if listed.exists():
            client.import_exhibitors(SHOW["name"], listed.read_text("utf-8"))
        job_id = str(client.start(request, key=self._key())["job_id"])
        console.print("The sample job:", highlight=False)
        job = follow(client, job_id, console, self._stop)
        if job is not None:
            print_result(client, job, console, time.monotonic() - started)

    def _rendered(self, console: Console) -> bool:
        """Wait for the rendering, its own words as the status line or, where the output is no terminal, a line each
        LINE_S seconds; False when stopped before."""
        if self._rendering is None:
            return True
        with console.status(RENDERING) as status:
            next_line = time.monotonic()
            while self._rendering.running():
                said = ": ".join(filter(None, (RENDERING, escape(_last_words(self._rendering.log)))))
                status.update(said)
                if not console.is_terminal and time.monotonic() >= next_line:
                    console.print(said, highlight=False, soft_wrap=True)
                    next_line = time.monotonic() + LINE_S
                if self._stop.wait(0.3):
                    return False
        if self._rendering.process.returncode != 0:
            raise ScoutError("the sample could not be rendered", hint=f"see {self._rendering.log}")
        return True

    def _request(self) -> dict[str, object]:
        folder = self._folder.resolve()
        return {
            "title": "Sample hall",
            "catalogue": str(folder / "catalogue" / "catalogue.csv"),
            "media": [str(folder / "media")],
            "show": SHOW,
        }

    def _key(self) -> str:
        """The same sample in the same place, worked on by the same stages, is the same job."""
        stages = " ".join(stage.name for stage in STAGES)
        which = (self._folder / STAMP).read_bytes() + f"{self._folder.resolve()} {stages}".encode()
        return f"sample-{hashlib.sha256(which).hexdigest()[:16]}"


def _last_words(log: Path) -> str:
    """The progress line that was written last, without its bar."""
    words = log.read_text(errors="replace").replace("\r", "\n").rstrip().rpartition("\n")[2]
    return " ".join(part for part in words.split() if not part.startswith("["))
