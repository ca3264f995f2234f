"""What holds for every address: problems, guard, OpenAPI, operation, pages."""

import re
from typing import Any

import jsonschema
import psycopg
import pytest
from fastapi.testclient import TestClient
from scout_app.probes import tables_lacking
from scout_common.db import migrate, plain_url

from services.results_api.docs import example_of
from tests.hall import World

DONE, RUNNING, FAILED, NONE = (f"00000000-0000-4000-8000-00000000000{i}" for i in (1, 2, 3, 9))


@pytest.mark.parametrize("address", ["/nowhere", "/api/v1/nothing", "/static/none.css"])
def test_unknown_addresses_are_problems(hall: TestClient, address: str) -> None:
    answer = hall.get(address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == address


def test_a_wrong_method_is_a_problem(hall: TestClient) -> None:
    answer = hall.delete("/api/v1/jobs")
    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")


def test_a_body_that_is_no_json_is_a_problem(hall: TestClient) -> None:
    answer = hall.post("/start-job", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.nip.io:8000"])
def test_foreign_names_are_not_answered(hall: TestClient, host: str) -> None:
    """A site that points its own name at this machine must not read our answers."""
    answer = hall.get("/api/v1/jobs", headers={"Host": host})
    assert answer.status_code == 421
    assert "SCOUT_ALLOWED_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"])
def test_our_own_names_are_answered(hall: TestClient, host: str) -> None:
    assert hall.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_change_nothing(shared_hall: World, headers: dict[str, str]) -> None:
    shared_hall.control.cancelled.clear()
    answer = shared_hall.client.post(f"/api/v1/jobs/{RUNNING}/cancel", headers=headers)
    assert answer.status_code == 403
    assert shared_hall.control.cancelled == []


def test_our_own_pages_may_change_something(hall: TestClient) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert hall.post(f"/api/v1/jobs/{RUNNING}/cancel", headers=headers).status_code == 200


