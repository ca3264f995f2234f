"""A content store over HTTP, against a real server: as a store of files, and when it fails."""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_app import bootstrap
from scout_common.blob_cache import BlobCache
from scout_common.content_api import Body, ContentApi
from scout_common.content_blobs import ContentBlobs
from scout_common.content_wire import ContentRefused, asset_of, object_of, ticket_of
from scout_common.errors import BlobMissing, StorageFull, StorageUnavailable
from scout_common.fetch_limits import FetchLimits
from scout_common.network import UrlRefused
from scout_common.settings import Settings

from tests.content_server import TOKEN, Store, content_server
from tests.unit.common.test_blobs import BlobCases

LIMITS = FetchLimits(max_bytes=10**9, total_s=10, silence_s=2, attempts=3, pause_s=0.01)


@pytest.fixture
def server() -> Iterator[Store]:
    with content_server() as store:
        yield store


@pytest.fixture
def api(server: Store) -> ContentApi:
    return ContentApi(server.url, TOKEN, LIMITS)


def body(data: bytes) -> Body:
    return Body(open=lambda: (data,), bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), media_type="text/plain")


def read(api: ContentApi, ident: str, start: int = 0, end: int = 10**6, **more: Any) -> bytes:
    return b"".join(api.read(ident, start, min(end, api.asset(ident).bytes), **more))


class TestContentBlobs(BlobCases):
    @pytest.fixture
    def store(self, api: ContentApi, tmp_path: Path) -> ContentBlobs:
        return ContentBlobs(api, BlobCache(tmp_path / "copies", 10**9))


def test_the_token_goes_to_the_api_and_never_to_a_signed_address(api: ContentApi, server: Store) -> None:
    api.upload("a/b c.txt", body(b"abc"))
    assert read(api, "a/b c.txt") == b"abc"
    by_place: dict[bool, set[Any]] = {True: set(), False: set()}
    for _, path, headers in server.asked:
        by_place[path.startswith("/signed/")].add(headers.get("Authorization"))
    assert by_place == {True: {None}, False: {f"Bearer {TOKEN}"}}


def test_assets_are_listed_by_filters_page_by_page(api: ContentApi, server: Store) -> None:
    server.page = 2
    for number in range(5):
        server.add(f"in/{number}.png", b"x", media_type="image/png", owner="ana" if number % 2 else "bo")
    server.add("in/a.pdf", b"x", media_type="application/pdf", owner="ana")
    found, cursor = [], None
    while True:
        page, cursor = api.list_assets({"type": ["image/*"], "owner": "bo"}, cursor, limit=2)
        found += [asset.id for asset in page]
        if cursor is None:
            break
    assert found == ["in/0.png", "in/2.png", "in/4.png"]
    assert page[0].modified_at is not None


def test_derived_content_and_status(api: ContentApi, server: Store) -> None:
    server.add("in/1.png", b"x")
    api.upload("in/1.png.reading.json", body(b"{}"), derived_from="in/1.png", metadata={"kind": "receipt"})
    api.set_status("in/1.png", "read", metadata={"reading": "in/1.png.reading.json"})
    assert server.files["in/1.png.reading.json"].about["derived_from"] == "in/1.png"
    assert server.files["in/1.png.reading.json"].about["metadata"] == {"kind": "receipt"}
    assert server.files["in/1.png"].about["status"] == "read"
    with pytest.raises(BlobMissing):
        api.set_status("in/none", "read")


@pytest.mark.parametrize("fault", [500, 503, 429, 408])
def test_what_may_pass_is_tried_again(api: ContentApi, server: Store, fault: int) -> None:
    server.add("a", b"abc")
    server.faults.extend([fault, fault])
    assert api.asset("a").bytes == 3
    server.signed_faults.extend([fault])
    assert read(api, "a") == b"abc"
    server.signed_faults.extend([fault])
    api.upload("b", body(b"xyz"))
    assert server.files["b"].data == b"xyz"


def test_what_does_not_pass_is_told_after_some_tries(api: ContentApi, server: Store) -> None:
    server.faults.extend([503] * 3)
    with pytest.raises(StorageUnavailable, match="status 503"):
        api.asset("a")
    assert len(server.asked) == 3


def test_a_torn_stream_goes_on_where_it_broke(api: ContentApi, server: Store) -> None:
    data = bytes(i % 251 for i in range(100_000))
    server.add("a", data)
    server.signed_faults.extend(["tear", "tear"])
    assert read(api, "a", 10) == data[10:]
    starts = [headers["Range"] for method, path, headers in server.asked if path.startswith("/signed/")]
    assert len(starts) == 3
    assert starts[0].startswith("bytes=10-")
    assert starts[1] != starts[0]


