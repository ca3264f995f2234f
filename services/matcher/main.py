"""The matcher service."""

from scout_common.work import Service

from services.matcher.handler import handle
from services.matcher.store import open_unit, save

SERVICE = Service(name="matcher", stages=("matcher", "sightings"), open=open_unit, handle=handle, save=save)
