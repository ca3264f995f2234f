"""Backfills over a folder: what is kept, what fails, who is compared, what a stop and a kill leave."""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import psycopg
import pytest
from scout_common.db import plain_url
from scout_common.errors import Conflict
from scout_common.readers import Choice
from scout_common.sealing import MasterKeys, new_key
from scout_common.vault import Vault
from scout_common.work import Resources
from scout_ocr.errors import BadDocument, EngineFailed
from scout_ocr.reading import ReadOptions

from services.backfill import store
from services.backfill.beside import CONTEXT
from services.backfill.sources import FolderSource
from services.backfill.work import Backfill, Watch
from tests.integration.backfill.toy_reads import Reads, plan, rows, run

SCOUT = Path(sys.executable).with_name("scout")


def test_a_folder_is_read_once_and_its_results_kept(resources: Resources, folder: Path) -> None:
    reads = Reads()
    ended = run(resources, plan(FolderSource(folder), beside=("json", "md", "txt")), reads)
    assert sorted(one.item for one in ended) == ["a/1.png", "a/2.pdf", "b/3.png"]
    assert rows(resources, "SELECT result ->> 'text' FROM reading ORDER BY 1") == [
        ("sure a/1.png",),
        ("sure a/2.pdf",),
        ("sure b/3.png",),
    ]
    beside = folder / "a" / "1.png.reading"
    assert json.loads(beside.with_name(beside.name + ".json").read_text())["text"] == "sure a/1.png"
    assert beside.with_name(beside.name + ".md").read_text() == "# sure a/1.png\n"
    again = run(resources, plan(FolderSource(folder), beside=("json", "md", "txt")), reads)
    assert len(again) == 3
    assert max(reads.count.values()) == 1  # a new run finds what was read; its own results are no sources


