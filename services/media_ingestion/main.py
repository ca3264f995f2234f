"""The media ingestion service."""

from scout_common.work import Service

from services.media_ingestion.handler import handle
from services.media_ingestion.store import open_unit, save

SERVICE = Service(name="media_ingestion", stages=("media_ingestion",), open=open_unit, handle=handle, save=save)
