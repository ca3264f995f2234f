"""`scout smoke`: does an installation work, and how fast is each stage?"""

from pathlib import Path
from typing import Annotated

import typer

Url = Annotated[str | None, typer.Option("--url", help="Where it answers (SCOUT_URL, else this machine).")]
Sample = Annotated[Path | None, typer.Option("--sample", help="The sample's folder; rendered there where missing.")]
Catalogue = Annotated[
    str | None, typer.Option("--catalogue", help="Its catalogue.csv as the installation's services see it.")
]


def smoke(*, url: Url = None, sample: Sample = None, catalogue: Catalogue = None) -> None:
    """Run the sample against an installation: its media are uploaded, its catalogue has to be where services see it.

    What an installation has seen before it does not compute again: the times are those of the first run."""
    from scout_app import bootstrap
    from scout_app.smoke import run

    raise typer.Exit(run(url, sample or bootstrap.read_settings().data_dir / "sample", catalogue))
