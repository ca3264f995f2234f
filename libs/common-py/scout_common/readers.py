"""Which reader answers, and which one reads in its shadow to be compared with it.

The settings name both; a row of `reader_choice`, as `scout ocr champion NAME` adds one, goes before them, for every
process at once and without a restart. A reader is named "" (the routing over several engines) or as its engine.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from scout_ocr.reading import ReadOptions
from sqlalchemy import Connection, text

from scout_common.errors import BadRequest
from scout_common.settings import Settings

ROUTING = "routing"
"""How the routing over several engines is called where a name is needed."""
_NAME = re.compile(r"[a-z0-9_-]{1,40}")

NEWEST = text("""
    SELECT champion, shadow, share, chosen_by, at FROM reader_choice WHERE tenant_id = :tenant ORDER BY id DESC LIMIT 1
""")
EARLIER = text("""
    SELECT champion, shadow, share, chosen_by, at FROM reader_choice WHERE tenant_id = :tenant ORDER BY id DESC LIMIT 20
""")
ADD = text("""
    INSERT INTO reader_choice (tenant_id, champion, shadow, share, chosen_by)
    VALUES (:tenant, :champion, :shadow, :share, :by)
""")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """champion, shadow: names of engines, "" for the routing (champion) or none (shadow). share: of files the shadow
    reads, 0-1."""

    champion: str = ""
    shadow: str = ""
    share: float = 0.0

    @property
    def champion_name(self) -> str:
        """A name that is never empty."""
        return self.champion or ROUTING

    @property
    def engines(self) -> frozenset[str]:
        """Engines that it needs; the routing makes do with those that are there."""
        return frozenset({self.champion, self.shadow} - {"", ROUTING})

    def answers(self, options: ReadOptions) -> ReadOptions:
        """The options with the champion where the request names no engine."""
        return options if options.engine or not self.champion else replace(options, engine=self.champion)

    def shadows(self, options: ReadOptions, sha256: str) -> ReadOptions | None:
        """The options with which the shadow reads this file as well; None where it does not.

        By content, so that every process and every repetition decides alike."""
        if not self.shadow or options.engine or not in_share(sha256, self.share, "shadow"):
            return None
        engine = "" if self.shadow == ROUTING else self.shadow
        return replace(options, engine=engine)


def in_share(sha256: str, share: float, salt: str) -> bool:
    """Whether a file belongs to a share of all files; other salts choose other files."""
    number = int.from_bytes(hashlib.sha256(f"{salt}:{sha256}".encode()).digest()[:8], "big")
    return number < share * 2**64


def chosen(connection: Connection, settings: Settings, tenant: str = "default") -> Choice:
    """The choice that holds now."""
    row = connection.execute(NEWEST, {"tenant": tenant}).first()
    if row is None:
        return Choice(
            champion=_engine(settings.ocr_champion), shadow=settings.ocr_shadow, share=settings.ocr_shadow_share
        )
    return Choice(champion=row.champion, shadow=row.shadow, share=row.share)


def choose(
    connection: Connection, choice: Choice, *, by: str, tenant: str = "default", here: Collection[str] | None = None
) -> Choice:
    """Let another reader answer from now on. Raises BadRequest for no name, and for no engine that is here.

    here: engines of this machine; None: others read, and nobody knows here what they have."""
    for name in (choice.champion, choice.shadow):
        if name and not _NAME.fullmatch(name):
            raise BadRequest("no engine is called so", subject=name, hint="rapidocr, tesseract, vlm, trocr or routing")
    if here is not None and (missing := choice.engines - set(here)):
        hint = f"here are {', '.join(sorted({*here, ROUTING}))}; force it where only other machines read"
        raise BadRequest("no engine here is called so", subject=min(missing), hint=hint)
    kept = replace(choice, champion=_engine(choice.champion), share=round(choice.share, 6))  # as a `real` holds it
    if kept.shadow and _engine(kept.shadow) == kept.champion:
        raise BadRequest("the champion cannot be its own shadow", subject=kept.shadow, hint="name another engine")
    connection.execute(ADD, {"tenant": tenant, "by": by, **vars(kept)})
    return kept


def history(connection: Connection, tenant: str = "default") -> list[dict[str, object]]:
    """The latest choices, newest first: champion, shadow, share, chosen_by, at."""
    return [dict(row) for row in connection.execute(EARLIER, {"tenant": tenant}).mappings()]


def _engine(name: str) -> str:
    return "" if name == ROUTING else name
