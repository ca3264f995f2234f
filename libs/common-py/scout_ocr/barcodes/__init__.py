"""Bar codes and QR codes: `read_barcodes(image)`; `merge_frames` for one code seen in several pictures."""

from scout_ocr.barcodes.confirm import confirm
from scout_ocr.barcodes.frames import merge_frames
from scout_ocr.barcodes.reader import read_barcodes

__all__ = ["confirm", "merge_frames", "read_barcodes"]