def test_large_bodies_are_refused(hall: TestClient) -> None:
    stated = hall.post("/start-job", content=b" " * (5 << 20), headers={"Content-Type": "application/json"})
    assert stated.status_code == 413

    def unstated() -> Any:
        for _ in range(6):
            yield b" " * (1 << 20)

    answer = hall.post("/start-job", content=unstated(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert "4 MiB" in answer.json()["detail"]


@pytest.mark.parametrize("address", ["/", "/docs", "/api/v1/jobs", "/static/scout.css", "/nowhere"])
def test_security_headers(hall: TestClient, address: str) -> None:
    headers = hall.get(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


def test_the_openapi_document_is_valid_and_told(hall: TestClient) -> None:
    """Every reference leads somewhere, every operation has a tag, a summary, a description, every model an example."""
    document = hall.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    text = str(document)
    for name in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert name in document["components"]["schemas"], name
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            ids.append(operation["operationId"])
            assert operation["tags"], path
            assert operation["summary"], path
            assert operation["description"], path
            problem = operation["responses"]["422"]["content"]
            assert list(problem) == ["application/problem+json"], (method, path)
    assert len(ids) == len(set(ids))
    tags = {tag["name"] for tag in document["tags"]}
    assert {tag for item in document["paths"].values() for o in item.values() for tag in o["tags"]} <= tags


def test_examples_fit_their_own_schemas(hall: TestClient) -> None:
    document = hall.get("/openapi.json").json()
    told = 0
    for name, schema in document["components"]["schemas"].items():
        if "example" in schema:
            told += 1
            validator = jsonschema.Draft202012Validator({**document, **schema})
            errors = [error.message for error in validator.iter_errors(schema["example"])]
            assert not errors, (name, errors)
    assert told >= 15


def test_the_examples_of_the_reference_fit_their_schemas(hall: TestClient) -> None:
    """Those that it makes of a list's items too; every answer in JSON has one."""
    document = hall.get("/openapi.json").json()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            for holder in [operation.get("requestBody", {}), *answers]:
                schema = holder.get("content", {}).get("application/json", {}).get("schema")
                if schema is None or not schema:
                    continue
                example = example_of(document, schema)
                assert example is not None, (method, path)
                validator = jsonschema.Draft202012Validator({**document, **schema})
                errors = [error.message for error in validator.iter_errors(example)]
                assert not errors, (method, path, errors)


def test_health_and_readiness(hall: TestClient) -> None:
    assert hall.get("/health").json() == {"status": "ok"}
    assert hall.get("/ready").json()["migrations"] == "current"


def test_not_ready_without_tables(own_hall: World) -> None:
    with psycopg.connect(plain_url(own_hall.database), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0006'")
    answer = own_hall.client.get("/ready")
    assert answer.status_code == 503
    assert "at 0006" in answer.json()["detail"] and "scout db migrate" in answer.json()["detail"]
    assert "at 0006" in (tables_lacking(own_hall.resources.engine) or "")


def test_tables_of_a_newer_version_will_do(own_hall: World) -> None:
    with psycopg.connect(plain_url(own_hall.database), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert own_hall.client.get("/ready").status_code == 200
    assert tables_lacking(own_hall.resources.engine) is None
    migrate(own_hall.database)  # as a pod of the older version does that is started again


def test_a_database_that_is_away_is_told(own_hall: World, postgres_url: str) -> None:
    own_hall.resources.engine.dispose()
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as connection:
        name = own_hall.database.rsplit("/", 1)[1]
        connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    for address in ("/ready", "/api/v1/jobs"):
        answer = own_hall.client.get(address)
        assert answer.status_code == 503
        assert "database" in answer.json()["detail"]
    assert "not currently accepting connections" in own_hall.client.get("/ready").json()["detail"]
    assert own_hall.client.get("/health").status_code == 200


def test_metrics(hall: TestClient) -> None:
    hall.get(f"/api/v1/jobs/{DONE}")
    text = hall.get("/metrics").text
    assert 'scout_units{stage="keypoint",state="pending"} 6.0' in text
    assert 'scout_jobs{state="running"} 1.0' in text
    assert 'scout_http_seconds_count{method="GET",route="/api/v1/jobs/{job}",status="200"}' in text
    assert DONE not in text


def test_the_page_shows_the_newest_job_live(hall: TestClient) -> None:
    page = hall.get("/").text
    assert "Still walking" in page
    assert f'data-job="/api/v1/jobs/{RUNNING}"' in page
    assert "/static/live.js" in page
    assert "Still working: nothing sighted so far." in page
    assert "<script>" not in page
    assert " style=" not in page


def test_the_page_shows_sightings_with_their_trust(hall: TestClient) -> None:
    page = hall.get(f"/?job={DONE}").text
    assert "30 sightings at p &gt;= 0.5; expected false: 0.4 by chance, 1.4 siblings" in page
    assert page.count('<li class="card"') == 24
    assert "Play at 0:03.2" in page
    assert '<span class="probability">0.99</span>' in page
    following = re.search(r'href="(/\?[^"]*cursor=[^"]*)"', page)
    assert following
    rest = hall.get(following.group(1).replace("&amp;", "&")).text
    assert rest.count('<li class="card"') == 6


def test_titles_from_the_catalogue_are_only_text(hall: TestClient) -> None:
    page = hall.get(f"/?job={DONE}").text
    assert "=HYPERLINK(&#34;http://evil.example&#34;" in page


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        (f"?job={DONE}&product=TEA-1", 200, "TEA-1"),
        (f"?job={DONE}&product=none", 200, "Nothing fits these filters."),
        (f"?job={DONE}&p=0.995", 200, "30 sightings are hidden by the filters."),
        (f"?job={DONE}&p=much&sort=best&cursor=x", 200, "30 sightings at p"),
        (f"?job={FAILED}", 200, "The catalogue held no usable products."),
        (f"?job={NONE}", 404, "There is no such job."),
        ("?job=%00", 404, "There is no such job."),
        (f"?job={DONE}&product=%00", 200, "30 sightings at p"),
    ],
)
def test_the_page_says_why_it_is_empty(hall: TestClient, query: str, status: int, told: str) -> None:
    answer = hall.get(f"/{query}")
    assert answer.status_code == status
    assert told in answer.text


def test_the_page_of_a_fresh_installation_says_how_to_start(empty: World) -> None:
    page = empty.client.get("/").text
    assert "No job yet." in page
    assert "scout job start" in page


def test_the_reference_lists_every_operation(hall: TestClient) -> None:
    page = hall.get("/docs").text
    document = hall.get("/openapi.json").json()
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
