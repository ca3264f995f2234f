"""DELETE of a task takes all that is its own, down to words and data keys, and leaves what others need."""

import base64
import threading
import time
from pathlib import Path

from scout_common.reader_process import ReaderPool
from scout_common.sealing import new_key

from tests.reading import Replica, replica
from tests.servers import serving_folder


def read(one: Replica, said: str) -> tuple[str, str]:
    """A file that was read at once: its task and hash."""
    answer = one.post("process", {"file": ("a.txt", said.encode(), "text/plain")}).json()
    return answer["id"], answer["file"]["sha256"]


def forget(one: Replica, task: str) -> None:
    assert one.client.delete(f"/api/v1/ocr/{task}").status_code == 204


def words(one: Replica) -> set[str]:
    return {word for (word,) in one.world.rows("SELECT word FROM reading_word") if not word.isdecimal()}


def add_proposal(one: Replica, state: str, *shas: str) -> None:
    """A proposal that shows the first of these files."""
    row = {"state": state, "sha": shas[0]}
    one.world.execute(
        """
        INSERT INTO proposal (id, key, state, fields, confidence, source_sha256, page, box)
        VALUES (gen_random_uuid(), :state, :state, '{}', 0.5, :sha, 2, '{1,2,3,4}')
        """,
        **row,
    )
    for sha in shas:
        one.world.execute(
            "INSERT INTO proposal_source (proposal_id, source_sha256) SELECT id, :sha FROM proposal WHERE key = :state",
            state=state,
            sha=sha,
        )


def test_words_go_that_only_the_forgotten_file_had(played: Replica) -> None:
    task, _ = read(played, "Lindqvist shared")
    other, _ = read(played, "Soderberg shared")
    forget(played, task)
    assert words(played) == {"soderberg", "shared"}
    forget(played, other)
    assert played.count("reading_word") == 0


def test_the_data_key_goes_with_what_was_sealed_under_it(database: str, tmp_path: Path, toy: ReaderPool) -> None:
    key = base64.b64encode(new_key()).decode()
    with replica(database, tmp_path, toy, master_key=key) as sealed:
        first, _ = read(sealed, "one")
        again, _ = read(sealed, "one")
        forget(sealed, first)
        assert sealed.count("data_key") == 1  # the other task shows what was sealed for the first
        assert sealed.get(f"result/{again}").json()["items"][0]["result"]["text"].startswith("one")
        task, _ = read(sealed, "two")
        forget(sealed, task)
        assert sealed.count("data_key") == 1


def test_a_file_that_fails_for_a_forgotten_task_does_not_stay(played: Replica, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("sleep 30")  # longer than it may take
    with serving_folder(tmp_path) as url:
        task = played.post("process/async", json={"url": f"{url}/a.txt"}).json()["id"]
        (ref,) = played.world.messages()
        ended: list[str] = []
        worker = threading.Thread(target=lambda: ended.append(played.world.run(ref)))
        worker.start()
        while played.world.ask("SELECT state FROM unit") != "running":
            time.sleep(0.01)
        forget(played, task)
        worker.join()
    assert ended == ["lost"]
    assert not list((played.resources.settings.data_dir / "blobs").rglob("?" * 64))


SAY = "INSERT INTO ground_truth (source_sha256, page, field, kind, said_by) VALUES (:sha, 1, 'total', 'receipt', 'A')"
BACKFILL = """
    WITH run AS (
        INSERT INTO backfill (id, source, wanted, fingerprint) VALUES (gen_random_uuid(), 'folder', '{}', 'f')
        RETURNING id
    ) INSERT INTO backfill_item (backfill_id, item, name, state, sha256) SELECT id, 'i', 'i', 'done', :sha FROM run
"""


def test_what_a_backfill_read_stays_and_what_people_said_of_it(played: Replica) -> None:
    for statements, left in (((BACKFILL, SAY), [1, 1, 1]), ((SAY,), [1, 1, 1])):
        task, sha = read(played, f"receipt {len(statements)}")
        for statement in statements:
            played.world.execute(statement, sha=sha)
        forget(played, task)
        assert played.resources.blobs.exists(sha) == (BACKFILL in statements)
        assert [played.count(table) for table in ("asset", "reading", "ground_truth")] == left


def test_proposals_of_a_forgotten_file(played: Replica) -> None:
    """One that other files speak of shows another, one of this file alone goes, an accepted one keeps its picture."""
    task, sha = read(played, "one")
    _, other = read(played, "two")
    add_proposal(played, "proposed", sha, other)
    add_proposal(played, "rejected", sha)
    forget(played, task)
    assert played.world.rows("SELECT state, source_sha256, page, box FROM proposal") == [("proposed", other, 1, None)]
    assert played.world.rows("SELECT source_sha256 FROM proposal_source") == [(other,)]
    assert not played.resources.blobs.exists(sha)

    task, sha = read(played, "three")
    add_proposal(played, "accepted", sha)
    forget(played, task)
    assert played.resources.blobs.exists(sha)
    assert [played.count(table) for table in ("asset", "proposal", "reading")] == [2, 2, 1]
    assert words(played) == {"two"}
