"""yt-dlp against a real local site: its generic extractor, a search, redirects, limits, and the walls around it."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from scout_common.errors import NotInstalled, PermanentError
from scout_common.exchange import Network
from scout_common.fetch import UrlRefused
from scout_common.settings import Settings

from services.media_ingestion.confinement import Confined, confinement
from services.media_ingestion.video_sites import SiteFailed, SiteList, SiteVideo, check_domain, is_search, visit_site
from tests.servers import serving

PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\none.ts\n#EXTINF:2,\ntwo.ts\n#EXT-X-ENDLIST\n"


@dataclass
class Site:
    """Pages by path; remembers what was asked, by Host."""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""
    port: int = 0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Half a second of video."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 * number, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path.read_bytes()


@pytest.fixture
def site(clip: bytes) -> Iterator[Site]:
    state = Site()
    state.files["/clip.mp4"] = ("video/mp4", clip)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(f"{self.headers['Host'].partition(':')[0]}{self.path}")
            if self.path in state.redirects:
                self.send_response(302)
                self.send_header("Location", state.redirects[self.path])
                self.end_headers()
                return
            media_type, data = state.files.get(self.path, ("", b""))
            self.send_response(200 if media_type else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None: ...

    with serving(Handler) as state.port:
        state.address = f"http://127.0.0.1:{state.port}"
        yield state


@pytest.fixture
def visit(tmp_path: Path) -> Any:
    """Visit a site of this machine."""
    return partial(_visit, tmp_path)


def _visit(tmp_path: Path, source: str, *, how: dict[str, Any] | None = None, **given: Any) -> SiteVideo | SiteList:
    chosen = {"allow_private_urls": True, "requests_per_host_s": 1000.0, "http_retries": 0, **(how or {})}
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", **chosen)
    return visit_site(source, tmp_path / "site", settings, **given)


def watch_page(*names: str) -> tuple[str, bytes]:
    videos = "".join(f'<video src="{name}" title="{name}"></video>' for name in names)
    return "text/html", f"<html><head><title>Hall 3</title></head><body>{videos}</body></html>".encode()


def test_the_video_of_a_page_comes_as_a_file_of_a_fixed_name(site: Site, visit: Any, clip: bytes) -> None:
    site.files["/watch"] = watch_page("clip.mp4")
    found = visit(f"{site.address}/watch")
    assert isinstance(found, SiteVideo) and found.path is not None
    assert (found.path.name, found.path.read_bytes(), found.media_type) == ("video", clip, "video/mp4")
    assert "Hall 3" in found.title


def test_a_stream_in_parts_is_joined_without_other_programs(site: Site, visit: Any) -> None:
    site.files["/live.m3u8"] = ("application/vnd.apple.mpegurl", PLAYLIST.encode())
    site.files |= {"/one.ts": ("video/mp2t", b"G" * 188), "/two.ts": ("video/mp2t", b"G" * 376)}
    found = visit(f"{site.address}/live.m3u8")
    assert isinstance(found, SiteVideo) and found.path is not None
    assert found.path.stat().st_size == 564


def test_a_page_with_several_videos_is_a_list_and_single_takes_the_first(site: Site, visit: Any, clip: bytes) -> None:
    site.files["/watch"] = watch_page("clip.mp4", "two.mp4", "three.mp4")
    site.files["/two.mp4"] = site.files["/three.mp4"] = ("video/mp4", clip)
    found = visit(f"{site.address}/watch", how={"max_search_results": 2})
    assert isinstance(found, SiteList)
    assert [address.rpartition("/")[2] for address, _ in found.videos] == ["clip.mp4", "two.mp4"]
    assert found.more
    assert isinstance(visit(f"{site.address}/watch", single=True), SiteVideo)


def test_a_search_leads_to_videos(site: Site, visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from yt_dlp.extractor.common import SearchInfoExtractor

    from services.media_ingestion import checked_requests

    class HallSearchIE(SearchInfoExtractor):  # type: ignore[misc]
        """A site's search as yt-dlp has dozens; this one asks the local site."""

        _SEARCH_KEY = "hallsearch"
        IE_NAME = "hall:search"

        def _search_results(self, query: str) -> Iterator[dict[str, Any]]:
            for name in self._download_webpage(f"{site.address}/find?{query}", query).split():
                yield self.url_result(f"{site.address}/{name}", video_title=f"{query} {name}")

    original = checked_requests.CheckedDL.add_default_info_extractors

    def with_search(self: Any) -> None:
        self.add_info_extractor(HallSearchIE())
        original(self)

    monkeypatch.setattr(checked_requests.CheckedDL, "add_default_info_extractors", with_search)
    site.files["/find?expo"] = ("text/plain", b"a.mp4 b.mp4 c.mp4")
    found = visit("hallsearch2:expo")
    assert isinstance(found, SiteList)
    assert found.videos == ((f"{site.address}/a.mp4", "expo a.mp4"), (f"{site.address}/b.mp4", "expo b.mp4"))


