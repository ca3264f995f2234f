"""The composition root: the only package that knows whether Scout runs embedded or distributed."""
