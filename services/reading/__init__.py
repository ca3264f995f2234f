"""Reads labels of products, of matched places and signs along the way; says at which booth a sighting stood."""