def test_an_expired_address_is_asked_for_anew(api: ContentApi, server: Store) -> None:
    server.add("a", b"abc")
    server.signed_faults.extend([403])
    assert read(api, "a") == b"abc"


def test_a_store_without_ranges_is_read_too(api: ContentApi, server: Store) -> None:
    server.ranges = False
    server.add("a", b"0123456789")
    assert read(api, "a", 3, 7) == b"3456"


def test_a_file_replaced_while_it_is_read_is_noticed(api: ContentApi, server: Store) -> None:
    server.add("a", b"0123456789")
    with pytest.raises(StorageUnavailable, match="replaced meanwhile"):
        read(api, "a", etag="another")


def test_a_wrong_token_a_full_store_and_refusals_are_told(server: Store, api: ContentApi) -> None:
    with pytest.raises(StorageUnavailable, match="SCOUT_CONTENT_TOKEN"):
        ContentApi(server.url, "wrong", LIMITS).asset("a")
    server.faults.append(507)
    with pytest.raises(StorageFull):
        api.upload("a", body(b"x"))
    server.faults.append(422)
    with pytest.raises(ContentRefused, match="told to"):
        api.upload("a", body(b"x"))
    server.faults.append("nonsense")
    with pytest.raises(ContentRefused, match="no JSON"):
        api.asset("a")


def test_a_signed_address_in_a_private_network_is_refused(server: Store, api: ContentApi) -> None:
    server.add("a", b"abc")
    server.elsewhere = server.url.replace("127.0.0.1", "localhost").removesuffix("/api")
    with pytest.raises(UrlRefused, match="private network"):
        read(api, "a")
    trusting = ContentApi(server.url, TOKEN, FetchLimits(max_bytes=10**9, total_s=10, pause_s=0.01, allow_private=True))
    assert read(trusting, "a") == b"abc"


def test_the_signature_is_in_no_message(server: Store, api: ContentApi) -> None:
    server.add("a", b"abc")
    server.signed_faults.extend([404])
    with pytest.raises(Exception) as caught:
        read(api, "a")
    assert "secret" not in str(caught.value)
    server.signed_faults.extend([500] * 20)
    with pytest.raises(StorageUnavailable) as told:
        read(api, "a")
    assert "secret" not in str(told.value)


def test_nobody_answers(tmp_path: Path) -> None:
    away = ContentApi("http://127.0.0.1:9", "", FetchLimits(max_bytes=1, total_s=2, attempts=1))
    with pytest.raises(StorageUnavailable, match="content API up"):
        away.asset("a")


def test_the_setting_names_it(server: Store, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, blob_url=server.url, content_token=TOKEN)  # type: ignore[arg-type]
    store = bootstrap.blobs(settings)
    assert isinstance(store, ContentBlobs)
    key = store.put(b"abc", "text/plain")
    assert server.files[f"blobs/{key[:2]}/{key[2:4]}/{key}"].data == b"abc"


def test_the_token_of_our_own_store_goes_to_no_other(server: Store) -> None:
    own = {"content_token": TOKEN, "_env_file": None}
    elsewhere = Settings(blob_url="https://own.example/api", **own)  # type: ignore[arg-type]
    with pytest.raises(StorageUnavailable, match="SCOUT_SOURCE_TOKEN"):
        ContentApi.of(server.url, elsewhere).list_assets({})
    assert TOKEN not in str(server.asked)
    told = elsewhere.model_copy(update={"source_token": elsewhere.content_token})
    for settings in (told, Settings(**own), Settings(blob_url="s3://bucket", **own)):  # type: ignore[arg-type]
        assert ContentApi.of(server.url, settings).list_assets({}) == ([], None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "bytes", "name", "url", "headers", "modified_at"]), inner, max_size=6)
    ),
)


@given(JSON)
def test_whatever_a_store_says_is_understood_or_refused(said: Any) -> None:
    for understand in (asset_of, lambda item, where: ticket_of(item, where) if isinstance(item, dict) else None):
        try:
            understand(said, "store")
        except ContentRefused:
            continue


@given(st.binary(max_size=100))
def test_whatever_bytes_a_store_sends_are_an_object_or_refused(data: bytes) -> None:
    with contextlib.suppress(ContentRefused):
        assert isinstance(object_of(data, "store"), dict)
