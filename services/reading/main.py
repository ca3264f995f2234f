"""The reading service: labels, signs, booths."""

from scout_common.work import Service

from services.reading.handler import handle
from services.reading.store import open_unit, save

SERVICE = Service(
    name="reading",
    stages=("product_text", "region_text", "signs", "booths"),
    open=open_unit,
    handle=handle,
    save=save,
)
