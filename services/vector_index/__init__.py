"""The catalogue's features and vectors become searchable: pgvector for vectors, a voting index for local features."""
