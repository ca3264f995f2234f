"""Products that labels speak of: proposed, explained by the catalogue, accepted, told as events."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from scout_common.proposals import propose
from scout_contracts.events import ProductCreated, ProductUpdated
from scout_contracts.schemas import problem
from scout_ocr.fields import Field
from scout_ocr.reading import Barcode, Reading
from sqlalchemy import text

from tests.hall import World

GTIN = "04006381333931"
EAN = GTIN[1:]
ADD_PRODUCT = text("""
    INSERT INTO product (id, sku, title, brand, barcode) VALUES (:id, :sku, :title, :brand, :barcode)
""")


def label(code: str | None = None, confidence: float = 0.9, **values: Any) -> Reading:
    box = (10.0, 10.0, 100.0, 40.0)
    fields = tuple(
        Field(name=name, value=value, confidence=confidence, rule="r", engine="rapidocr", box=box)
        for name, value in values.items()
    )
    codes = (Barcode(format="EAN13", text=code, gtin=code.rjust(14, "0")),) if code else ()
    return Reading(media_type="image/png", kind="label", pages=(), text="x", markdown="", fields=fields, barcodes=codes)


def read(world: World, what: Reading, sha256: str = "a" * 64, above: float = 1.0) -> None:
    with world.resources.engine.begin() as connection:
        propose(connection, what, tenant="default", sha256=sha256, job=None, accept_above=above)


def listed(api: TestClient, **where: Any) -> list[dict[str, Any]]:
    answer = api.get("/api/v1/proposals", params=where)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def known(world: World, **columns: Any) -> None:
    row = {"id": uuid4(), "sku": "K1", "title": "x", "brand": None, "barcode": None, **columns}
    with world.resources.engine.begin() as connection:
        connection.execute(ADD_PRODUCT, row)


def test_a_label_that_nothing_explains_is_proposed_once(api: TestClient, reviewed: World) -> None:
    read(reviewed, label(EAN, 0.7, name="Sparkling Water", price="1.29"))
    read(reviewed, label(EAN, 0.9, name="Sparkling Water Lemon", brand="Solva"), "b" * 64)
    read(reviewed, label(EAN, 0.9, name="Sparkling Water Lemon", brand="Solva"), "b" * 64)
    [proposal] = listed(api)
    assert proposal["fields"] == {
        "barcode": EAN,
        "brand": "Solva",
        "price": "1.29",
        "title": "Sparkling Water Lemon",
    }
    assert proposal["confidence"] == pytest.approx(0.9)
    assert proposal["source"] == "b" * 64
    assert proposal["sources"] == 2
    assert proposal["box"] == [10, 10, 100, 40]


@pytest.mark.parametrize(
    ("columns", "what", "explained"),
    [
        ({"barcode": EAN, "title": "Anything"}, label(EAN, name="Sparkling Water"), True),
        ({"barcode": "12345670", "title": "Sparkling Water"}, label(EAN, name="Sparkling Water"), False),
        ({"title": "Sparkling Water 0.5 L", "brand": "Solva"}, label(name="Sparkling Water", brand="SOLVA"), True),
        ({"title": "Green Tea", "brand": "Solva"}, label(name="Sparkling Water", brand="Solva"), False),
    ],
)
def test_the_catalogue_explains_a_label_by_code_or_name(
    api: TestClient, reviewed: World, columns: dict[str, Any], what: Reading, explained: bool
) -> None:
    known(reviewed, **columns)
    read(reviewed, what)
    assert (listed(api) == []) is explained


@pytest.mark.parametrize(
    "what",
    [
        label(name="Te"),
        Reading(media_type="image/png", kind="receipt", pages=(), text="x", markdown=""),
        label(),
    ],
)
def test_what_tells_too_little_proposes_nothing(api: TestClient, reviewed: World, what: Reading) -> None:
    read(reviewed, what)
    assert listed(api) == []


def test_accepting_creates_the_product_and_tells_it(api: TestClient, reviewed: World) -> None:
    read(reviewed, label(EAN, name="Sparkling Watr", price="1.29", currency="EUR"))
    [proposal] = listed(api)
    body = {"by": "Ana", "revision": proposal["revision"], "fields": {"title": "Sparkling Water", "category": "Drinks"}}
    accepted = api.post(f"/api/v1/proposals/{proposal['id']}/accept", json=body)
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["state"] == "accepted"
    [event] = api.get("/api/v1/product-events").json()["items"]
    assert event["type"] == "product.created"
    assert problem(ProductCreated, event["data"]) is None
    assert event["data"]["fields"]["title"] == "Sparkling Water"
    with reviewed.resources.engine.connect() as connection:
        product = connection.execute(text("SELECT * FROM product")).mappings().one()
    assert (product["sku"], product["title"], product["barcode"], str(product["price"])) == (
        EAN,
        "Sparkling Water",
        EAN,
        "1.29",
    )
    assert str(product["id"]) == accepted.json()["product"]
    again = api.post(f"/api/v1/proposals/{proposal['id']}/accept", json=body)
    assert again.status_code == 409
    read(reviewed, label(EAN, name="Sparkling Water"), "c" * 64)
    assert listed(api, state="proposed") == []  # it explains the next label


def test_a_product_from_labels_learns_what_a_later_one_tells(api: TestClient, reviewed: World) -> None:
    read(reviewed, label(EAN, 0.95, name="Sparkling Water"), above=0.9)
    read(reviewed, label(EAN, 0.95, name="Sparkling Water", price="1.29"), "b" * 64)
    read(reviewed, label(EAN, 0.95, name="Sparkling Water", price="9.99"), "c" * 64)
    created, updated = api.get("/api/v1/product-events").json()["items"]
    assert created["data"]["accepted_by"] == "scout"
    assert updated["type"] == "product.updated"
    assert problem(ProductUpdated, updated["data"]) is None
    assert updated["data"]["fields"] == {"price": "1.29"}
    assert api.get("/api/v1/product-events", params={"after": created["id"]}).json()["items"] == [updated]


def test_a_product_of_the_catalogue_is_never_changed_by_labels(api: TestClient, reviewed: World) -> None:
    known(reviewed, title="Sparkling Water", barcode=EAN)
    read(reviewed, label(EAN, name="Sparkling Water", price="1.29"))
    assert api.get("/api/v1/product-events").json()["items"] == []


def test_below_the_threshold_and_without_a_name_a_person_decides(api: TestClient, reviewed: World) -> None:
    read(reviewed, label(EAN, 0.8, name="Sparkling Water"), above=0.9)
    read(reviewed, label("4006381333948"), "b" * 64, above=0.1)
    assert {proposal["state"] for proposal in listed(api)} == {"proposed"}
    nameless = next(proposal for proposal in listed(api) if "title" not in proposal["fields"])
    answer = api.post(f"/api/v1/proposals/{nameless['id']}/accept", json={"by": "Ana", "revision": 1})
    assert answer.status_code == 422
    assert "title" in answer.json()["detail"]


def test_a_rejected_proposal_stays_rejected(api: TestClient, reviewed: World) -> None:
    read(reviewed, label(EAN, name="Sparkling Water"))
    [proposal] = listed(api)
    rejected = api.post(f"/api/v1/proposals/{proposal['id']}/reject", json={"by": "Ana", "revision": 1})
    assert rejected.json()["state"] == "rejected"
    read(reviewed, label(EAN, 0.99, name="Sparkling Water"), "d" * 64, above=0.5)
    assert [one["state"] for one in listed(api)] == ["rejected"]
    assert api.get("/api/v1/product-events").json()["items"] == []


def test_an_old_revision_and_unknown_proposals_are_told(api: TestClient, reviewed: World) -> None:
    read(reviewed, label(EAN, 0.5, name="Sparkling Water"))
    [proposal] = listed(api)
    read(reviewed, label(EAN, 0.9, name="Sparkling Water"), "b" * 64)
    late = api.post(f"/api/v1/proposals/{proposal['id']}/reject", json={"by": "Ana", "revision": 1})
    assert late.status_code == 409
    assert api.post(f"/api/v1/proposals/{uuid4()}/reject", json={"by": "Ana", "revision": 1}).status_code == 404
    assert api.get(f"/api/v1/proposals/{uuid4()}/picture").status_code == 404


def test_pages_of_proposals(api: TestClient, reviewed: World) -> None:
    for number in range(5):
        read(reviewed, label(name=f"Product number {'abcdefgh'[number] * 9}"), f"{number:064x}")
    first = api.get("/api/v1/proposals", params={"limit": 3}).json()
    rest = api.get("/api/v1/proposals", params={"limit": 3, "cursor": first["next"]}).json()
    assert len({one["id"] for one in [*first["items"], *rest["items"]]}) == 5
    assert rest["next"] is None


def test_prices_that_no_database_holds_are_left_out(api: TestClient, reviewed: World) -> None:
    for number, price in enumerate(("1e999999", "NaN", "12 euro")):
        read(reviewed, label(name=f"Product {'abc'[number] * 6}", price=price), f"{number:064x}", above=0.1)
    assert all("price" not in proposal["fields"] for proposal in listed(api))
    assert len(api.get("/api/v1/product-events").json()["items"]) == 3
