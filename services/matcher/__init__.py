"""Catalogue and keyframes in, sightings out."""
