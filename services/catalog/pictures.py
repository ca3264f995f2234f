"""Brings the pictures that a catalogue names: from files or the web, prepared once per content, kept as blobs."""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from scout_common.assets import Asset
from scout_common.blobs import BlobStore
from scout_common.errors import BlobMissing
from scout_common.fetch import SYSTEM, FetchFailed, FetchInterrupted, FetchLimits, Network, UrlRefused, fetch
from scout_common.settings import Settings
from scout_common.transfer import UNKNOWN
from scout_common.web_cache import Copy, WebCache, copy_of
from scout_vision.errors import VisionError
from scout_vision.image import ImageLimits, Picture, encode_jpeg, thumbnail
from scout_vision.packshot import product_image, warnings_of

from services.catalog.handler import Prepared, Unusable
from services.catalog.sources import Beside, OnTheWeb

PREPARATION = "1"
"""Part of the name under which a prepared picture is remembered: raise it when preparation changes."""
LONGEST_SIDE = 2048
"""No stage looks closer; the larger half of a studio's 50-megapixel file would only be carried around."""
LOSSLESS_PIXELS = 256 * 256
"""Smaller pictures lose what little they show to JPEG, and cost little without loss."""
_AT_ONCE = 8
_PATIENCE = 5


class Pictures:
    """The pictures of one catalogue, for as long as it is read. A source that was asked for is not asked again."""

    def __init__(
        self,
        blobs: BlobStore,
        place: Beside | OnTheWeb,
        settings: Settings,
        network: Network = SYSTEM,
        cache: WebCache | None = None,
    ) -> None:
        self._blobs = blobs
        self._place = place
        self._fetching = FetchLimits.for_images(settings)
        self._limits = ImageLimits(file_bytes=settings.max_image_bytes, pixels=settings.max_image_pixels)
        self._network = network
        self._cache = cache
        self._fetched_now: list[Copy] = []
        self._known: dict[str, Prepared | Unusable] = {}
        self._unanswered: Counter[str] = Counter()  # host -> addresses in a row that gave nothing in time

    def prepare(self, sources: Sequence[str]) -> list[Prepared | Unusable]:
        """Each source as a stored picture, or why not. Raises StorageFull."""
        new = [source for source in dict.fromkeys(sources) if source not in self._known]
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pictures") as threads:
            # In small groups: what waits to be decoded lies in memory.
            for start in range(0, len(new), _AT_ONCE):
                group = new[start : start + _AT_ONCE]
                copies = self._copies(group)
                for source, data in zip(group, threads.map(partial(self._load, copies), group), strict=True):
                    self._known[source] = self._prepared(data) if isinstance(data, bytes) else data
                self._remember()
        return [self._known[source] for source in sources]

    def _copies(self, sources: Sequence[str]) -> dict[str, tuple[Copy, Prepared]]:
        """By address: what it gave to an earlier catalogue, where what that became is still stored."""
        if self._cache is None:
            return {}
        urls: list[str] = []
        for source in sources:
            with suppress(ValueError):
                found = self._place.locate(source)
                urls += [found] if isinstance(found, str) else []
        known = ((copy, self._remembered(_memo(copy.sha256))) for copy in self._cache.look_up(urls).values())
        return {copy.url: (copy, prepared) for copy, prepared in known if prepared is not None}

    def _remember(self) -> None:
        if self._cache is not None:
            self._cache.remember(self._fetched_now)
        self._fetched_now.clear()

    def _load(self, copies: Mapping[str, tuple[Copy, Prepared]], source: str) -> bytes | Prepared | Unusable:
        try:
            found = self._place.locate(source)
        except ValueError as error:
            return Unusable(message=str(error))
        return self._fetched(found, copies.get(found)) if isinstance(found, str) else self._read(found)

    def _fetched(self, url: str, earlier: tuple[Copy, Prepared] | None) -> bytes | Prepared | Unusable:
        host = urlsplit(url).netloc
        if self._unanswered[host] >= _PATIENCE:
            return Unusable(message=f"{host} gave no answer {_PATIENCE} times in a row and was not asked again")
        try:
            known = earlier[0].validators if earlier else UNKNOWN
            got = fetch(url, self._fetching, known=known, network=self._network)
        except FetchInterrupted as error:
            self._unanswered[host] += 1
            return Unusable(message=error.message, hint=error.hint)
        except (UrlRefused, FetchFailed) as error:
            return Unusable(message=error.message, hint=error.hint)
        self._unanswered[host] = 0
        if got.unchanged and earlier:
            return earlier[1]
        self._fetched_now.append(copy_of(url, got))
        return got.data

    def _read(self, path: Path) -> bytes | Unusable:
        try:
            if not path.is_file():  # also keeps devices and pipes out, which never end
                return Unusable(
                    message="there is no such file",
                    hint=f"Looked for {path}; relative paths start where the catalogue lies.",
                )
            if path.stat().st_size > self._limits.file_bytes:
                return Unusable(message=f"the file is larger than the {self._limits.file_bytes / 1e6:.0f} MB allowed")
            return path.read_bytes()
        except (OSError, ValueError) as error:
            return Unusable(message=f"the file cannot be read: {getattr(error, 'strerror', None) or error}")

    def _prepared(self, data: bytes) -> Prepared | Unusable:
        sha256 = hashlib.sha256(data).hexdigest()
        memo = _memo(sha256)
        remembered = self._remembered(memo)
        if remembered is not None:
            return remembered
        try:
            image = thumbnail(product_image(data, self._limits), LONGEST_SIDE)
        except VisionError as error:
            return Unusable(message=str(error), hint=error.hint)
        prepared = self._stored(image)
        self._blobs.put_named(memo, json.dumps(asdict(prepared)).encode())
        return prepared

    def _remembered(self, memo: str) -> Prepared | None:
        """What an earlier catalogue made of the same bytes, if the picture is still stored."""
        try:
            said = json.loads(self._blobs.get(memo))
        except BlobMissing:
            return None
        asset = Asset(**said["asset"])
        warnings = tuple((kind, message) for kind, message in said["warnings"])
        if not self._blobs.exists(asset.sha256):
            return None
        return Prepared(asset=asset, width=said["width"], height=said["height"], warnings=warnings)

    def _stored(self, image: Picture) -> Prepared:
        height, width = image.shape[:2]
        small = height * width <= LOSSLESS_PIXELS
        data = _lossless(image) if small else encode_jpeg(image, quality=95)
        media_type = "image/webp" if small else "image/jpeg"
        asset = Asset(sha256=self._blobs.put(data, media_type), media_type=media_type, bytes=len(data))
        warnings = tuple((warning.kind, warning.message) for warning in warnings_of(image))
        return Prepared(asset=asset, width=width, height=height, warnings=warnings)


def _memo(sha256: str) -> str:
    """Where it is remembered what the bytes of that hash became."""
    return f"prepared/{PREPARATION}/{sha256[:2]}/{sha256}.json"


def _lossless(image: Picture) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(image).save(sink, "WEBP", lossless=True, quality=50, method=3)
    return sink.getvalue()
