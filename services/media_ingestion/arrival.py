"""A medium comes to hand: a file that is here, an upload, an address, a video site. What was fetched becomes a blob."""

import hashlib
import mimetypes
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from scout_common import uploads
from scout_common.errors import PermanentError
from scout_common.exchange import SYSTEM, Network
from scout_common.fetch import PART, FetchFailed, FetchLimits, WrongType, fetch_to_file, is_url
from scout_common.transfer import UNKNOWN, Validators
from scout_common.web_cache import Copy, WebCache
from scout_common.work import Resources, Unit

from services.media_ingestion.handler import SINGLE, Listed
from services.media_ingestion.video_sites import SiteList, SiteVideo, check_domain, is_search, visit_site


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A medium as a file of this machine. `uri`: its path, or blob; `media_type`: as whoever sent it says, or ""."""

    uri: str
    path: Path
    name: str
    media_type: str = ""


def arrive(resources: Resources, unit: Unit, network: Network = SYSTEM) -> Arrived | Listed:
    """Bring the unit's medium, or say which media its address leads to.

    Raises PermanentError (gone, refused, no medium), FetchInterrupted, SiteBusy, StorageFull.
    """
    uri, name = str(unit.payload["uri"]), str(unit.payload["name"])
    if uri.startswith(uploads.PREFIX):
        return _uploaded(resources, unit, uri)
    source = uri.removeprefix(SINGLE)
    if is_search(source):
        return _from_site(resources, unit, source, name, network)
    if not is_url(source):
        return Arrived(uri=uri, path=local_path(resources, uri), name=name)
    check_domain(source, resources.settings)
    try:
        return _fetched(resources, unit, source, name, network)
    except WrongType as error:
        # No file, so a page that shows one: what video sites are.
        try:
            return _from_site(resources, unit, source, name, network, single=uri.startswith(SINGLE))
        except PermanentError as site:
            raise FetchFailed(error.message, subject=source, hint=f"{site.message}. {site.hint}") from site


def local_path(resources: Resources, uri: str) -> Path:
    """The file behind a medium's uri. Raises PermanentError where it is gone."""
    path = resources.blobs.path(uri.removeprefix("blob:")) if uri.startswith("blob:") else Path(uri)
    if path is None or not path.is_file():
        raise PermanentError(
            "the file is not there",
            subject=uri,
            hint="put it back where it was, or start a job with its new place",
        )
    return path


def _uploaded(resources: Resources, unit: Unit, uri: str) -> Arrived:
    ident = uploads.upload_id(uri)
    with resources.engine.connect() as connection:
        found = uploads.find(connection, tenant=unit.tenant_id, ident=ident) if ident else None
    if found is None:
        raise PermanentError("there is no such upload, or it has expired", subject=uri, hint="upload the file again")
    if found.sha256 is None:
        raise PermanentError("the upload is not complete", subject=uri, hint="send the rest, then retry the job")
    blob = f"blob:{found.sha256}"
    return Arrived(uri=blob, path=local_path(resources, blob), name=found.name)


def _fetched(resources: Resources, unit: Unit, url: str, name: str, network: Network) -> Arrived:
    """What an address gives, unless what it gave before still stands."""
    cache = WebCache(resources.engine, unit.tenant_id)
    copy = _kept(resources, cache, url)
    target = resources.scratch / _name_of(unit, url)
    known = copy.validators if copy else UNKNOWN
    try:
        got = fetch_to_file(url, target, FetchLimits.for_media(resources.settings), known=known, network=network)
        if got.unchanged and copy is not None:
            return _stored(resources, copy.sha256, name, copy.media_type)
        sha256 = resources.blobs.put_file(target, got.media_type, move=True)
    finally:
        target.unlink(missing_ok=True)
    cache.remember(
        [Copy(url=url, validators=got.validators, sha256=sha256, media_type=got.media_type, final_url=got.final_url)]
    )
    return _stored(resources, sha256, name, got.media_type)


def _from_site(
    resources: Resources, unit: Unit, source: str, name: str, network: Network, *, single: bool = False
) -> Arrived | Listed:
    cache = WebCache(resources.engine, unit.tenant_id)
    key = f"{SINGLE}{source}"
    copy = _kept(resources, cache, key)
    folder = resources.scratch / f"{PART}site-{_name_of(unit, source)}"
    known = copy.validators.etag if copy else ""
    try:
        found = visit_site(source, folder, resources.settings, known=known, single=single, network=network)
        if isinstance(found, SiteList):
            return Listed(media=found.videos, more=found.more)
        if found.path is None and copy is not None:
            return _stored(resources, copy.sha256, name, copy.media_type)
        return _kept_from_site(resources, cache, key, found, name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _kept_from_site(resources: Resources, cache: WebCache, key: str, found: SiteVideo, name: str) -> Arrived:
    assert found.path is not None
    sha256 = resources.blobs.put_file(found.path, found.media_type, move=True)
    version = Validators(etag=found.version)  # the site's own name for it serves as validator
    cache.remember(
        [Copy(url=key, validators=version, sha256=sha256, media_type=found.media_type, final_url=found.address)]
    )
    return _stored(resources, sha256, name, found.media_type)


def _kept(resources: Resources, cache: WebCache, url: str) -> Copy | None:
    """What the address gave before, if it is still stored."""
    copy = cache.look_up([url]).get(url)
    return copy if copy is not None and resources.blobs.exists(copy.sha256) else None


def _stored(resources: Resources, sha256: str, name: str, media_type: str) -> Arrived:
    uri = f"blob:{sha256}"
    return Arrived(uri=uri, path=local_path(resources, uri), name=name, media_type=media_type)


def _name_of(unit: Unit, source: str) -> str:
    return hashlib.sha256(f"{unit.job_id}{source}".encode()).hexdigest()


def video_type(arrived: Arrived) -> str:
    """The type players are told: by the name the user gave, else as the sender says; a blob has no ending."""
    place = urlsplit(arrived.name).path if is_url(arrived.name) else arrived.name
    guesses = (mimetypes.guess_type(PurePosixPath(place).name)[0] or "", arrived.media_type)
    return next((guess for guess in guesses if guess.startswith(("video/", "audio/"))), "application/octet-stream")
