"""The figures this project has to reach: `python -m bench` measures them, `--compare FILE` tells what got worse."""
