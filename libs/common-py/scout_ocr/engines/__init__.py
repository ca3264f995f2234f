"""Engines: each reads a picture's words, alone. `scout_ocr.routing` decides which of them sees what."""