def leading(site: Site) -> Network:
    """Names that are said to be public, led to the local site; and one that leads inside."""
    import httpcore

    class Led(httpcore.NetworkBackend):
        def connect_tcp(self, host: str, port: int, *args: Any, **more: Any) -> httpcore.NetworkStream:
            return httpcore.SyncBackend().connect_tcp("127.0.0.1", site.port, *args, **more)

    names = {"intranet.example": ["10.0.0.7"], "127.0.0.1": ["127.0.0.1"]}
    return Network(resolve=lambda host, port: names.get(host, ["93.184.215.14"]), backend=Led())


@pytest.mark.parametrize("page", ["/inside", "/hidden", "/indirect"])
def test_private_addresses_are_refused_wherever_the_site_leads(site: Site, visit: Any, page: str) -> None:
    site.files["/hidden"] = watch_page("http://intranet.example/clip.mp4")
    site.files["/indirect"] = watch_page("moved.mp4")
    site.redirects = {"/inside": "http://127.0.0.1/watch", "/moved.mp4": "http://intranet.example/clip.mp4"}
    closed = {"allow_private_urls": False}
    with confinement(allow_private=True), pytest.raises(UrlRefused, match="private network"):
        visit(f"http://video.example{page}", how=closed, network=_open_wall(leading(site)))
    assert not [path for path in site.asked if path.endswith("/clip.mp4")]


def _open_wall(network: Network) -> Network:
    """The local server stands for a public one, so the second wall must let its real address through."""
    import httpcore

    inner = network.backend
    assert inner is not None

    class Passing(httpcore.NetworkBackend):
        def connect_tcp(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
            with confinement(allow_private=True):
                return inner.connect_tcp(*args, **more)

    return Network(resolve=network.resolve, backend=Passing())


def test_a_site_of_a_private_network_is_refused(site: Site, visit: Any) -> None:
    with pytest.raises(UrlRefused, match="private network"):
        visit(f"{site.address}/watch", how={"allow_private_urls": False})
    assert site.asked == []


def test_the_second_wall_stops_what_goes_past_the_first(site: Site) -> None:
    import urllib.request

    with confinement(allow_private=False):
        with pytest.raises(OSError, match="private"):
            urllib.request.urlopen(f"{site.address}/watch")
        with pytest.raises(Confined, match="program"):
            subprocess.run(["true"], check=True)
    subprocess.run(["true"], check=True)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"max_media_bytes": 100}, "larger than|no file of at most"),
        ({"media_domains": "example.org, video.example"}, "not fetched from 127.0.0.1"),
    ],
)
def test_limits_are_kept(site: Site, visit: Any, how: dict[str, Any], said: str) -> None:
    site.files["/watch"] = watch_page("clip.mp4")
    with pytest.raises(PermanentError, match=said):
        visit(f"{site.address}/watch", how=how)


@pytest.mark.parametrize(
    ("told", "said"),
    [({"duration": 7200.0}, "2.0 hours long; 1.0 are allowed"), ({"is_live": True}, "live stream")],
)
def test_what_is_too_long_or_endless_is_not_begun(
    site: Site, visit: Any, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], said: str
) -> None:
    from services.media_ingestion import checked_requests

    info = {"id": "1", "title": "t", "ext": "mp4", "extractor_key": "Hall", "webpage_url": site.address, **told}
    monkeypatch.setattr(checked_requests.CheckedDL, "extract_info", lambda *args, **more: info)
    with pytest.raises(SiteFailed, match=said):
        visit(f"{site.address}/watch", how={"max_video_s": 3600.0})


@pytest.mark.parametrize("page", ["/watch", "/nothing"])
def test_a_page_without_video_is_told(site: Site, visit: Any, page: str) -> None:
    site.files["/watch"] = ("text/html", b"<html>no video</html>")
    with pytest.raises(SiteFailed) as caught:
        visit(f"{site.address}{page}")
    assert caught.value.subject == f"{site.address}{page}"
    assert "\x1b" not in caught.value.message


def test_what_is_missing_is_named_with_what_to_install(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    with pytest.raises(NotInstalled, match=r"yt_dlp.*sources"):
        visit("ytsearch2:expo")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("ytsearch5:food expo", True),
        ("ytsearchdate:x", True),
        ("ytsearch5:", False),
        ("C:\\search:x", False),
        ("a", False),
    ],
)
def test_what_is_a_search(source: str, expected: bool) -> None:
    assert is_search(source) is expected


def test_subdomains_of_an_allowed_site_are_allowed(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, media_domains="example.org, .video.example")
    for address in ("https://example.org/a", "https://www.video.example/a"):
        check_domain(address, settings)
    for address in ("https://badexample.org/a", "https://example.org.evil/a"):
        with pytest.raises(UrlRefused):
            check_domain(address, settings)
