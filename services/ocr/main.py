"""The OCR service."""

from scout_common.work import Service

from services.ocr.handler import handle
from services.ocr.store import open_unit, save

SERVICE = Service(name="ocr", stages=("ocr", "ocr_shadow"), open=open_unit, handle=handle, save=save)
