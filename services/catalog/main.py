"""The catalogue service."""

from scout_common.work import Service

from services.catalog.handler import handle
from services.catalog.store import open_unit, save

SERVICE = Service(name="catalog", stages=("catalog",), open=open_unit, handle=handle, save=save)
