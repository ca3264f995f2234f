"""SQL of jobs: lists, details, failures, events, figures for /metrics."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from scout_common.http import TENANT
from scout_common.paging import Cursor, Page, cut_page
from sqlalchemy import Connection, RowMapping, text

Row = RowMapping

JOB_SORT = "-created"
LARGEST_REPORT = 200

# Jobs that {where} chooses, newest first, each with what it was given and what it found.
JOB_ROWS = """
    WITH page AS (SELECT * FROM job WHERE tenant_id = :tenant AND {where} ORDER BY created_at DESC, id LIMIT :limit)
    SELECT page.id, page.kind, page.title, page.state, page.incomplete, page.error, page.generation, page.created_at,
           page.picked_up_at, page.finished_at, page.spec, show.name AS show,
           (SELECT count(*) FROM job_product p WHERE p.job_id = page.id) AS products,
           (SELECT count(DISTINCT medium_id) FROM job_medium m WHERE m.job_id = page.id) AS media,
           (SELECT count(*) FROM match m, job j WHERE m.job_id = page.id AND j.id = page.id AND {claim}) AS sightings,
           (SELECT count(*) FROM match m WHERE m.job_id = page.id) AS kept,
           (SELECT count(*) FROM unit u WHERE u.job_id = page.id AND u.state = 'failed') AS failed_units
    FROM page LEFT JOIN show ON show.id = page.show_id
    ORDER BY page.created_at DESC, page.id
"""
AFTER = "(created_at < :after OR (created_at = :after AND id > :after_id))"

# Why units of a job failed, latest first.
FAILURES = text("""
    SELECT stage, key, attempt, coalesce(error ->> 'kind', 'unknown') AS kind,
           coalesce(error ->> 'message', 'no reason was recorded') AS message,
           coalesce(error ->> 'hint', '') AS hint, finished_at
    FROM unit WHERE tenant_id = :tenant AND job_id = :job AND state = 'failed'
    ORDER BY finished_at DESC NULLS LAST, stage, key LIMIT :limit
""")

# What was wrong with a job's input without stopping it, errors first.
ISSUES = text("""
    SELECT severity, subject, message, hint FROM job_issue WHERE tenant_id = :tenant AND job_id = :job
    ORDER BY severity, subject, message LIMIT :limit
""")
ISSUE_COUNT = text("SELECT count(*) FROM job_issue WHERE tenant_id = :tenant AND job_id = :job")

# Events of a job after an id, oldest first.
EVENTS = text("""
    SELECT id, type, data, at FROM job_event WHERE tenant_id = :tenant AND job_id = :job AND id > :after
    ORDER BY id LIMIT :limit
""")
LAST_EVENT = text("SELECT coalesce(max(id), 0) FROM job_event WHERE tenant_id = :tenant AND job_id = :job")
JOB_STATE = text("SELECT state FROM job WHERE tenant_id = :tenant AND id = :job")

# Units by stage and state, jobs by state: what /metrics shows.
UNIT_FIGURES = text("SELECT stage, state, count(*) FROM unit GROUP BY stage, state ORDER BY stage, state")
JOB_FIGURES = text("SELECT state, count(*) FROM job GROUP BY state ORDER BY state")


def claim(match: str) -> str:
    """SQL: whether the sighting of that alias, of job `j`, is a claim: from the job's minimum probability on."""
    return f"{match}.probability >= coalesce(CAST(j.spec -> 'options' ->> 'min_probability' AS float8), 0.5)"


def same_number(booth: str, asked: str) -> str:
    """SQL: whether two expressions write one booth number, as lists are compared (`scout_ocr.directory.plain`). What
    stands between counts between two digits only: A-10 is a10, and 12-034 is not 1-2034."""
    return f"{_plain(booth)} = {_plain(asked)}"


def _plain(number: str) -> str:
    single = f"regexp_replace(upper({number}), '[\\s_./\u2013-]+', '-', 'g')"
    return f"regexp_replace({single}, '(?<!\\d)-|-(?!\\d)', '', 'g')"


def jobs_page(
    connection: Connection, *, limit: int, cursor: str | None = None, state: str | None = None, kind: str = "match"
) -> Page:
    """A page of jobs, newest first; kind: `any` for all. Raises BadCursor."""
    values: dict[str, Any] = {"tenant": TENANT, "limit": limit + 1}
    where = ["true"]
    if kind != "any":
        where.append("kind = :kind")
        values["kind"] = kind
    if state is not None:
        where.append("state = :state")
        values["state"] = state
    if cursor is not None:
        values["after"], values["after_id"] = Cursor.decode(cursor, JOB_SORT, (datetime, UUID)).values
        where.append(AFTER)
    rows = (
        connection.execute(text(JOB_ROWS.format(where=" AND ".join(where), claim=claim("m"))), values).mappings().all()
    )
    return cut_page(rows, limit, JOB_SORT, ("created_at", "id"))


def job_row(connection: Connection, job: UUID) -> Row | None:
    """One job, with the columns of the list."""
    statement = text(JOB_ROWS.format(where="id = :job", claim=claim("m")))
    return connection.execute(statement, {"tenant": TENANT, "job": job, "limit": 1}).mappings().first()


def job_failures(connection: Connection, job: UUID) -> Sequence[Row]:
    """The latest failed units with their reasons, at most LARGEST_REPORT."""
    return connection.execute(FAILURES, {"tenant": TENANT, "job": job, "limit": LARGEST_REPORT}).mappings().all()


def job_issues(connection: Connection, job: UUID) -> tuple[Sequence[Row], int]:
    """The first LARGEST_REPORT issues of the input, and how many there are."""
    where = {"tenant": TENANT, "job": job}
    count = connection.execute(ISSUE_COUNT, where).scalar_one()
    return connection.execute(ISSUES, {**where, "limit": LARGEST_REPORT}).mappings().all(), int(count)


def job_events(connection: Connection, job: UUID, *, after: int, limit: int) -> tuple[str | None, Sequence[Row]]:
    """The job's state (None: gone), read before the events, and its events with an id above `after`."""
    where = {"tenant": TENANT, "job": job}
    state = connection.execute(JOB_STATE, where).scalar_one_or_none()
    return state, connection.execute(EVENTS, {**where, "after": after, "limit": limit}).mappings().all()


def last_event(connection: Connection, job: UUID) -> int:
    """The id of the job's newest event, 0 where it has none."""
    return int(connection.execute(LAST_EVENT, {"tenant": TENANT, "job": job}).scalar_one())


def figures(connection: Connection) -> tuple[list[tuple[str, str, int]], list[tuple[str, int]]]:
    """(stage, state, units) and (state, jobs)."""
    units = [(row[0], row[1], row[2]) for row in connection.execute(UNIT_FIGURES)]
    return units, [(row[0], row[1]) for row in connection.execute(JOB_FIGURES)]
