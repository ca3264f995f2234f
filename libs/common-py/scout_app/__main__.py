"""`python -m scout_app`: the command `scout`."""

from scout_app.cli import main

main()
