"""Reads files for whoever asks: at once, as jobs, in batches."""
