"""Booths and companies of a show: found again by what they are called, made where they are new."""

from dataclasses import dataclass

from scout_ocr.directory import Place, confusable
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
PUT_BOOTH = text("""
    INSERT INTO booth (id, tenant_id, show_id, job_id, number, hall, company_id, listed)
    VALUES (:id, :tenant, CAST(:show AS uuid), CAST(:job AS uuid), :number, :hall, CAST(:company AS uuid), :listed)
    ON CONFLICT (id) DO UPDATE SET company_id = coalesce(excluded.company_id, booth.company_id),
        hall = coalesce(nullif(excluded.hall, ''), booth.hall), listed = booth.listed OR excluded.listed
    RETURNING id::text
""")


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
    """A row of `booth` with its company's name."""

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


def put_company(connection: Connection, tenant: str, name: str, country: str = "", url: str = "") -> str:
    """The company of that name; what a list knows better replaces what a sign said. Returns its id."""
    row = {"id": company_id(tenant, folded(name)), "tenant": tenant, "name": name, "country": country, "url": url}
    return str(connection.execute(PUT_COMPANY, row).scalar_one())


def put_booth(
    connection: Connection, grounds: Grounds, place: Place, *, company: str | None = None, listed: bool = False
) -> str:
    """The booth with that number (and hall, where both name one); returns its id."""
    key = confusable(place.number) or folded(place.company)
    row = {
        "tenant": grounds.tenant,
        "show": grounds.show,
        "job": grounds.job,
        "id": booth_id(grounds.tenant, grounds.name, confusable(place.hall), key),
        "number": place.number,
        "hall": place.hall,
        "company": company,
        "listed": listed,
    }
    return str(connection.execute(PUT_BOOTH, row).scalar_one())


def same_booth(known: list[Booth], place: Place) -> Booth | None:
    """The known booth that a place names: same number, and the same hall where both name one."""
    for booth in known:
        halls = {confusable(booth.hall), confusable(place.hall)} - {""}
        if place.number and confusable(booth.number) == confusable(place.number) and len(halls) <= 1:
            return booth
    return None
