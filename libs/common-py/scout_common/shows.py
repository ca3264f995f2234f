"""Booths and companies of a show: found again by what they are called, made where they are new."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scout_ocr.directory import Place, confusable, plain
from scout_ocr.signs import folded
from sqlalchemy import Connection, text

from scout_common.ids import booth_id, company_id

PUT_COMPANY = text("""
    INSERT INTO company (id, tenant_id, name, country, url) VALUES (:id, :tenant, :name, :country, :url)
    ON CONFLICT (id) DO UPDATE SET name = CASE WHEN excluded.country || excluded.url <> '' THEN excluded.name
                                               ELSE company.name END,
        country = coalesce(nullif(excluded.country, ''), company.country),
        url = coalesce(nullif(excluded.url, ''), company.url)
    RETURNING id::text
""")
# The booths of a show, or of a job that names none.
BOOTHS = text("""
    SELECT b.id::text, b.number, b.hall, b.listed, b.company_id::text, coalesce(c.name, '') AS company
    FROM booth b LEFT JOIN company c ON c.id = b.company_id
    WHERE b.tenant_id = :tenant AND (b.show_id = CAST(:show AS uuid) OR b.job_id = CAST(:job AS uuid))
    ORDER BY b.listed DESC, b.hall DESC, b.id
""")
# A line for each company of a booth: several may share one.
LISTED = text("""
    SELECT b.number, b.hall, c.name FROM exhibitor e
    JOIN booth b ON b.id = e.booth_id JOIN company c ON c.id = e.company_id
    WHERE e.show_id = CAST(:show AS uuid) AND e.tenant_id = :tenant ORDER BY b.number, b.hall, c.name
""")
PUT_BOOTH = text("""
    INSERT INTO booth (id, tenant_id, show_id, job_id, number, hall, company_id)
    VALUES (:id, :tenant, CAST(:show AS uuid), CAST(:job AS uuid), :number, :hall, CAST(:company AS uuid))
    ON CONFLICT (id) DO UPDATE SET company_id = coalesce(excluded.company_id, booth.company_id),
        hall = coalesce(nullif(excluded.hall, ''), booth.hall)
    RETURNING id::text
""")
NAME_COMPANY = text("UPDATE booth SET company_id = CAST(:company AS uuid) WHERE id = CAST(:id AS uuid)")


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """Where numbers mean something: a show, or the one job that names no show."""

    tenant: str
    show: str | None
    job: str | None

    @staticmethod
    def of(tenant: str, show: str | None, job: str) -> "Grounds":
        return Grounds(tenant=tenant, show=show, job=None if show else job)

    @property
    def name(self) -> str:
        return f"show:{self.show}" if self.show else f"job:{self.job}"


@dataclass(frozen=True, kw_only=True)
class Booth:
    """A row of `booth` with its company's name; without where several share it."""

    id: str
    number: str
    hall: str
    listed: bool
    company_id: str | None
    company: str

    @property
    def place(self) -> Place:
        return Place(self.number, self.hall, self.company)


def booths_of(connection: Connection, grounds: Grounds) -> list[Booth]:
    """All that are known there, listed ones first."""
    asked = {"tenant": grounds.tenant, "show": grounds.show, "job": grounds.job}
    return [Booth(**row._mapping) for row in connection.execute(BOOTHS, asked)]


def listed_places(connection: Connection, grounds: Grounds) -> list[Place]:
    """The show's exhibitor list, each company with its booth."""
    rows = connection.execute(LISTED, {"show": grounds.show, "tenant": grounds.tenant})
    return [Place(row.number, row.hall, row.name) for row in rows]


def put_company(connection: Connection, tenant: str, name: str, country: str = "", url: str = "") -> str:
    """The company of that name; what a list knows better replaces what a sign said. Returns its id."""
    row = {"id": company_id(tenant, folded(name)), "tenant": tenant, "name": name, "country": country, "url": url}
    return str(connection.execute(PUT_COMPANY, row).scalar_one())


def put_booth(connection: Connection, grounds: Grounds, place: Place, *, company: str | None = None) -> str:
    """The booth that signs name so; returns its id. Readings that differ by confused letters are one booth."""
    key = confusable(place.number) or folded(place.company)
    row = {
        "tenant": grounds.tenant,
        "show": grounds.show,
        "job": grounds.job,
        "id": booth_id(grounds.tenant, grounds.name, confusable(place.hall), key),
        "number": place.number,
        "hall": place.hall,
        "company": company,
    }
    return str(connection.execute(PUT_BOOTH, row).scalar_one())


def name_company(connection: Connection, booth: Booth, company: str) -> None:
    """Note whose booth it is."""
    connection.execute(NAME_COMPANY, {"id": booth.id, "company": company})


class KnownBooths:
    """The booths of a show, or of a job, to find the one that a sign or a line of a list names."""

    def __init__(self, booths: Iterable[Booth]) -> None:
        self._alike: dict[str, list[Booth]] = defaultdict(list)
        for booth in booths:
            self._alike[confusable(booth.number)].append(booth)

    def named(self, place: Place) -> Booth | None:
        """The booth with that number, and that hall where both name one: the one written so before one that may be
        meant."""
        fits = [booth for booth in self._alike[confusable(place.number)] if place.number and _halls_agree(booth, place)]
        return min(fits, key=lambda booth: _strangeness(booth, place), default=None)

    def taken(self, places: Sequence[Place]) -> dict[Place, Booth]:
        """The booth of each line of a list that was known before, none for two lines: those written so first; a number
        that only signs named may have been misread."""
        found: dict[Place, Booth] = {}
        for most in (0, 1, 3):
            for place in places:
                alike = self._alike[confusable(place.number)]
                fits = [b for b in alike if _halls_agree(b, place) and _strangeness(b, place) <= most]
                fits = [b for b in fits if most < 2 or not b.listed]
                if place not in found and fits:
                    found[place] = fits[0]
                    alike.remove(fits[0])
        return found


def _halls_agree(booth: Booth, place: Place) -> bool:
    return len({confusable(booth.hall), confusable(place.hall)} - {""}) <= 1


def _strangeness(booth: Booth, place: Place) -> int:
    """0: number and hall are written so; 1: another hall, or none; 2, 3: another number too."""
    return 2 * (plain(booth.number) != plain(place.number)) + (plain(booth.hall) != plain(place.hall))
