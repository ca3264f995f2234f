"""The embedding service."""

from scout_common.work import Service

from services.embedding.handler import handle
from services.embedding.store import open_unit, save

SERVICE = Service(name="embedding", stages=("embedding", "embedding_frame"), open=open_unit, handle=handle, save=save)
