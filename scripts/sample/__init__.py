"""A small trade-show hall drawn by code: packs, booths, a camera that walks, and the exact truth about all of it.

The modules follow the way of a picture: `vocabulary` and `catalogue` decide what exists, `canvas`, `lettering`,
`motifs`
and `packs` draw the prints, `hall` puts them into a room, `camera` walks, `render` projects, `film` records,
`truth` writes down what was visible. `scenes` gives single random pictures for calibration.
"""

VERSION = "1"
