"""What addresses gave last, so that only what has changed is fetched again (RFC 9110, 13: conditional requests).

Only the validators and the hash are here; whoever remembers an address keeps what its content became.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, text

from scout_common.fetch import Fetched
from scout_common.transfer import UNKNOWN, Validators

LONGEST_URL = 2000
"""Bytes: an index row of PostgreSQL takes about 2700. A longer one is fetched each time."""

LOOK_UP = text("""
    SELECT url, etag, last_modified, sha256, media_type, final_url FROM web_copy
    WHERE tenant_id = :tenant AND url IN :urls
""").bindparams(bindparam("urls", expanding=True))
REMEMBER = text("""
    INSERT INTO web_copy (tenant_id, url, etag, last_modified, sha256, media_type, final_url)
    VALUES (:tenant, :url, :etag, :last_modified, :sha256, :media_type, :final_url)
    ON CONFLICT (tenant_id, url) DO UPDATE SET
        etag = excluded.etag, last_modified = excluded.last_modified, sha256 = excluded.sha256,
        media_type = excluded.media_type, final_url = excluded.final_url, checked_at = now()
""")


@dataclass(frozen=True, kw_only=True)
class Copy:
    """What an address gave: `sha256` of the bytes, the address after redirects."""

    url: str
    validators: Validators
    sha256: str
    media_type: str
    final_url: str


def copy_of(url: str, got: Fetched) -> Copy:
    """What has just been fetched, to be remembered."""
    sha256 = hashlib.sha256(got.data).hexdigest()
    return Copy(url=url, validators=got.validators, sha256=sha256, media_type=got.media_type, final_url=got.final_url)


class WebCache:
    """The remembered addresses of one tenant."""

    def __init__(self, engine: Engine, tenant: str) -> None:
        self._engine = engine
        self._tenant = tenant

    def look_up(self, urls: Sequence[str]) -> dict[str, Copy]:
        """What is remembered of these addresses."""
        asked = [url for url in urls if _fits(url)]
        if not asked:
            return {}
        with self._engine.connect() as connection:
            rows = connection.execute(LOOK_UP, {"tenant": self._tenant, "urls": asked}).all()
        return {
            row.url: Copy(
                url=row.url,
                validators=Validators(etag=row.etag, last_modified=row.last_modified),
                sha256=row.sha256,
                media_type=row.media_type,
                final_url=row.final_url,
            )
            for row in rows
        }

    def remember(self, copies: Iterable[Copy]) -> None:
        """Remember what these addresses gave, those that can be asked for on a condition."""
        kept = {copy.url: copy for copy in copies if copy.validators != UNKNOWN and _fits(copy.url)}
        # Sorted: two jobs that fetch the same addresses wait for each other instead of deadlocking.
        rows = [{"tenant": self._tenant, **vars(copy), **vars(copy.validators)} for _, copy in sorted(kept.items())]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(REMEMBER, [{k: v for k, v in row.items() if k != "validators"} for row in rows])


def _fits(url: str) -> bool:
    return len(url.encode("utf-8", "replace")) <= LONGEST_URL and "\0" not in url
