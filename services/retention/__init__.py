"""How long things are kept, and their removal: files, results and derived data at the last reference."""
