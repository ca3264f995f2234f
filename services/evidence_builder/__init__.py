"""Sightings in, proofs and pictures out."""
