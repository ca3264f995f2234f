"""Product pictures in, vectors out."""
