"""Pure image work: arrays and bytes in, frozen dataclasses out."""
