"""Videos from sites that yt-dlp knows, and its searches (`ytsearch5:food expo`): one as a file, or a list of them.

What a site answers is as hostile as any file: a fixed file name, no other program, checked connections only, limits on
size, length and number. Needs the extra `[sources]`.
"""

import mimetypes
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scout_common.errors import NotInstalled, PermanentError, TransientError
from scout_common.exchange import SYSTEM, Network
from scout_common.fetch import UrlRefused, is_url
from scout_common.fetch_limits import FetchLimits
from scout_common.network import Deadline
from scout_common.settings import Settings

from services.media_ingestion.confinement import confinement

if TYPE_CHECKING:
    from services.media_ingestion.checked_requests import CheckedDL

SEARCH = re.compile(r"[a-z][a-z0-9.]{0,30}search(date)?\d{0,4}:.", re.DOTALL)
FILE_NAME = "video"
FORMAT = "(bv*[height<=?1080]/b[height<=?1080]/bv*/b)[protocol~='^(https?|m3u8_native|m3u8|http_dash_segments)$']"
"""The best up to 1080 lines, without sound where the site has that: it is not listened to."""


class SiteFailed(PermanentError):
    """The site gives no video for this address."""


class SiteBusy(TransientError):
    """The site does not answer properly at the moment."""


@dataclass(frozen=True, kw_only=True)
class SiteVideo:
    """A video of a site. `version`: what its site knows it by, the same as long as it is the same video."""

    address: str
    title: str
    version: str
    media_type: str
    path: Path | None  # None: the known version still stands


@dataclass(frozen=True, kw_only=True)
class SiteList:
    """What a search, playlist or page with several videos leads to: (address, title); `more` were left out."""

    videos: tuple[tuple[str, str], ...]
    more: bool


def is_search(source: str) -> bool:
    """Whether a source is a search on a video site, like `ytsearch5:food expo`."""
    return SEARCH.match(source) is not None


def check_domain(address: str, settings: Settings) -> None:
    """Raise UrlRefused where media may not be fetched from the site of this address."""
    allowed = [name.strip().lower().lstrip(".") for name in settings.media_domains.split(",") if name.strip()]
    host = (urlsplit(address).hostname or "").lower()
    if allowed and not any(host == name or host.endswith(f".{name}") for name in allowed):
        raise UrlRefused(
            f"media are not fetched from {host or 'there'}",
            subject=address,
            hint="SCOUT_MEDIA_DOMAINS lists the sites.",
        )


def visit_site(
    source: str, folder: Path, settings: Settings, *, known: str = "", single: bool = False, network: Network = SYSTEM
) -> SiteVideo | SiteList:
    """Bring the video of an address as `folder`/video, or say which videos it leads to.

    known: version that we have already. single: the first video where there are several.
    Raises NotInstalled, UrlRefused, SiteFailed (permanent), SiteBusy, FetchInterrupted (transient).
    """
    limits = FetchLimits.for_media(settings)
    with _site(source, folder, settings, limits, network) as site:
        found = site.extract_info(source, download=False)
        while single and _entries(found):
            found = next(iter(_entries(found)))
            if found.get("_type") in ("url", "url_transparent"):
                found = site.extract_info(found["url"], download=False)
        if found.get("_type") in ("playlist", "multi_video"):
            return _listed(found, source, settings)
        _check(found, source, settings)
        address = str(found.get("webpage_url") or source)
        title = str(found.get("title") or source)[:500]
        version = f"{found.get('extractor_key')} {found.get('id')} {found.get('format_id')}"[:400]
        media_type = mimetypes.guess_type(f"x.{found.get('ext')}")[0] or ""
        # A generic address says nothing of what lies there: only sites have names for their videos.
        if version == known and found.get("extractor_key") != "Generic":
            return SiteVideo(address=address, title=title, version=version, media_type=media_type, path=None)
        site.process_ie_result(found, download=True)
        path = folder / FILE_NAME
        if not path.is_file():
            raise SiteFailed(f"no file of at most {limits.max_bytes / 1e9:.0f} GB came", subject=source)
        return SiteVideo(address=address, title=title, version=version, media_type=media_type, path=path)


