"""The purge on rows and files as jobs leave them: what is due goes, what somebody still needs stays."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_app.cli import app
from scout_common.assets import Asset, keep_assets
from scout_common.errors import BadRequest
from scout_common.readings import KeptReading, ReadingKey, keep_readings
from scout_common.sampling import strip_key
from scout_common.sealing import MasterKeys, new_key
from scout_common.vault import Vault
from scout_common.work import Resources
from scout_ocr.reading import Reading, ReadOptions
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from services.backfill import store as backfills
from services.backfill.beside import CONTEXT
from services.retention.purge import purge
from services.retention.rules import KINDS, read_rules

OLD = datetime.now(UTC) - timedelta(days=100)


def add_job(connection: Connection, *, kind: str = "ocr", state: str = "done", at: datetime = OLD) -> str:
    ident = str(uuid4())
    connection.execute(
        text("""
            INSERT INTO job (id, kind, state, title, spec, created_at, finished_at)
            VALUES (:id, :kind, :state, 'a job', '{}', :at, CASE WHEN :state = 'running' THEN NULL ELSE :at END)
        """),
        {"id": ident, "kind": kind, "state": state, "at": at},
    )
    return ident


def add_file(resources: Resources, connection: Connection, data: bytes, *jobs: str) -> str:
    """A stored file that these jobs need, with a reading, a review item and an observed value."""
    sha256 = resources.blobs.put(data, "image/png")
    for job in jobs:
        asset = Asset(sha256=sha256, media_type="image/png", bytes=len(data))
        keep_assets(connection, tenant="default", job=job, assets=[asset])
    reading = Reading(media_type="image/png", kind="receipt", pages=(), text=data.decode(), markdown="")
    key = ReadingKey(tenant="default", sha256=sha256, options=ReadOptions(), version="1")
    keep_readings(connection, [KeptReading.of(key, reading)], owner=jobs[0] if jobs else None)
    connection.execute(
        text("""
            INSERT INTO review_item (id, source_sha256, reason, kind, field, confidence, reader, engine, version, rule)
            VALUES (:id, :sha256, 'confidence', 'receipt', 'total', 0.3, 'routing', 'e', '1', 'r')
        """),
        {"id": uuid4(), "sha256": sha256},
    )
    return sha256


def count(resources: Resources, table: str) -> int:
    with resources.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_files_and_results_go_with_the_last_job_that_needs_them(resources: Resources) -> None:
    with resources.engine.begin() as connection:
        old, new = add_job(connection), add_job(connection, at=datetime.now(UTC))
        alone = add_file(resources, connection, b"alone", old)
        shared = add_file(resources, connection, b"shared", old, new)
    seen = purge(resources, {"ocr": 30}, dry_run=True)
    assert (seen.counts["ocr"], seen.counts["files"], seen.bytes) == (1, 1, 5)
    assert resources.blobs.exists(alone)
    assert count(resources, "job") == 2
    removed = purge(resources, {"ocr": 30})
    assert (removed.counts["ocr"], removed.counts["files"], removed.bytes) == (1, 1, 5)
    assert not resources.blobs.exists(alone)
    assert resources.blobs.exists(shared)
    assert [count(resources, table) for table in ("job", "asset", "reading", "review_item")] == [1, 1, 1, 1]
    with resources.engine.connect() as connection:  # nobody finds the other's words any more
        assert connection.execute(text("SELECT word FROM reading_word")).scalars().all() == ["shared"]
    assert purge(resources, {"ocr": 30}).counts.total() == 0


def test_running_jobs_and_kinds_without_a_rule_stay(resources: Resources) -> None:
    with resources.engine.begin() as connection:
        add_job(connection, state="running")
        add_job(connection, kind="match")
    assert purge(resources, {"ocr": 0}).counts.total() == 0
    assert count(resources, "job") == 2


def test_while_jobs_run_a_file_of_the_last_hour_waits(resources: Resources) -> None:
    with resources.engine.begin() as connection:
        old = add_job(connection)
        add_job(connection, state="running")
        sha256 = add_file(resources, connection, b"perhaps needed again", old)
    removed = purge(resources, {"ocr": 30})
    assert removed.waiting
    assert resources.blobs.exists(sha256)
    with resources.engine.begin() as connection:
        connection.execute(text("UPDATE asset SET unreferenced_at = now() - interval '2 hours'"))
    assert purge(resources, {}).counts["files"] == 1
    assert not resources.blobs.exists(sha256)


def test_a_file_that_is_needed_again_is_not_waiting_any_more(resources: Resources) -> None:
    with resources.engine.begin() as connection:
        old = add_job(connection)
        add_job(connection, state="running")
        add_file(resources, connection, b"x", old)
    purge(resources, {"ocr": 30})
    with resources.engine.begin() as connection:
        connection.execute(text("UPDATE asset SET unreferenced_at = now() - interval '2 hours'"))
        sha256 = add_file(resources, connection, b"x", add_job(connection, state="running"))
    assert purge(resources, {}).counts["files"] == 0
    assert resources.blobs.exists(sha256)
    with resources.engine.connect() as connection:
        assert connection.execute(text("SELECT unreferenced_at FROM asset")).scalar_one() is None


def test_media_go_with_keyframes_features_and_strips(resources: Resources) -> None:
    frame = resources.blobs.put(b"frame", "image/jpeg")
    video = resources.blobs.put(b"video", "video/mp4")
    strip = strip_key("s", str(UUID(int=5)), 0.0)
    for key in ("kp/feature", "index/one", strip):
        resources.blobs.put_named(key, b"x")
    with resources.engine.begin() as connection:
        job = add_job(connection, kind="match")
        keep_assets(
            connection, tenant="default", job=job, assets=[Asset(sha256=frame, media_type="image/jpeg", bytes=5)]
        )
        values = {"medium": UUID(int=5), "job": job, "frame": frame, "video": video}
        for statement in (
            "UPDATE job SET catalogue_hash = 'c' WHERE id = :job",
            "INSERT INTO medium (id, sha256, kind, media_type, duration_s, width, height) "
            "VALUES (:medium, :video, 'video', 'video/mp4', 1, 1, 1)",
            "INSERT INTO job_medium (job_id, medium_id, scope, uri, name) VALUES (:job, :medium, 's', 'blob:', 'v')",
            "INSERT INTO segment (medium_id, sampler, start_s, end_s) VALUES (:medium, 's', 0, 1)",
            "INSERT INTO keyframe (medium_id, sampler, time_ms, time_s, image_sha256, width, height, sharpness, shot) "
            "VALUES (:medium, 's', 0, 0, :frame, 1, 1, 1, 0)",
            "INSERT INTO feature (image_sha256, role, extractor, blob_key, keypoints) "
            "VALUES (:frame, 'frame', 'e', 'kp/feature', 1)",
            "INSERT INTO catalogue_index (catalogue_hash, version, blob_key, products, bytes) "
            "VALUES ('c', 'v', 'index/one', 1, 1)",
        ):
            connection.execute(text(statement), values)
    assert purge(resources, {"match": 365}).counts.total() == 0
    removed = purge(resources, {"match": 30})
    assert {name: removed.counts[name] for name in ("match", "media", "files", "indexes")} == {
        "match": 1,
        "media": 1,
        "files": 1,
        "indexes": 1,
    }
    assert not any(map(resources.blobs.exists, (frame, video, strip, "kp/feature", "index/one")))
    assert [count(resources, table) for table in ("medium", "segment", "keyframe", "feature", "catalogue_index")] == [
        0
    ] * 5


def test_what_a_person_said_keeps_its_file(resources: Resources) -> None:
    with resources.engine.begin() as connection:
        sha256 = add_file(resources, connection, b"judged", add_job(connection))
        connection.execute(
            text("""
                INSERT INTO ground_truth (source_sha256, page, field, kind, said_by, at)
                VALUES (:s, 1, 'f', 'k', 'Ana', :at)
            """),
            {"s": sha256, "at": OLD},
        )
    purge(resources, {"ocr": 30})
    assert resources.blobs.exists(sha256)
    purge(resources, {"truth": 30})
    assert not resources.blobs.exists(sha256)


def test_backfills_and_what_they_read_elsewhere(resources: Resources) -> None:
    sha256 = hashlib.sha256(b"elsewhere").hexdigest()
    with backfills.opened(resources.engine, "folder", {}) as held, resources.engine.begin() as connection:
        values = {"run": held.id, "sha256": sha256, "at": OLD}
        add_file(resources, connection, b"elsewhere")
        for statement in (
            "INSERT INTO backfill_item (backfill_id, item, name, state, sha256) "
            "VALUES (:run, 'i', 'i', 'done', :sha256)",
            "UPDATE backfill SET state = 'done', finished_at = :at",
        ):
            connection.execute(text(statement), values)
    assert purge(resources, {"backfill": 365}).counts.total() == 0
    assert purge(resources, {"backfill": 30}).counts["backfill"] == 1
    assert [count(resources, table) for table in ("backfill_item", "reading", "review_item")] == [0, 0, 0]


def test_what_a_backfill_sealed_beside_its_sources_still_opens(resources: Resources) -> None:
    vault = Vault(MasterKeys([new_key()]))
    for wanted in ({"beside": ["json"]}, {"beside": []}):
        with backfills.opened(resources.engine, "folder", wanted) as held, resources.engine.begin() as connection:
            sealed = vault.seal(connection, "default", str(held.id), CONTEXT, b"read")
            values = {"run": held.id, "at": OLD, "item": str(wanted)}
            for statement in (
                "INSERT INTO backfill_item (backfill_id, item, name, state) VALUES (:run, :item, 'i', 'done')",
                "UPDATE backfill SET state = 'done', finished_at = :at WHERE id = :run",
            ):
                connection.execute(text(statement), values)
        if wanted["beside"]:
            outside = sealed
    done = purge(resources, {"backfill": 30})
    assert (done.counts["backfill"], done.counts["keys"], count(resources, "backfill_item")) == (2, 1, 0)
    assert purge(resources, {"backfill": 30}).counts.total() == 0
    with resources.engine.begin() as connection:
        assert Vault(vault._master).open(connection, CONTEXT, outside) == b"read"


def test_a_data_key_goes_when_nothing_is_sealed_under_it(resources: Resources) -> None:
    vault = Vault(MasterKeys([new_key()]))
    engine = resources.engine.execution_options(scout_vault=vault)
    own = Resources(settings=resources.settings, engine=engine, blobs=resources.blobs, scratch=resources.scratch)
    with engine.begin() as connection:
        old, new = add_job(connection), add_job(connection, at=datetime.now(UTC))
        add_file(own, connection, b"alone", old)
        add_file(own, connection, b"shared", old, new)
    assert count(own, "data_key") == 1  # both were sealed under the first job's
    purge(own, {"ocr": 30})
    assert count(own, "data_key") == 1
    with engine.begin() as connection:
        connection.execute(text("UPDATE job SET finished_at = :at"), {"at": OLD})
    assert purge(own, {"ocr": 30}).counts["keys"] == 1
    assert count(own, "data_key") == 0


def test_the_command(resources: Resources, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with resources.engine.begin() as connection:
        job = add_job(connection, at=datetime.now(UTC))
        sha256 = add_file(resources, connection, b"one", job)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCOUT_DATABASE_URL", resources.settings.database_url)
    monkeypatch.setenv("SCOUT_DATA_DIR", str(resources.settings.data_dir))
    monkeypatch.setenv("SCOUT_RETENTION", "ocr=30")
    runner = CliRunner()
    assert "Removed: nothing" in runner.invoke(app, ["purge"]).output
    assert "Would remove: 1 files, 1 job, 1 words" in runner.invoke(app, ["purge", "--job", job, "--dry-run"]).output
    assert "Removed: 1 files, 1 job, 1 words" in runner.invoke(app, ["purge", "--job", job]).output
    assert not resources.blobs.exists(sha256)


@pytest.mark.parametrize("given", ["ocr", "ocr=x", "nothing=3", "ocr=1,ocr=2", "ocr=-1", "ocr=123456"])
def test_rules_that_cannot_be_are_refused(given: str) -> None:
    with pytest.raises(BadRequest, match="kinds are ocr"):
        read_rules(given)


@given(st.dictionaries(st.sampled_from(sorted(KINDS)), st.integers(0, 99_999)))
def test_rules_are_read_as_they_are_written(rules: dict[str, int]) -> None:
    assert read_rules(" , ".join(f"{kind} = {days}" for kind, days in rules.items())) == rules


@given(st.text(max_size=40))
def test_any_other_text_is_refused_or_means_something(given: str) -> None:
    try:
        assert set(read_rules(given)) <= set(KINDS)
    except BadRequest:
        return
