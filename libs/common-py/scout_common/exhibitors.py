"""Exhibitor lists of shows: read line by line, imported so that every booth knows its company."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from scout_ocr.directory import Place, plain
from sqlalchemy import Connection, text

from scout_common.errors import BadRequest
from scout_common.shows import Booth, Grounds, KnownBooths, booths_of, put_company

COLUMNS = {
    "company": ("company", "name", "exhibitor", "firma", "aussteller", "société", "empresa", "azienda", "company name"),
    "booth": (
        "booth",
        "stand",
        "booth number",
        "stand number",
        "stand no",
        "booth no",
        "standnummer",
        "stan",
        "stoisko",
    ),
    "hall": ("hall", "halle", "pavilion", "pabellón", "padiglione", "hal"),
    "country": ("country", "land", "pays", "país", "paese"),
    "url": ("url", "website", "web", "homepage", "www", "site"),
}
"""Field -> the column heads that name it (lower case)."""

LONGEST = 200
MOST_ROWS = 50_000

ADD_SHOW = text("""
    INSERT INTO show (id, tenant_id, name) VALUES (:id, :tenant, :name)
    ON CONFLICT (tenant_id, name) DO UPDATE SET name = excluded.name RETURNING id::text
""")
KNOWN = text("SELECT EXISTS (SELECT FROM job WHERE show_id = CAST(:show AS uuid))")
FORGET = text("DELETE FROM exhibitor WHERE show_id = CAST(:show AS uuid)")
UNLIST = text("UPDATE booth SET listed = false WHERE show_id = CAST(:show AS uuid)")
ADD_BOOTH = text("""
    INSERT INTO booth (id, tenant_id, show_id, number, hall, listed)
    VALUES (CAST(:id AS uuid), :tenant, CAST(:show AS uuid), :number, :hall, true)
""")
LIST = text("""
    UPDATE booth SET listed = true, number = :number, hall = coalesce(nullif(:hall, ''), hall),
        company_id = CAST(:company AS uuid) WHERE id = CAST(:id AS uuid)
""")
PUT = text("""
    INSERT INTO exhibitor (show_id, company_id, booth_id, tenant_id)
    VALUES (CAST(:show AS uuid), CAST(:company AS uuid), CAST(:booth AS uuid), :tenant) ON CONFLICT DO NOTHING
""")
_AGAIN = """
    UPDATE unit u SET state = {state}, generation = u.generation + 1, attempt = 0, fence = fence + 1,
        published_at = NULL, not_before = NULL, error = NULL, finished_at = NULL
    FROM job j WHERE j.id = u.job_id AND j.show_id = CAST(:show AS uuid) AND j.state IN ('done', 'partial')
        AND u.stage = '{stage}' AND u.state IN ('done', 'failed')
