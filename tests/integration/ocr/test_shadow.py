"""The champion answers, the shadow reads beside it; what cannot be read waits for a person; sealed stays sealed."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from scout_common.reader_process import ReaderPool
from scout_common.readers import Choice, choose
from scout_common.sealing import new_key

from tests.reading import Replica, all_rows, replica


@pytest.fixture
def shadowed(database: str, tmp_path: Path, toy: ReaderPool) -> Iterator[Replica]:
    """A Scout whose files are all read by a shadow as well."""
    with replica(database, tmp_path, toy, ocr_shadow="tesseract", ocr_shadow_share=1.0) as one:
        yield one


def roles(one: Replica) -> list[tuple[str, str, int]]:
    rows = one.world.rows(
        "SELECT role, reader, count(*)::int FROM observed_value WHERE page = 0 GROUP BY 1, 2 ORDER BY 1"
    )
    return [tuple(row) for row in rows]


def test_a_task_is_read_by_both_and_shows_the_champion(shadowed: Replica) -> None:
    files = [("files", (f"{n}.txt", f"file {n}".encode(), "text/plain")) for n in range(2)]
    task = shadowed.post("batch", files).json()["id"]
    shadowed.world.run_all()
    assert roles(shadowed) == [("champion", "routing", 2), ("shadow", "tesseract", 2)]
    assert shadowed.count("reading") == 4
    items = shadowed.get(f"result/{task}").json()["items"]
    assert [item["result"]["text"].rpartition(" ")[0] for item in items] == ["file 0", "file 1"]
    states = shadowed.world.rows("SELECT stage, state, blocking FROM unit WHERE stage LIKE 'ocr%' ORDER BY 1, key")
    assert [tuple(row) for row in states] == [("ocr", "done", True)] * 2 + [("ocr_shadow", "done", False)] * 2
    assert shadowed.get(f"status/{task}").json()["state"] == "done"


def test_what_is_read_at_once_is_read_again_behind_it(shadowed: Replica) -> None:
    answer = shadowed.post("process", {"file": ("a.txt", b"hello", "text/plain")})
    assert answer.status_code == 200, answer.text
    assert roles(shadowed) == [("champion", "routing", 1)]
    shadowed.world.run_all()
    assert roles(shadowed) == [("champion", "routing", 1), ("shadow", "tesseract", 1)]
    shadowed.post("process", {"file": ("a.txt", b"hello", "text/plain")})
    assert shadowed.world.ask("SELECT count(*) FROM unit WHERE stage = 'ocr_shadow'") == 1  # it was remembered


def test_who_names_an_engine_has_no_shadow(shadowed: Replica) -> None:
    shadowed.post("process", {"file": ("a.txt", b"hello", "text/plain")}, data={"engine": "rapidocr"})
    shadowed.world.run_all()
    assert roles(shadowed) == [("champion", "rapidocr", 1)]


def test_another_champion_answers_without_a_restart(played: Replica) -> None:
    with played.resources.engine.begin() as connection:
        choose(connection, Choice(champion="tesseract"), by="Ana")
    played.post("process/async", {"file": ("a.txt", b"hello", "text/plain")})
    played.world.run_all()
    assert roles(played) == [("champion", "tesseract", 1)]


def test_a_shadow_that_is_none_any_more_reads_nothing(shadowed: Replica) -> None:
    shadowed.post("process", {"file": ("a.txt", b"hello", "text/plain")})
    with shadowed.resources.engine.begin() as connection:
        choose(connection, Choice(champion="routing"), by="Ana")
    shadowed.world.run_all()
    assert shadowed.count("reading") == 1
    assert shadowed.world.ask("SELECT state FROM unit WHERE stage = 'ocr_shadow'") == "done"


def test_a_file_that_cannot_be_read_waits_for_a_person(played: Replica) -> None:
    played.post("process/async", {"file": ("locked.txt", b"encrypted", "text/plain")})
    played.world.run_all()
    [item] = played.client.get("/api/v1/review").json()["items"]
    assert (item["reason"], item["field"], item["source_name"]) == ("failed", "", "locked.txt")
    assert item["doubts"] == ["the file opens with a password only"]


def test_with_a_master_key_no_row_says_what_was_read(database: str, tmp_path: Path, toy: ReaderPool) -> None:
    key = base64.b64encode(new_key()).decode()
    with replica(database, tmp_path, toy, master_key=key) as sealed:
        direct = sealed.post("process", {"file": ("a.txt", b"Lindqvist", "text/plain")}).json()
        task = sealed.post("process/async", {"file": ("b.txt", b"Soderberg", "text/plain")}).json()["id"]
        sealed.world.run_all()
        assert direct["result"]["text"].startswith("Lindqvist")
        for ident, begins in ((direct["id"], "Lindqvist"), (task, "Soderberg")):
            [item] = sealed.get(f"result/{ident}").json()["items"]
            assert item["result"]["text"].startswith(begins)
        assert sealed.world.ask("SELECT count(*) FROM reading r WHERE r::text LIKE '%sealed%'") == 2
        raw = all_rows(sealed.resources.engine)
        assert "Lindqvist" not in raw and "Soderberg" not in raw
        assert sealed.count("data_key") == 2
        assert sealed.client.delete(f"/api/v1/ocr/{task}").status_code in {200, 204}
