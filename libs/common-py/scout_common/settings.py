"""All settings, typed, read once (in scout_app.bootstrap) from the environment (SCOUT_...) and `.env`."""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """Every setting has a good default; `.env.example` lists them with one line each."""

    model_config = SettingsConfigDict(env_prefix="SCOUT_", env_file=".env", extra="ignore", frozen=True)

    # where things are
    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_url: str = ""  # how others reach the API; empty: http://host:port
    allowed_hosts: str = ""  # further names the API answers to, comma separated (*: any); this machine's own always
    database_url: str = ""  # empty: the embedded PostgreSQL
    bus_url: str = ""  # empty: the in-process bus
    # empty: in data_dir; http(s): a content API
    blob_url: str = Field("", pattern=r"^(s3://[A-Za-z0-9._-]+(/[A-Za-z0-9._/-]*)?|https?://[^\s?#@]+)?$")
    content_token: SecretStr = SecretStr("")  # what the content API of blob_url is asked with, else any that is read
    source_token: SecretStr = SecretStr("")  # what another content API than that of blob_url is asked with
    s3_endpoint_url: str = Field("", pattern=r"^(https?://\S+)?$")  # of the bucket; empty: Amazon's
    blob_cache_bytes: int = Field(40_000_000_000, gt=0)  # local copies of stored media, where blob_url is given
    prefect_api_url: str = ""  # empty: a local Prefect server as a child
    prefect_port: int = Field(4200, ge=0, le=65535)  # of the local Prefect server with its UI; 0: any free port
    health_port: int = Field(0, ge=0, le=65535)  # `scout run` answers probes there, beside its own work; 0: nowhere
    log_level: str = "INFO"

    # models with learned weights
    models_dir: str = ""  # their folder; empty: models in data_dir
    device: Literal["auto", "cpu", "cuda"] = "auto"  # where they run; auto: a GPU where there is one

    # what was read: who reads, what people look at, how it is kept
    ocr_champion: str = Field("", pattern=r"^[a-z0-9_-]*$")  # engine that answers; empty: routing over several
    ocr_strong: str = Field("", pattern=r"^(vlm|trocr)?$")  # engine that is shown the lines still in doubt; empty: none
    ocr_shadow: str = Field("", pattern=r"^[a-z0-9_-]*$")  # engine that reads beside it, to be compared; empty: none
    ocr_shadow_share: float = Field(0.0, ge=0, le=1)  # of the files, chosen by content
    review_below: float = Field(0.5, ge=0, le=1)  # values of a lower confidence are for a person to look at
    review_sample: float = Field(0.0, ge=0, le=1)  # share of the other files whose values are looked at all the same
    product_accept_above: float = Field(1.0, gt=0, le=1)  # products read from labels need nobody above it; 1: always
    master_key: SecretStr = SecretStr("")  # seals stored results: 32 bytes in base64, older keys after it
    master_key_file: str = ""  # the same in a file, a key a line
    kms_key: str = ""  # or a key of a key management service (id, ARN or alias)
    kms_endpoint_url: str = Field("", pattern=r"^(https?://\S+)?$")  # of another KMS than Amazon's
    # days that things are kept, by kind; empty: for ever
    retention: str = Field("", pattern=r"^\s*([a-z]+\s*=\s*\d{1,5}\s*(,\s*[a-z]+\s*=\s*\d{1,5}\s*)*)?$")

    # how much at once
    workers: int = Field(default_factory=_cores, ge=1)
    stage_window: int = Field(default_factory=lambda: max(16, 4 * _cores()), ge=1)  # units of a stage in flight
    db_pool_size: int = Field(5, ge=1)  # connections of the parent process; a worker process has 2

    # how patient the ledger is
    lease_s: float = Field(60.0, gt=0)
    max_attempts: int = Field(4, ge=1)
    backoff_s: float = Field(2.0, ge=0)  # doubled at each attempt, with jitter
    backoff_cap_s: float = Field(300.0, ge=0)
    lost_message_s: float = Field(300.0, gt=0)  # a published unit nobody claimed is published again after this
    pick_up_s: float = Field(10.0, ge=0)  # the keeper starts a job that no flow run picked up within this
    unit_timeout_s: float = Field(3600.0, gt=0)  # a worker that shows no result for so long is ended
    drain_s: float = Field(5.0, ge=0)  # how long a stopping runner lets units finish

    # reading
    ocr_readers: int = Field(default_factory=_cores, ge=1)  # processes that read for the API, started when first needed
    ocr_timeout_s: float = Field(60.0, gt=0)  # for a file that somebody waits for
    ocr_long_timeout_s: float = Field(900.0, gt=0)  # for a file of a job or of the command line
    ocr_queue: int = Field(1000, ge=1)  # files of OCR jobs waiting; beyond, and at as many in the API, 429
    webhook_secret: SecretStr = SecretStr("")  # signs webhooks; empty: they are not signed
    vlm_url: str = Field("", pattern=r"^(https?://\S+)?$")  # OpenAI-compatible endpoint up to /v1, for the engine vlm
    vlm_model: str = ""  # its model
    vlm_key: SecretStr = SecretStr("")  # sent as bearer token; empty: none
    vlm_prompt: str = ""  # what it is asked; {width} and {height} of the picture are filled in; empty: our own
    vlm_timeout_s: float = Field(60.0, gt=0)  # for one picture
    trocr_dir: str = ""  # checkpoint of a VisionEncoderDecoder, for the engine trocr (needs the extra `learned`)

    # what comes from outside
    allow_private_urls: bool = False  # addresses of the local network in catalogues and media lists
    http_timeout_s: float = Field(30.0, gt=0)
    http_retries: int = Field(2, ge=0)
    max_image_bytes: int = Field(50_000_000, gt=0)
    max_image_pixels: int = Field(100_000_000, gt=0, le=178_000_000)  # Pillow itself opens no more
    max_media_bytes: int = Field(20_000_000_000, gt=0)
    max_upload_bytes: int = Field(50_000_000, gt=0)  # a catalogue, a picture in a form; media go in parts
    requests_per_host_s: float = Field(10.0, gt=0)  # requests to one host a second, over all processes of a machine
    media_domains: str = ""  # sites that media may be fetched from, comma separated; empty: any
    max_video_s: float = Field(36_000.0, gt=0)  # longest video taken from a video site
    max_search_results: int = Field(20, ge=1)  # videos taken from one search, playlist or channel
    upload_expires_s: float = Field(86_400.0, gt=0)  # an unfinished upload is forgotten after this without a part

    def told(self) -> dict[str, Any]:
        """All settings as JSON values, secrets in plain words: for processes of ours, never for a log."""
        secrets = {name: value for name, value in self if isinstance(value, SecretStr)}
        return self.model_dump(mode="json") | {name: value.get_secret_value() for name, value in secrets.items()}

    @property
    def blob_dir(self) -> Path:
        """Where LocalBlobs keeps its files."""
        return self.data_dir

    @property
    def blob_cache_dir(self) -> Path:
        """Where S3Blobs keeps copies for code that needs a path."""
        return self.scratch_dir / "blobs"

    @property
    def model_folder(self) -> Path:
        """Where models with learned weights are, one folder each."""
        return Path(self.models_dir) if self.models_dir else self.data_dir / "models"

    @property
    def upload_dir(self) -> Path:
        """Where uploads lie until they are whole; every process of the API needs the same."""
        return self.data_dir / "uploads"

    @property
    def scratch_dir(self) -> Path:
        """Where unfinished downloads and work files lie; may be emptied when nothing runs."""
        return self.data_dir / "scratch"