def test_what_fails_is_told_and_what_may_pass_is_tried_again(
    resources: Resources, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.backfill.work.PAUSE_S", 0.0)
    reads = Reads()
    reads.fails[b"sure a/1.png"] = [EngineFailed("no answer"), EngineFailed("no answer")]
    reads.fails[b"sure a/2.pdf"] = [BadDocument("it is torn", hint="export it again")]
    (folder / "b" / "3.png").chmod(0o600)
    ended = {one.item: one for one in run(resources, plan(FolderSource(folder)), reads)}
    assert ended["a/1.png"].attempts == 3
    assert ended["a/1.png"].error is None
    assert ended["a/2.pdf"].error == {"message": "it is torn", "hint": "export it again"}
    assert rows(resources, "SELECT reason, source_name FROM review_item") == [("failed", "a/2.pdf")]
    states = rows(resources, "SELECT item, state FROM backfill_item ORDER BY item")
    assert states == [("a/1.png", "done"), ("a/2.pdf", "failed"), ("b/3.png", "done")]


def test_a_result_that_the_database_refuses_fails_its_file_alone(resources: Resources, folder: Path) -> None:
    reads = Reads()
    reads.names[b"sure a/1.png"] = secrets.token_hex(6000)  # more than an index takes
    ended = {one.item: one for one in run(resources, plan(FolderSource(folder)), reads)}
    error = ended["a/1.png"].error
    assert error is not None and "the database refuses" in error["message"]
    assert ended["a/2.pdf"].error is None and ended["b/3.png"].error is None
    assert rows(resources, "SELECT DISTINCT state FROM backfill") == [("done",)]


def test_a_run_that_was_stopped_goes_on_and_reads_nothing_twice(resources: Resources, folder: Path) -> None:
    for number in range(20):
        (folder / f"m{number:02}.png").write_text(f"sure {number}")
    reads, wanted = Reads(), plan(FolderSource(folder))
    with store.opened(resources.engine, wanted.source.name, wanted.as_json()) as held:
        assert not held.resumed
        first = Backfill(resources, wanted, held, reads, Watch(ended=lambda one: first.stop.set()))
        first.work()
    so_far = sum(reads.count.values())
    assert 0 < so_far < 23
    with store.opened(resources.engine, wanted.source.name, wanted.as_json()) as held:
        assert held.resumed
        assert held.listed
        Backfill(resources, wanted, held, reads).work()
    assert sum(reads.count.values()) == 23
    assert max(reads.count.values()) == 1
    assert rows(resources, "SELECT count(*), min(state), max(state) FROM backfill_item") == [(23, "done", "done")]


def test_two_do_not_work_on_one_run(resources: Resources, folder: Path) -> None:
    wanted = plan(FolderSource(folder))
    with (
        store.opened(resources.engine, wanted.source.name, wanted.as_json()),
        pytest.raises(Conflict, match="another process"),
        store.opened(resources.engine, wanted.source.name, wanted.as_json()),
    ):
        pass


def test_a_rate_is_kept(resources: Resources, folder: Path) -> None:
    began = time.monotonic()
    assert len(run(resources, plan(FolderSource(folder), rate=10, workers=3), Reads())) == 3
    assert time.monotonic() - began >= 0.19


def test_a_shadow_reads_its_share_and_is_compared(resources: Resources, folder: Path) -> None:
    reads = Reads()
    choice = Choice(champion="rapidocr", shadow="tesseract", share=1.0)
    run(resources, plan(FolderSource(folder), choice=choice), reads)
    assert reads.engines == {"rapidocr": 3, "tesseract": 3}
    observed = rows(
        resources, "SELECT role, reader, count(*) FROM observed_value WHERE field = 'total' GROUP BY 1, 2 ORDER BY 1"
    )
    assert observed == [("champion", "rapidocr", 3), ("shadow", "tesseract", 3)]
    some = [Choice(shadow="tesseract", share=0.3).shadows(ReadOptions(), f"{n:064x}") for n in range(400)]
    assert 80 < sum(one is not None for one in some) < 160
    assert some == [Choice(shadow="tesseract", share=0.3).shadows(ReadOptions(), f"{n:064x}") for n in range(400)]


def test_files_to_be_looked_at_are_kept(resources: Resources, folder: Path) -> None:
    (folder / "doubtful.png").write_text("perhaps")
    run(resources, plan(FolderSource(folder)), Reads())
    [(sha256,)] = rows(resources, "SELECT sha256 FROM asset")
    assert resources.blobs.get(sha256) == b"perhaps"


def test_a_file_that_cannot_be_read_is_kept_for_those_who_look_at_it(resources: Resources, folder: Path) -> None:
    reads = Reads()
    reads.fails[b"sure a/1.png"] = [BadDocument("it is torn")]
    run(resources, plan(FolderSource(folder)), reads)
    [(sha256,)] = rows(
        resources, "SELECT i.source_sha256 FROM review_item i JOIN asset a ON a.sha256 = i.source_sha256"
    )
    assert resources.blobs.get(sha256) == b"sure a/1.png"


def test_each_reader_answers_for_what_it_could_not_read(resources: Resources, folder: Path) -> None:
    reads, choice = Reads(), Choice(champion="rapidocr", shadow="tesseract", share=1.0)
    reads.fails[b"sure a/1.png"] = [BadDocument("it is torn")]
    reads.fails[b"sure b/3.png"] = [None, BadDocument("the shadow cannot")]
    run(resources, plan(FolderSource(folder), choice=choice), reads)
    assert rows(resources, "SELECT source_name, reader FROM review_item") == [("a/1.png", "rapidocr")]
    failed = "SELECT role, reader FROM observed_value WHERE field = '' AND reader_version = '' ORDER BY 1"
    assert rows(resources, failed) == [("champion", "rapidocr"), ("shadow", "tesseract")]


def test_sealed_results_say_nothing_in_rows_and_files(resources: Resources, folder: Path) -> None:
    vault = Vault(MasterKeys([new_key()]))
    engine = resources.engine.execution_options(scout_vault=vault)
    own = Resources(settings=resources.settings, engine=engine, blobs=resources.blobs, scratch=resources.scratch)
    (folder / "doubtful.png").write_text("Lindqvist")
    run(own, plan(FolderSource(folder), beside=("json", "txt")), Reads())
    raw = "".join(
        str(row)
        for table in ("reading", "review_item", "observed_value")
        for row in rows(resources, f"SELECT t::text FROM {table} t")
    )
    assert "sealed" in raw
    assert "Lindqvist" not in raw
    sealed = (folder / "doubtful.png.reading.txt.sealed").read_bytes()
    assert b"Lindqvist" not in sealed
    with own.engine.connect() as connection:
        assert Vault(vault._master).open(connection, CONTEXT, sealed) == b"Lindqvist\n"


def test_a_killed_command_goes_on_where_it_was(tmp_path: Path, resources: Resources) -> None:
    """`kill -9` in the midst; the same command again reads the rest, and only the rest."""
    database, root = resources.settings.database_url, tmp_path / "in"
    root.mkdir()
    for number in range(6):
        page = np.full((60, 220, 3), 255, np.uint8)
        cv2.putText(page, f"Total {number}.50", (8, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
        cv2.imwrite(str(root / f"{number}.png"), page)
    environment = os.environ | {"SCOUT_DATABASE_URL": database, "SCOUT_DATA_DIR": str(tmp_path / "data")}
    report = tmp_path / "report.json"
    command: list[str | Path] = [
        SCOUT,
        "ocr",
        "backfill",
        root,
        "--workers",
        "1",
        "--engine",
        "tesseract",
        "--quality",
        "fast",
    ]
    killed = subprocess.Popen(
        [*command, "--rate", "4"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    done = _wait_for(database, 2)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert 2 <= done < 6
    ended = subprocess.run([*command, "--report", report], env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "goes on where it ended" in ended.stderr
    said = json.loads(report.read_text())
    assert (said["read"], said["failed"], said["left"]) == (6, 0, 0)
    with psycopg.connect(plain_url(database)) as connection:
        counts = connection.execute(
            "SELECT count(*), sum(attempt), count(DISTINCT sha256) FROM backfill_item"
        ).fetchone()
        readings = connection.execute("SELECT count(*) FROM reading").fetchone()
    assert counts == (6, 6, 6)
    assert readings == (6,)


def _wait_for(database: str, most: int) -> int:
    """Until so many items are done; how many are."""
    pause = threading.Event()
    with psycopg.connect(plain_url(database), autocommit=True) as connection:
        for _ in range(1200):
            row = connection.execute("SELECT count(*) FROM backfill_item WHERE state = 'done'").fetchone()
            assert row is not None
            if row[0] >= most:
                return int(row[0])
            pause.wait(0.05)
    raise AssertionError("nothing was read")
