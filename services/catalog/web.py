"""Catalogues on the web: a file, a feed of many pages, a page that leads to others; what is unchanged is not sent."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from scout_common.assets import Asset
from scout_common.blobs import BlobStore
from scout_common.encoding import decode
from scout_common.errors import NotInstalled, PermanentError
from scout_common.fetch import SYSTEM, FetchFailed, FetchLimits, Network, UrlRefused, fetch
from scout_common.settings import Settings
from scout_common.transfer import UNKNOWN
from scout_common.web_cache import WebCache, copy_of

from services.catalog.pages import NO_PRODUCTS, is_page, read_page
from services.catalog.readers import read_records
from services.catalog.rows import Catalogue, Problem, Record, collect
from services.catalog.sources import OnTheWeb

MOST_PAGES = 400
"""Of a shop's products.json: 100,000 products at 250 a page."""
MOST_LINKED = 200
"""Pages that one page with a list leads to."""
PAGE_SIZE = "250"
_ASKED = "{query}"


@dataclass(frozen=True, kw_only=True)
class Document:
    """What an address gave, now or when it last changed."""

    data: bytes
    final_url: str


@dataclass
class Documents:
    """Fetches documents; those that have not changed come from the blob store. `assets`: all that were read."""

    blobs: BlobStore
    settings: Settings
    cache: WebCache
    network: Network = SYSTEM
    assets: list[Asset] = field(default_factory=list)

    def get(self, url: str) -> Document:
        """The document. Raises UrlRefused, FetchFailed, FetchInterrupted, StorageFull."""
        copy = self.cache.look_up([url]).get(url)
        if copy is not None and not self.blobs.exists(copy.sha256):
            copy = None
        known = copy.validators if copy else UNKNOWN
        got = fetch(url, FetchLimits.for_catalogues(self.settings), known=known, network=self.network)
        if got.unchanged and copy is not None:
            document, sha256, media_type = self.blobs.get(copy.sha256), copy.sha256, copy.media_type
            final_url = copy.final_url
        else:
            document, final_url, media_type = got.data, got.final_url, got.media_type
            sha256 = self.blobs.put(document, media_type)
            self.cache.remember([copy_of(url, got)])
        self.assets.append(Asset(sha256=sha256, media_type=media_type or "text/plain", bytes=len(document)))
        return Document(data=document, final_url=final_url)


def asks_itself(source: str) -> bool:
    """Whether the address has a place for the words: then the feed does the search."""
    return _ASKED in source


def with_query(source: str, query: str) -> str:
    """The address with the words in their place."""
    return source.replace(_ASKED, quote(query, safe=""))


def read_web(source: str, documents: Documents) -> tuple[str, Catalogue, OnTheWeb]:
    """(name for messages, rows, where pictures are looked for) of an address. Raises what Documents.get raises."""
    if _is_shop(source):
        first = documents.get(_page_of_shop(source, 1))
        records = _shop(source, first, documents)
    else:
        first = documents.get(source)
        records = _document(first, documents)
    name = unquote(urlsplit(first.final_url).path.rpartition("/")[2]) or source
    return name, collect(_numbered(records)), OnTheWeb(url=first.final_url)


def _document(document: Document, documents: Documents) -> Iterator[Record | Problem]:
    if not is_page(decode(document.data[:8192]).text):
        name = urlsplit(document.final_url).path.rpartition("/")[2]
        yield from read_records(document.data, name, document.final_url)
        return
    page = read_page(document.data, document.final_url)
    if not page.records and not page.links:
        raise NO_PRODUCTS
    yield from page.records
    for link in page.links[:MOST_LINKED]:
        yield from _linked(link, documents)
    if len(page.links) > MOST_LINKED:
        left_out = len(page.links) - MOST_LINKED
        yield Problem(message=f"the page leads to {left_out} more pages, which are not read", severity="warning")


def _linked(link: str, documents: Documents) -> Iterator[Record | Problem]:
    """The products of a page that another one leads to; one that cannot be had costs only itself."""
    try:
        document = documents.get(link)
        if not is_page(decode(document.data[:8192]).text):
            return
        records = read_page(document.data, document.final_url).records
    except NotInstalled:  # no page can be read then, and the user can do something about it
        raise
    except PermanentError as error:
        yield Problem(message=error.message, where=link, hint=error.hint)
        return
    for record in records:
        yield _placed(record, lambda where: f"{link}, {where}")


def _is_shop(source: str) -> bool:
    """Whether an address is that of a whole products.json: then its pages are asked for one by one."""
    parts = urlsplit(source)
    return parts.path.endswith("/products.json") and "page" not in dict(parse_qsl(parts.query))


def _page_of_shop(source: str, number: int) -> str:
    parts = urlsplit(source)
    asked = {"limit": PAGE_SIZE, **dict(parse_qsl(parts.query)), "page": str(number)}
    return parts._replace(query=urlencode(asked)).geturl()


def _shop(source: str, first: Document, documents: Documents) -> Iterator[Record | Problem]:
    """Page after page until one is empty or tells nothing new (a server that knows no pages gives the same again).

    A page after the first that cannot be had ends the reading: some shops refuse high numbers."""
    seen: set[str] = set()
    document = first
    for number in range(1, MOST_PAGES + 1):
        names = _names(document)
        if number > 1 and not names - seen:
            return
        seen |= names
        for record in read_records(document.data, "products.json", document.final_url):
            yield _placed(record, lambda where, n=number: f"page {n}, {where}")  # type: ignore[misc]
        if not names:
            return
        try:
            document = documents.get(_page_of_shop(source, number + 1))
        except (FetchFailed, UrlRefused) as error:
            message = f"{error.message}: this page and those after it are not read"
            yield Problem(message=message, where=f"page {number + 1}", hint=error.hint)
            return
    yield Problem(message=f"more than {MOST_PAGES} pages: those after are not read", severity="warning")


def _names(document: Document) -> set[str]:
    """What the products of a page are known by; empty where it is no page of products."""
    try:
        items = json.loads(document.data)["products"]
        return {str(item.get("id") or item.get("handle") or item) for item in items if isinstance(item, dict)}
    except (ValueError, TypeError, KeyError, RecursionError):
        return set()


def _placed(record: Record | Problem, place: Callable[[str], str]) -> Record | Problem:
    return replace(record, where=place(record.where) if record.where else place("").rstrip(", "))


def _numbered(records: Iterable[Record | Problem]) -> Iterator[Record | Problem]:
    """Positions over all documents: those of each begin at 1."""
    for number, record in enumerate(records, 1):
        yield record if isinstance(record, Problem) else replace(record, position=number)