@contextmanager
def _site(
    source: str, folder: Path, settings: Settings, limits: FetchLimits, network: Network
) -> "Iterator[CheckedDL]":
    """yt-dlp behind its walls; its errors in our words."""
    try:
        from yt_dlp import globals as yt_dlp_globals
        from yt_dlp.utils import YoutubeDLError

        from services.media_ingestion.checked_requests import CheckedDL, Visit
    except ModuleNotFoundError as error:
        hint = "pip install -e '.[sources]'; or give the address of the video file itself"
        raise NotInstalled(f"videos from sites need the package {error.name}", subject=source, hint=hint) from error
    yt_dlp_globals.plugin_dirs.value = []  # nothing that happens to lie on the path
    visit = Visit(limits=limits, network=network, deadline=Deadline(limits.total_s))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with (
            confinement(allow_private=limits.allow_private),
            CheckedDL(_options(folder, settings, limits), visit) as site,
        ):
            yield site
    except YoutubeDLError as error:
        if visit.refused:
            last = visit.refused[-1]
            raise type(last)(last.message, subject=source, hint=last.hint) from error
        raise _in_our_words(error, source) from error


def _options(folder: Path, settings: Settings, limits: FetchLimits) -> dict[str, Any]:
    size = {"max_filesize": limits.max_bytes, "progress_hooks": [_watch(limits.max_bytes)]}
    return size | {
        "outtmpl": {"default": str(folder / FILE_NAME).replace("%", "%%")},
        "format": FORMAT,
        "noplaylist": True,
        "extract_flat": "in_playlist",
        "playlistend": settings.max_search_results + 1,
        "default_search": "error",
        "hls_prefer_native": True,
        "external_downloader": {"default": "native"},
        "ffmpeg_location": str(folder / "none"),
        "fixup": "never",
        "js_runtimes": {},
        "remote_components": [],
        "cachedir": False,
        "proxy": "",
        "usenetrc": False,
        "enable_file_urls": False,
        "socket_timeout": limits.silence_s,
        "retries": limits.attempts,
        "fragment_retries": limits.attempts,
        "skip_unavailable_fragments": False,
        "concurrent_fragment_downloads": 1,
        "updatetime": False,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": _Silent(),
        "color": "never",
    }


def _watch(most: int) -> Any:
    def hook(status: dict[str, Any]) -> None:
        if (status.get("downloaded_bytes") or 0) > most:
            raise SiteFailed(f"the video is larger than the {most / 1e9:.0f} GB allowed")

    return hook


def _entries(found: dict[str, Any]) -> list[dict[str, Any]]:
    if found.get("_type") not in ("playlist", "multi_video"):
        return []
    return [entry for entry in found.get("entries") or () if isinstance(entry, dict)]


def _listed(found: dict[str, Any], source: str, settings: Settings) -> SiteList:
    videos: dict[str, str] = {}
    refused: UrlRefused | None = None
    for entry in _entries(found):
        address = str(entry.get("webpage_url") or "")
        if entry.get("_type") in ("url", "url_transparent") or not is_url(address) or address == source:
            address = str(entry.get("url") or "")
        if not is_url(address) or address == source:
            continue
        try:
            check_domain(address, settings)
        except UrlRefused as error:
            refused = error
            continue
        videos.setdefault(address, str(entry.get("title") or address)[:500])
    most = settings.max_search_results
    if not videos:
        if refused is not None:
            raise refused
        raise SiteFailed("no video was found there", subject=source)
    return SiteList(videos=tuple(videos.items())[:most], more=len(videos) > most)


def _check(found: dict[str, Any], source: str, settings: Settings) -> None:
    """Refuse what is endless, too long or from elsewhere before it is fetched."""
    check_domain(str(found.get("webpage_url") or source), settings)
    if found.get("is_live") or found.get("live_status") == "is_upcoming":
        raise SiteFailed("this is a live stream", subject=source, hint="Come back when it has ended.")
    duration = found.get("duration")
    if isinstance(duration, int | float) and duration > settings.max_video_s:
        allowed = f"{settings.max_video_s / 3600:.1f}"
        raise SiteFailed(f"the video is {duration / 3600:.1f} hours long; {allowed} are allowed", subject=source)


def _in_our_words(error: Exception, source: str) -> Exception:
    cause = (getattr(error, "exc_info", None) or (None, None))[1]
    while cause is not None and not isinstance(cause, SiteFailed):
        cause = getattr(cause, "cause", None) or cause.__cause__
    if isinstance(cause, SiteFailed):
        return SiteFailed(cause.message, subject=source, hint=cause.hint)
    said = re.sub(r"^ERROR:\s*(\[[^\]]{1,60}\]\s*)?", "", str(error)).split("; please report this")[0][:300]
    if re.search(r"HTTP Error (429|5\d\d)|timed out|Connection", said):
        return SiteBusy(said, subject=source)
    return SiteFailed(said, subject=source, hint="Check that the address shows a public video; update yt-dlp.")


class _Silent:
    """yt-dlp's words reach us in its errors."""

    def debug(self, message: str) -> None:
        """Nothing."""

    info = warning = error = debug
