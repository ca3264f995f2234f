"""Reads a catalogue and prepares its pictures: products.collect.request -> products.images.ready."""
