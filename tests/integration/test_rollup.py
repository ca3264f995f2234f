"""The rollup on rows made by hand: ties, jobs that look for the same again, rejected sightings."""

import json
from uuid import UUID, uuid4

import pytest
from scout_common.http import TENANT
from scout_common.work import Resources
from sqlalchemy import Connection, text

from services.results_api.booth_store import booths, rollup
from services.results_api.match_store import MatchFilter, matches_page

PRODUCTS = (UUID(int=1), UUID(int=2), UUID(int=3))
FILM = UUID(int=9)
MATCH = text("""
    INSERT INTO match (id, job_id, generation, medium_id, product_id, family, start_s, end_s, best_s, probability,
        state, facings, frames, frame_sha256, image_sha256, detection, boxes, signals)
    VALUES (:id, :job, 1, :medium, :product, :family, 0, 1, 0, 0.9, :state, 1, 1, 'f', 'i', '{}', '[]', '{}')
""")


@pytest.fixture
def connection(resources: Resources):
    with resources.engine.begin() as connection:
        for number, product in enumerate(PRODUCTS):
            values = {"id": product, "sku": f"P{number}"}
            connection.execute(text("INSERT INTO product (id, sku, title) VALUES (:id, :sku, :sku)"), values)
        medium = text("""INSERT INTO medium (id, sha256, kind, media_type, duration_s, width, height)
                         VALUES (:id, 's', 'video', 'video/mp4', 9, 9, 9)""")
        connection.execute(medium, {"id": FILM})
        yield connection


def job(connection: Connection, products: tuple[UUID, ...], show: UUID | None = None) -> UUID:
    """A job that ended after those before it, and looked for the products in the film."""
    ident = uuid4()
    connection.execute(
        text("""INSERT INTO job (id, state, title, spec, show_id, created_at)
                VALUES (:id, 'done', 't', CAST(:spec AS jsonb), :show, clock_timestamp())"""),
        {"id": ident, "spec": json.dumps({}), "show": show},
    )
    medium = text("INSERT INTO job_medium (job_id, medium_id, scope, uri, name) VALUES (:job, :medium, 's', 'u', 'n')")
    connection.execute(medium, {"job": ident, "medium": FILM})
    for product in products:
        line = text("INSERT INTO job_product (job_id, product_id, position) VALUES (:job, :product, 0)")
        connection.execute(line, {"job": ident, "product": product})
    return ident


def sighted(connection: Connection, job: UUID, *products: UUID, state: str = "new") -> UUID:
    """A sighting of the product, or of one of several."""
    ident, one = uuid4(), len(products) == 1
    values = {"product": products[0] if one else None, "family": [] if one else list(products), "state": state}
    connection.execute(MATCH, values | {"id": ident, "job": job, "medium": FILM})
    return ident


def counted(connection: Connection, **filters: object) -> list[tuple[str, int, int]]:
    """(sku, sightings, ties)."""
    return [(row["sku"], row["sightings"], row["ties"]) for row in rollup(connection, limit=99, **filters)]


def test_a_tie_counts_for_each_of_its_products(connection: Connection) -> None:
    found = job(connection, PRODUCTS)
    sighted(connection, found, PRODUCTS[0])
    sighted(connection, found, PRODUCTS[0], PRODUCTS[1])
    sighted(connection, found, PRODUCTS[2], state="rejected")
    assert counted(connection) == counted(connection, job=found) == [("P0", 2, 1), ("P1", 1, 1)]


def test_what_two_jobs_found_in_a_film_counts_once(connection: Connection) -> None:
    first = job(connection, PRODUCTS)
    for product in PRODUCTS:
        sighted(connection, first, product)
    sighted(connection, job(connection, PRODUCTS[:2]), PRODUCTS[0])
    assert counted(connection) == [("P0", 1, 0), ("P2", 1, 0)]  # P1 is no longer found; P2 was not looked for again
    assert counted(connection, job=first) == [("P0", 1, 0), ("P1", 1, 0), ("P2", 1, 0)]


def booth_at(connection: Connection, job: UUID, number: str, *sightings: UUID) -> UUID:
    """A booth of the job, where these sightings stood."""
    booth = uuid4()
    put = text("INSERT INTO booth (id, tenant_id, job_id, number) VALUES (:id, :tenant, :job, :number)")
    connection.execute(put, {"id": booth, "tenant": TENANT, "job": job, "number": number})
    stood = text("""INSERT INTO booth_sighting (match_id, job_id, booth_id, confidence, how)
                    VALUES (:match, :job, :booth, 0.9, 'sign')""")
    for match in sightings:
        connection.execute(stood, {"match": match, "job": job, "booth": booth})
    return booth


def test_rejected_sightings_stood_at_no_booth(connection: Connection) -> None:
    found = job(connection, PRODUCTS)
    booth_at(connection, found, "A10", *(sighted(connection, found, PRODUCTS[0], state=s) for s in ("new", "rejected")))
    assert [row["sightings"] for row in booths(connection, limit=9)] == [1]
    assert [row["sightings"] for row in rollup(connection, limit=9)] == [1]


def test_a_booth_is_asked_for_as_any_list_writes_it(connection: Connection) -> None:
    found = job(connection, PRODUCTS)
    numbers = ("a 10", "12-034", "1-2034")
    stood = {number: sighted(connection, found, PRODUCTS[0]) for number in numbers}
    for number, match in stood.items():
        booth_at(connection, found, number, match)
    same = {"A-10": "a 10", "a10": "a 10", " A \u2013 1-0": None, "12 034": "12-034", "12034": None, "A1O": None}
    for asked, meant in same.items():
        expected = [] if meant is None else [meant]
        assert [row["number"] for row in booths(connection, limit=9, number=asked)] == expected, asked
        page = matches_page(connection, MatchFilter(booth_number=asked), sort="time", limit=9)
        assert [row["id"] for row in page.rows] == [stood[number] for number in expected], asked
