"""Exhibitor lists on a real database: which line is which booth, whatever signs named before."""

import pytest
from scout_common.exhibitors import Exhibitor, import_exhibitors
from scout_common.shows import Grounds, booths_of, listed_places, put_booth
from scout_common.work import Resources
from scout_ocr.directory import Place
from sqlalchemy import Connection, text

from services.results_api.booth_store import booths


@pytest.fixture
def connection(resources: Resources):
    with resources.engine.begin() as connection:
        yield connection


def show_of(connection: Connection) -> Grounds:
    """A show that jobs named before anybody had a list."""
    show = connection.execute(text("INSERT INTO show (id, name) VALUES (gen_random_uuid(), 'Fair') RETURNING id::text"))
    return Grounds(tenant="default", show=show.scalar_one(), job=None)


def listed(connection: Connection, grounds: Grounds, *rows: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Import rows of company, booth and perhaps hall: what is listed then."""
    exhibitors = [Exhibitor(company=row[0], booth=row[1], hall=row[2] if len(row) > 2 else "") for row in rows]
    import_exhibitors(connection, "default", "Fair", exhibitors, ())
    return sorted((b.number, b.hall, b.company) for b in booths_of(connection, grounds) if b.listed)


def test_numbers_that_look_alike_are_two_booths_again_and_again(connection: Connection) -> None:
    grounds = show_of(connection)
    misread = put_booth(connection, grounds, Place("108"))
    rows = (("Alpha Rice", "10B"), ("Beta Drinks", "108"))
    assert listed(connection, grounds, *rows) == [("108", "", "Beta Drinks"), ("10B", "", "Alpha Rice")]
    before = {booth.number: booth.id for booth in booths_of(connection, grounds)}
    assert before["108"] == misread
    assert listed(connection, grounds, *rows) == [("108", "", "Beta Drinks"), ("10B", "", "Alpha Rice")]
    assert {booth.number: booth.id for booth in booths_of(connection, grounds)} == before


def test_a_sign_that_was_misread_is_the_listed_booth(connection: Connection) -> None:
    grounds = show_of(connection)
    sign = put_booth(connection, grounds, Place("A1O"))
    assert listed(connection, grounds, ("Alpha Rice", "A10", "4")) == [("A10", "4", "Alpha Rice")]
    assert [booth.id for booth in booths_of(connection, grounds)] == [sign]


def test_one_number_in_two_halls_is_two_booths_where_a_sign_named_no_hall(connection: Connection) -> None:
    grounds = show_of(connection)
    put_booth(connection, grounds, Place("A10"))
    rows = (("Alpha Rice", "A10", "1"), ("Beta Drinks", "A10", "2"))
    assert listed(connection, grounds, *rows) == [("A10", "1", "Alpha Rice"), ("A10", "2", "Beta Drinks")]
    assert listed(connection, grounds, *rows) == [("A10", "1", "Alpha Rice"), ("A10", "2", "Beta Drinks")]


def test_companies_that_share_a_booth_all_have_it(connection: Connection) -> None:
    grounds = show_of(connection)
    rows = (("Alpha Rice", "A10"), ("Beta Drinks", "A10"), ("Gamma", "B1"))
    assert listed(connection, grounds, *rows) == [("A10", "", ""), ("B1", "", "Gamma")]
    assert listed_places(connection, grounds) == [Place(number, "", company) for company, number in rows]
    for company, number in rows:
        assert [row["number"] for row in booths(connection, limit=9, company=company.upper())] == [number]
    assert [row["company"] for row in booths(connection, limit=9)] == ["Alpha Rice, Beta Drinks", "Gamma"]
    assert listed(connection, grounds, rows[1]) == [("A10", "", "Beta Drinks")]


def test_a_list_says_later_in_which_hall_a_booth_is(connection: Connection) -> None:
    grounds = show_of(connection)
    assert listed(connection, grounds, ("Alpha Rice", "A-10")) == [("A-10", "", "Alpha Rice")]
    assert listed(connection, grounds, ("Alpha Rice", "a 10", "4")) == [("a 10", "4", "Alpha Rice")]
    assert len(booths_of(connection, grounds)) == 1
