"""Reading: text, codes and fields of images and documents. Pure: arrays and bytes in, frozen dataclasses out."""
