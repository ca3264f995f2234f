"""Files of a backfill on other machines: of an S3 prefix, or of a content API."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from scout_common.content_api import Body, ContentApi
from scout_common.errors import BlobMissing, NotFound, StorageUnavailable

from services.backfill.items import RESULT, Item, Listed, Wanted, fair, first_folder, paged


class S3Source:
    """Objects below a prefix, which is a folder: `in` is not `in-private`.

    owner: as the bucket says it; tenant: the first folder below the prefix."""

    def __init__(self, url: str, client: Any) -> None:
        parts = urlsplit(url)
        self._bucket, below = parts.netloc, parts.path.strip("/")
        self._prefix = f"{below}/" if below else ""
        self._client = client
        self.name = f"s3://{self._bucket}/{self._prefix}"

    def pages(self, cursor: str | None, wanted: Wanted) -> Iterator[Listed]:
        yield from paged(self._items(cursor), wanted)

    def read(self, item: str, most: int) -> bytes:
        body = self._told(item, lambda: self._client.get_object(Bucket=self._bucket, Key=item)["Body"])
        return fair(bytes(self._told(item, lambda: body.read(most + 1))), most, item)

    def keep(self, item: str, ending: str, data: bytes, media_type: str, about: Mapping[str, Any]) -> None:
        named = {"Bucket": self._bucket, "Key": f"{item}{RESULT}{ending}"}
        metadata = {name: str(value)[:500] for name, value in about.items() if str(value).isascii()}
        self._told(item, lambda: self._client.put_object(**named, Body=data, ContentType=media_type, Metadata=metadata))

    def mark(self, item: str, status: str, detail: str = "") -> None:
        """An object has no status."""

    def _items(self, cursor: str | None) -> Iterator[Item]:
        asked: dict[str, Any] = {"Bucket": self._bucket, "Prefix": self._prefix, "FetchOwner": True}
        if cursor:
            asked["StartAfter"] = cursor
        while True:
            page = self._told(self.name, lambda: self._client.list_objects_v2(**asked))
            for held in page.get("Contents", ()):
                below = held["Key"].removeprefix(self._prefix).lstrip("/")
                yield Item(
                    id=held["Key"],
                    name=below,
                    bytes=int(held["Size"]),
                    modified_at=held["LastModified"],
                    owner=str(held.get("Owner", {}).get("DisplayName") or held.get("Owner", {}).get("ID") or ""),
                    tenant=first_folder(below),
                )
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _told(self, item: str, ask: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return ask()
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in {"404", "NoSuchKey", "NotFound"}:
                raise BlobMissing(subject=item, hint="it was removed since it was listed") from error
            if code == "NoSuchBucket":
                raise NotFound("there is no such bucket", subject=self._bucket) from error
            raise StorageUnavailable(f"the object store answers {code or error}", subject=item) from error
        except BotoCoreError as error:
            raise StorageUnavailable(f"the object store does not answer: {error}", subject=item) from error


class ContentSource:
    """Assets of a content API, which filters them itself and is told how far each one is."""

    def __init__(self, api: ContentApi) -> None:
        self._api = api
        self.name = api.base

    def pages(self, cursor: str | None, wanted: Wanted) -> Iterator[Listed]:
        asked: dict[str, str | list[str]] = {}
        if not any(one.startswith(".") for one in wanted.types):  # the protocol knows no endings: those we filter
            asked["type"] = list(wanted.types)
        asked |= {name: value for name in ("owner", "tenant") if (value := getattr(wanted, name))}
        times = (("modified_after", wanted.since), ("modified_before", wanted.until))
        asked |= {name: value.isoformat() for name, value in times if value is not None}
        names = ("id", "name", "bytes", "media_type", "modified_at", "owner", "tenant")
        while True:
            assets, cursor = self._api.list_assets({name: value for name, value in asked.items() if value}, cursor)
            items = [Item(**{name: getattr(asset, name) for name in names}) for asset in assets]
            yield Listed(items=tuple(item for item in items if wanted.takes(item)), cursor=cursor)
            if cursor is None:
                return

    def read(self, item: str, most: int) -> bytes:
        asset = self._api.asset(item)
        if asset.bytes > most:
            return fair(b"", -1, item)
        return b"".join(self._api.read(item, 0, asset.bytes, asset.etag))

    def keep(self, item: str, ending: str, data: bytes, media_type: str, about: Mapping[str, Any]) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        body = Body(open=lambda: (data,), bytes=len(data), sha256=sha256, media_type=media_type)
        self._api.upload(f"{item}{RESULT}{ending}", body, derived_from=item, metadata=about)

    def mark(self, item: str, status: str, detail: str = "") -> None:
        self._api.set_status(item, status, detail=detail)
