"""How often each reader was right by what people decided, and which reader answers from now on."""

from dataclasses import dataclass

from fastapi.testclient import TestClient
from scout_common.reader_process import POOL, About

from tests.hall import World
from tests.integration.api.reviewing import decide, field, items, reading, see


def test_accuracy_counts_right_wrong_missed_and_invented(api: TestClient, reviewed: World) -> None:
    engine = reviewed.resources.engine
    doubtful = [field("total", confidence=0.3), field("date", "2020-01-01", confidence=0.3)]
    invented = field("tax", "7.00", confidence=0.3)
    see(engine, reading(*doubtful, invented))
    missing = reading(field("total", "99.00", confidence=0.4), engine="tesseract", version="5.5")
    see(engine, missing, role="shadow", reader="tesseract")
    by_field = {item["field"]: item for item in items(api)}
    assert set(by_field) == {"total", "date", "tax"}  # nobody is asked about the shadow's values
    decide(api, by_field["total"], "accept")
    decide(api, by_field["date"], "correct", value="2021-01-01")
    decide(api, by_field["tax"], "reject")
    report = api.get("/api/v1/review/accuracy").json()
    found = {(row["field"], row["engine"], row["version"]): row for row in report["rows"]}
    assert found["total", "rapidocr", "3.10"]["right"] == 1
    assert found["total", "rapidocr", "3.10"]["accuracy"] == 1.0
    assert found["date", "rapidocr", "3.10"]["wrong"] == 1
    assert found["tax", "rapidocr", "3.10"]["invented"] == 1
    assert next(row for key, row in found.items() if key[0] == "date" and row["role"] == "shadow")["missed"] == 1
    total = next(row for row in report["comparisons"] if row["field"] == "total")
    assert (total["champion"], total["champion_right"], total["shadow"], total["shadow_right"]) == (
        "routing",
        1,
        "tesseract",
        0,
    )
    tax = next(row for row in report["comparisons"] if row["field"] == "tax")  # who rightly said nothing is right
    assert (tax["judged"], tax["champion_right"], tax["shadow_right"]) == (1, 0, 1)
    only = api.get("/api/v1/review/accuracy", params={"field": "tax"}).json()["rows"]
    assert {row["field"] for row in only} == {"tax"}
    assert api.get("/api/v1/review/accuracy", params={"until": "2000-01-01"}).json()["rows"] == []


def test_what_a_reader_could_not_read_is_missed(api: TestClient, reviewed: World) -> None:
    engine = reviewed.resources.engine
    see(engine, None, error="it is torn", reader="rapidocr")
    see(engine, reading(field()), role="shadow", reader="tesseract")
    [item] = items(api)
    decide(api, item, "enter", value={"total": "12.50"})
    report = api.get("/api/v1/review/accuracy").json()
    missed = next(row for row in report["rows"] if row["role"] == "champion")
    assert (missed["reader"], missed["field"], missed["missed"], missed["judged"]) == ("rapidocr", "total", 1, 1)
    [pair] = report["comparisons"]
    assert (pair["champion_right"], pair["judged"]) == (0, 1)


@dataclass(frozen=True)
class Engines:
    """Says which engines are here."""

    def about(self) -> About:
        return About(version="1", languages={"rapidocr": ("en",), "tesseract": ("en",)})

    def close(self) -> None:
        """Nothing was started."""


def test_another_reader_answers_at_once_and_back(reviewed: World, api: TestClient) -> None:
    reviewed.resources.memory[POOL] = Engines()
    assert api.get("/api/v1/review/reader").json()["champion"] == "routing"
    changed = {"champion": "tesseract", "shadow": "routing", "share": 0.25, "by": "Ana"}
    assert api.put("/api/v1/review/reader", json=changed).status_code == 200
    now = api.get("/api/v1/review/reader").json()
    assert (now["champion"], now["shadow"], now["share"]) == ("tesseract", "routing", 0.25)
    assert api.put("/api/v1/review/reader", json={"champion": "routing", "by": "Ana"}).json()["champion"] == "routing"
    assert [one["champion"] for one in api.get("/api/v1/review/reader").json()["history"]] == ["", "tesseract"]
    same = {"champion": "tesseract", "shadow": "tesseract", "by": "Ana"}
    assert api.put("/api/v1/review/reader", json=same).status_code == 422
    elsewhere = {"champion": "trocr", "by": "Ana"}
    assert "rapidocr, routing, tesseract" in api.put("/api/v1/review/reader", json=elsewhere).text
    assert api.put("/api/v1/review/reader", json={**elsewhere, "force": True}).json()["champion"] == "trocr"
