"""One folder per service: handler.py decides, store.py reads and writes, main.py names them."""