"""
# Signs of the show's finished jobs are read where they are remembered no more: by another reader, or for so many days.
SIGNS_AGAIN = text(_AGAIN.format(stage="signs", state="'pending'"))
# Sightings get their booths anew then, with the list.
BOOTHS_AGAIN = text(
    _AGAIN.format(
        stage="booths",
        state="""CASE WHEN EXISTS (SELECT 1 FROM unit s WHERE s.job_id = u.job_id AND s.stage = 'signs'
            AND s.state IN ('waiting', 'pending', 'running')) THEN 'waiting' ELSE 'pending' END""",
    )
)
WAKE = text("NOTIFY scout_work")


@dataclass(frozen=True, kw_only=True)
class Exhibitor:
    """A row of the list; what it does not say is ""."""

    company: str
    booth: str = ""
    hall: str = ""
    country: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A line that was left out, and why."""

    line: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did. jobs: finished jobs of the show whose booths are found again. known: a job names the show."""

    show: str
    exhibitors: int
    booths: int
    jobs: int
    known: bool
    bad: tuple[BadRow, ...]


def read_rows(text_: str) -> tuple[list[Exhibitor], list[BadRow]]:
    """Exhibitors of a CSV text (comma, semicolon or tab; columns by their heads), and the lines that cannot be used.

    Raises BadRequest where no column holds companies or booths, or no line is good.
    """
    plain = text_.lstrip("\ufeff")
    first = plain.splitlines()[0] if plain.strip() else ""
    reader = csv.reader(io.StringIO(plain.replace("\x00", "")), delimiter=max(",;\t", key=first.count))
    good: list[Exhibitor] = []
    bad: list[BadRow] = []
    try:
        heads = [head.strip().lower() for head in next(reader, [])]
        places = _places(heads, first)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            read = {name: row[at].strip() if at is not None and at < len(row) else "" for name, at in places.items()}
            problem = _problem(read, len(good))
            if problem:
                bad.append(BadRow(line=reader.line_num, message=problem))
            else:
                good.append(Exhibitor(**read))
    except csv.Error as error:
        bad.append(BadRow(line=reader.line_num, message=f"this is no CSV: {error}"))
    if not good:
        why = f": line {bad[0].line}: {bad[0].message}" if bad else ""
        raise BadRequest(f"no line of the list can be used{why}", hint="The list before stays as it is.")
    return good, bad


def _places(heads: Sequence[str], first: str) -> dict[str, int | None]:
    places = {
        name: next((heads.index(head) for head in known if head in heads), None) for name, known in COLUMNS.items()
    }
    for name in ("company", "booth"):
        if places[name] is None:
            raise BadRequest(
                f"the list has no column {name!r}; its first line is {first[:LONGEST]!r}",
                hint=f"Name a column one of: {', '.join(COLUMNS[name])}.",
            )
    return places


def _problem(row: dict[str, str], number: int) -> str:
    if not row["company"]:
        return "it names no company"
    if not row["booth"]:
        return f"it names no booth of {row['company'][:60]!r}"
    if not any(letter.isdigit() for letter in row["booth"]):
        return f"the booth {row['booth'][:60]!r} has no number"
    long = next((name for name, value in row.items() if len(value) > LONGEST), None)
    if long:
        return f"the {long} is longer than {LONGEST} characters"
    return f"lists end at {MOST_ROWS} exhibitors" if number >= MOST_ROWS else ""


def import_exhibitors(
    connection: Connection, tenant: str, show: str, rows: Sequence[Exhibitor], bad: Sequence[BadRow]
) -> Imported:
    """The list replaces the show's list so far; the show is made where it is not known. Finished jobs of the show find
    their booths again."""
    show_id = str(connection.execute(ADD_SHOW, {"id": str(uuid4()), "tenant": tenant, "name": show}).scalar_one())
    known = booths_of(connection, Grounds(tenant=tenant, show=show_id, job=None))
    connection.execute(FORGET, {"show": show_id})
    connection.execute(UNLIST, {"show": show_id})
    ordered = sorted(set(rows), key=lambda row: (row.company, row.booth, row.hall))
    booths = _list_booths(connection, tenant, show_id, known, ordered)
    companies: dict[str, set[str]] = defaultdict(set)
    for row in ordered:
        company = put_company(connection, tenant, row.company, row.country, row.url)
        booth = booths[_listed(row)]
        companies[booth].add(company)
        whose = company if len(companies[booth]) == 1 else None
        connection.execute(LIST, {"id": booth, "number": row.booth, "hall": row.hall, "company": whose})
        connection.execute(PUT, {"show": show_id, "company": company, "booth": booth, "tenant": tenant})
    connection.execute(SIGNS_AGAIN, {"show": show_id})
    jobs = connection.execute(BOOTHS_AGAIN, {"show": show_id}).rowcount
    named = bool(connection.execute(KNOWN, {"show": show_id}).scalar_one())
    connection.execute(WAKE)
    return Imported(show=show, exhibitors=len(ordered), booths=len(booths), jobs=jobs, known=named, bad=tuple(bad))


def _list_booths(
    connection: Connection, tenant: str, show: str, known: Sequence[Booth], rows: Sequence[Exhibitor]
) -> dict[Place, str]:
    """Ids of the booths that the lines name: those that signs or the list before named, and new ones."""
    places = list(dict.fromkeys(_listed(row) for row in rows))
    booths = {place: booth.id for place, booth in KnownBooths(known).taken(places).items()}
    for place in places:
        if place not in booths:
            booths[place] = str(uuid4())
            new = {"id": booths[place], "tenant": tenant, "show": show, "number": place.number, "hall": place.hall}
            connection.execute(ADD_BOOTH, new)
    return booths


def _listed(row: Exhibitor) -> Place:
    """The booth of a line, however it is spelled."""
    return Place(plain(row.booth), plain(row.hall))
