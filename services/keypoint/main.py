"""The keypoint service."""

from scout_common.work import Service

from services.keypoint.handler import handle
from services.keypoint.store import open_unit, save

SERVICE = Service(name="keypoint", stages=("keypoint_product", "keypoint"), open=open_unit, handle=handle, save=save)
