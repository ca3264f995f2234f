"""The vector index service; its search over HTTP is in api.py."""

from scout_common.work import Service

from services.vector_index.handler import handle
from services.vector_index.store import open_unit, save

SERVICE = Service(
    name="vector_index", stages=("vector_index", "frame_search"), open=open_unit, handle=handle, save=save
)
