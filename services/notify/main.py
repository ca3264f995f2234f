"""The service that tells others."""

from scout_common.work import Service

from services.notify.handler import handle
from services.notify.store import open_unit, save

SERVICE = Service(name="notify", stages=("notify",), open=open_unit, handle=handle, save=save)
