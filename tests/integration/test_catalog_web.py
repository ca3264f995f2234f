"""Feeds and pages on a real web server: paged, linked, searched, and fetched again only where something changed."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image
from scout_common import uploads
from scout_common.unit_run import run_unit
from scout_common.work import Resources
from scout_contracts.codec import UnitRef
from sqlalchemy import text

from services.catalog.main import SERVICE
from services.catalog.pages import LARGEST_PAGE
from tests.servers import serving

START = text("INSERT INTO job (id, title, spec, state) VALUES (:id, 'test', '{}', 'running')")
ADD_UNIT = text("""
    INSERT INTO unit (job_id, stage, key, scope, payload) VALUES (:id, 'catalog', 'c', 'catalogue', :payload)
""")
LISTED = text("""
    SELECT p.sku FROM job_product j JOIN product p ON p.id = j.product_id WHERE j.job_id = :id ORDER BY j.position
""")
PICTURES = text("SELECT source, image_sha256 FROM job_product_image WHERE job_id = :id ORDER BY product_id, position")
ISSUES = text("SELECT subject, message FROM job_issue WHERE job_id = :id ORDER BY subject, message")


@dataclass
class Shop:
    """Files by path with query, sent with ETag; remembers what was asked and what was really sent."""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    address: str = ""
    validators: bool = True

    def products(self, number: int, *skus: str) -> None:
        items = [
            {
                "id": sku,
                "handle": sku,
                "title": f"Tea {sku}",
                "variants": [{"sku": sku}],
                "images": [{"src": f"{sku}.png"}],
            }
            for sku in skus
        ]
        self.files[f"/products.json?page={number}"] = ("application/json", json.dumps({"products": items}).encode())
        self.files |= {f"/{sku}.png": ("image/png", picture(sku)) for sku in skus}


def picture(name: str) -> bytes:
    seed = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    noise = np.random.default_rng(seed).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    sink = io.BytesIO()
    Image.fromarray(noise).save(sink, "PNG")
    return sink.getvalue()


@pytest.fixture
def shop() -> Iterator[Shop]:
    state = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            page = parse_qs(parts.query).get("page")
            path = f"{parts.path}?page={page[0]}" if page else self.path
            state.asked.append(path)
            media_type, data = state.files.get(path, ("", b""))
            tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
            known = state.validators and self.headers["If-None-Match"] == tag
            self.send_response(404 if not media_type else 304 if known else 200)
            self.send_header("Content-Type", media_type)
            if state.validators:
                self.send_header("ETag", tag)
            self.send_header("Content-Length", str(0 if known else len(data)))
            self.end_headers()
            if not known:
                state.sent.append(path)
                self.wfile.write(data)

        def log_message(self, *args: object) -> None: ...

    with serving(Handler) as port:
        state.address = f"http://127.0.0.1:{port}"
        yield state


@pytest.fixture
def near(resources: Resources) -> Resources:
    """Resources that may ask this machine, and need not be polite to it."""
    update = {"allow_private_urls": True, "requests_per_host_s": 1000.0}
    return replace(resources, settings=resources.settings.model_copy(update=update))


@dataclass(frozen=True)
class Read:
    state: str
    skus: list[str]
    pictures: list[tuple[str, str]]
    issues: list[tuple[str, str]]


def collect(resources: Resources, source: str, query: str = "") -> Read:
    job = {"id": str(uuid4())}
    payload = json.dumps({"source": source, "query": query})
    with resources.engine.begin() as connection:
        connection.execute(START, job)
        connection.execute(ADD_UNIT, {**job, "payload": payload})
    state = run_unit(resources, SERVICE, UnitRef(job_id=job["id"], stage="catalog", key="c"))
    with resources.engine.connect() as connection:
        return Read(
            state=state,
            skus=list(connection.execute(LISTED, job).scalars()),
            pictures=[tuple(row) for row in connection.execute(PICTURES, job)],
            issues=[tuple(row) for row in connection.execute(ISSUES, job)],
        )


def test_all_pages_of_a_shop_are_read(near: Resources, shop: Shop) -> None:
    shop.products(1, "A1", "A2")
    shop.products(2, "B1")
    shop.products(3)
    read = collect(near, f"{shop.address}/products.json")
    assert (read.state, read.skus, len(read.pictures)) == ("done", ["A1", "A2", "B1"], 3)
    assert shop.asked[:3] == [f"/products.json?page={number}" for number in (1, 2, 3)]


def test_only_what_changed_is_sent_again(near: Resources, shop: Shop) -> None:
    shop.products(1, "A1", "A2")
    shop.products(2)
    first = collect(near, f"{shop.address}/products.json")
    shop.sent.clear()
    again = collect(near, f"{shop.address}/products.json")
    assert shop.sent == []
    assert (again.skus, again.pictures) == (first.skus, first.pictures)
    shop.products(1, "A1", "A2", "A3")
    shop.files["/A1.png"] = ("image/png", picture("another"))
    third = collect(near, f"{shop.address}/products.json")
    assert sorted(shop.sent) == ["/A1.png", "/A3.png", "/products.json?page=1"]
    assert third.skus == ["A1", "A2", "A3"]


def test_a_picture_that_was_lost_is_fetched_again(near: Resources, shop: Shop) -> None:
    shop.products(1, "A1")
    shop.products(2)
    first = collect(near, f"{shop.address}/products.json")
    near.blobs.delete(first.pictures[0][1])
    assert collect(near, f"{shop.address}/products.json").pictures == first.pictures
    assert near.blobs.exists(first.pictures[0][1])


def test_a_server_without_validators_is_asked_for_everything_again(near: Resources, shop: Shop) -> None:
    shop.validators = False
    shop.products(1, "A1")
    shop.products(2)
    first = collect(near, f"{shop.address}/products.json")
    assert collect(near, f"{shop.address}/products.json").pictures == first.pictures
    assert shop.sent.count("/A1.png") == 2


def test_a_server_that_knows_no_pages_ends_the_reading(near: Resources, shop: Shop) -> None:
    shop.products(1, "A1")
    shop.files["/products.json?page=2"] = shop.files["/products.json?page=1"]
    read = collect(near, f"{shop.address}/products.json")
    assert (read.skus, read.issues) == (["A1"], [])


def test_a_query_chooses_within_the_feed_and_only_its_pictures_are_fetched(near: Resources, shop: Shop) -> None:
    shop.products(1, "A1", "B2")
    shop.products(2)
    assert collect(near, f"{shop.address}/products.json", "tea b2").skus == ["B2"]
    assert "/A1.png" not in shop.asked
    none = collect(near, f"{shop.address}/products.json", "coffee")
    assert none.skus == []
    assert any("'coffee'" in message for _, message in none.issues)


def test_an_address_with_a_place_for_the_words_is_handed_them(near: Resources, shop: Shop) -> None:
    shop.files["/search?q=green%20tea"] = ("text/csv", b"sku,image\nZ9,z.png\n")
    shop.files["/z.png"] = ("image/png", picture("z"))
    assert collect(near, f"{shop.address}/search?q={{query}}", "green tea").skus == ["Z9"]


def test_a_page_with_a_list_leads_to_the_products_pages(near: Resources, shop: Shop) -> None:
    links = [{"@type": "ListItem", "url": f"/p/{name}.html"} for name in ("a", "gone")]
    listing = {"@type": "ItemList", "itemListElement": links}
    shop.files["/list"] = ("text/html", page(listing))
    shop.files["/p/a.html"] = ("text/html", page({"@type": "Product", "sku": "A", "name": "Tea", "image": "a.png"}))
    shop.files["/p/a.png"] = ("image/png", picture("a"))
    read = collect(near, f"{shop.address}/list")
    assert (read.state, read.skus, [source for source, _ in read.pictures]) == (
        "done",
        ["A"],
        [f"{shop.address}/p/a.png"],
    )
    assert [(subject.rpartition("/")[2], "404" in message) for subject, message in read.issues] == [("gone.html", True)]


def test_a_page_that_cannot_be_read_costs_itself_alone(near: Resources, shop: Shop) -> None:
    links = [{"@type": "ListItem", "url": f"/p/{name}.html"} for name in ("vast", "a")]
    shop.files["/list"] = ("text/html", page({"@type": "ItemList", "itemListElement": links}))
    shop.files["/p/vast.html"] = ("text/html", b"<html>" + b"x" * LARGEST_PAGE)
    shop.files["/p/a.html"] = ("text/html", page({"@type": "Product", "sku": "A", "name": "Tea", "image": "a.png"}))
    shop.files["/p/a.png"] = ("image/png", picture("a"))
    read = collect(near, f"{shop.address}/list")
    assert (read.state, read.skus) == ("done", ["A"])
    assert [(subject.rpartition("/")[2], "larger than" in message) for subject, message in read.issues] == [
        ("vast.html", True)
    ]


def test_a_shop_that_refuses_a_page_keeps_those_before_it(near: Resources, shop: Shop) -> None:
    shop.products(1, "A1", "A2")
    read = collect(near, f"{shop.address}/products.json")
    assert (read.state, read.skus, len(read.pictures)) == ("done", ["A1", "A2"], 2)
    assert [(subject, "not read" in message) for subject, message in read.issues] == [("products.json, page 2", True)]


def test_an_uploaded_catalogue_names_addresses_only(near: Resources, shop: Shop) -> None:
    shop.files["/a.png"] = ("image/png", picture("a"))
    data = f"sku,image\nA1,{shop.address}/a.png\nA2,/etc/passwd\n".encode()
    ident = str(uuid4())
    with near.engine.begin() as connection:
        uploads.add(connection, ident=ident, tenant="default", name="list.csv", size=len(data), seconds=60)
    assert collect(near, f"upload:{ident}").state == "failed"
    with near.engine.begin() as connection:
        uploads.finish(connection, tenant="default", ident=ident, sha256=near.blobs.put(data, "text/csv"))
    read = collect(near, f"upload:{ident}")
    assert (read.skus, len(read.pictures)) == (["A1", "A2"], 1)
    assert [subject for subject, _ in read.issues] == ["list.csv, line 3"]


def page(thing: object) -> bytes:
    return f'<html><script type="application/ld+json">{json.dumps(thing)}</script></html>'.encode()
