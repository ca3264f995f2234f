"""How much, what and how long is fetched from strangers, and how it is told when that was not enough."""

from dataclasses import dataclass, replace

from scout_common.errors import PermanentError, TransientError
from scout_common.pace import Pace
from scout_common.settings import Settings


class FetchFailed(PermanentError):
    """The address gives nothing that can be used."""


class WrongType(FetchFailed):
    """The address gives another kind of file than is wanted."""


class FetchInterrupted(TransientError):
    """The address does not answer properly at the moment."""

    default_hint = "try again later, or download the file and give its path"
    retry_after_s = 0.0  # what the server asked for


@dataclass(frozen=True, kw_only=True)
class FetchLimits:
    """How much, what and how long. `total_s` covers everything: names, redirects, repetitions, the last byte."""

    max_bytes: int
    total_s: float
    silence_s: float = 10.0  # longest wait for a connection or for the next bytes
    slowest_bytes_s: int = 1024  # an average below this after half a minute is given up
    media_types: tuple[str, ...] = ()  # accepted beginnings, like "image/"; (): any
    refused_types: tuple[str, ...] = ()  # but not these
    redirects: int = 5
    attempts: int = 3
    pause_s: float = 0.5  # before the second attempt; doubled each time
    allow_private: bool = False
    pace: Pace | None = None

    @staticmethod
    def for_images(settings: Settings) -> "FetchLimits":
        """Pictures of a catalogue, photos."""
        return FetchLimits(
            max_bytes=settings.max_image_bytes,
            total_s=settings.http_timeout_s,
            silence_s=min(10.0, settings.http_timeout_s),
            media_types=("image/",),
            attempts=1 + settings.http_retries,
            allow_private=settings.allow_private_urls,
            pace=Pace(folder=settings.scratch_dir / "pace", per_second=settings.requests_per_host_s),
        )

    @staticmethod
    def for_catalogues(settings: Settings) -> "FetchLimits":
        """A catalogue file: text of any declared type."""
        limits = FetchLimits.for_images(settings)
        return replace(limits, max_bytes=settings.max_upload_bytes, total_s=4 * settings.http_timeout_s, media_types=())

    @staticmethod
    def for_media(settings: Settings) -> "FetchLimits":
        """Videos and photos: large, so the unit's own time is the limit, and a crawling server is given up."""
        limits = FetchLimits.for_images(settings)
        return replace(
            limits,
            max_bytes=settings.max_media_bytes,
            total_s=0.9 * settings.unit_timeout_s,
            slowest_bytes_s=32_768,
            media_types=("image/", "video/", "audio/", "application/mp4", "application/mxf", "application/vnd."),
            refused_types=("audio/mpegurl", "audio/x-mpegurl", "application/vnd.apple.mpegurl"),  # lists of parts
        )
