"""`scout match`: the whole job as one command, without servers."""

import os
import re
from collections.abc import Callable
from inspect import Signature, signature
from pathlib import Path
from typing import Annotated, Any

import typer
from scout_common.errors import BadRequest

Catalogue = Annotated[
    str, typer.Option("--catalogue", "-c", help="CSV, JSON, product feed, folder of pictures, or URL.", metavar="FILE")
]
Query = Annotated[
    str | None, typer.Option("--query", "-q", help="Only products of the catalogue that hold all these words.")
]
Media = Annotated[list[str], typer.Argument(help="Videos, photos, folders, globs or URLs.", show_default=False)]
Json = Annotated[Path | None, typer.Option("--json", help="Write sightings and candidates as JSON.", dir_okay=False)]
ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write one HTML file with the evidence inside.", dir_okay=False)
]
Proofs = Annotated[
    Path | None,
    typer.Option(
        "--proofs",
        help="Write proofs and evidence here, for `scout evidence verify FILE`.",
        file_okay=False,
        metavar="DIR",
    ),
]
Exhibitors = Annotated[
    Path | None,
    typer.Option("--exhibitors", help="The show's exhibitor list: CSV of company, booth, hall ...", metavar="FILE"),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", "--data-dir", help="Data folder (SCOUT_DATA_DIR, else ./data): what was computed is kept."),
]
Least = Annotated[float, typer.Option("--min-probability", "-p", min=0, max=1, help="Claims from here on.")]
Density = Annotated[
    float, typer.Option("--keyframe-density", min=0.1, max=60, help="At least one keyframe each so many seconds.")
]
Show = Annotated[str | None, typer.Option("--show", help="Name of the trade show; booth numbers recur at every fair.")]
Place = Annotated[str | None, typer.Option("--place", help="Where the show is.")]
Starts = Annotated[str | None, typer.Option("--show-starts", help="First day of the show, 2026-03-02.")]
Ends = Annotated[str | None, typer.Option("--show-ends", help="Its last day.")]
Stages = Annotated[
    list[str] | None, typer.Option("--stage", help="Only this stage; may be given several times (default: all).")
]
Title = Annotated[str | None, typer.Option("--title", help="What to call the job.")]
Strict = Annotated[bool, typer.Option("--strict", help="Load no product where a row of the catalogue is bad.")]
Evidence = Annotated[bool, typer.Option("--evidence/--no-evidence", help="Draw the picture that proves a sighting.")]
Reading = Annotated[bool, typer.Option("--reading/--no-reading", help="Read labels and booth signs.")]
SignSeconds = Annotated[
    float, typer.Option("--sign-seconds", min=0, max=3600, help="CPU seconds for signs, per hour of media.")
]
Extractor = Annotated[str, typer.Option("--extractor", help="Local features: rootsift, or kornia:NAME.")]
Embedder = Annotated[str, typer.Option("--embedder", help="Vectors: appearance, onnx:NAME, open_clip:NAME.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Worker processes (default: one per core).")]


def asked_for(
    *,
    media: Media,
    catalogue: Catalogue,
    query: Query = None,
    title: Title = None,
    min_probability: Least = 0.5,
    keyframe_density: Density = 2.0,
    show: Show = None,
    place: Place = None,
    show_starts: Starts = None,
    show_ends: Ends = None,
    stage: Stages = None,
    strict: Strict = False,
    evidence: Evidence = True,
    reading: Reading = True,
    sign_seconds: SignSeconds = 60.0,
    extractor: Extractor = "rootsift",
    embedder: Embedder = "appearance",
) -> dict[str, object]:
    """The one list of the options that say what a job is to find, and the request they mean."""
    return job_request(
        catalogue=catalogue,
        media=media,
        query=query,
        title=title,
        strict=strict,
        show=show,
        place=place,
        starts_on=show_starts,
        ends_on=show_ends,
        stages=stage,
        min_probability=min_probability,
        keyframe_density_s=keyframe_density,
        evidence=evidence,
        reading=reading,
        sign_seconds=sign_seconds,
        extractor=extractor,
        embedder=embedder,
    )


def asks_for_a_job(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of `asked_for` before its own; it is handed what they mean as `request`."""
    return _asking(command, asked_for)


def asks_for_jobs(command: Callable[..., None]) -> Callable[..., None]:
    """The same for a command that finds the media by itself: its `request` names none."""

    def without_media(**given: Any) -> dict[str, object]:
        return {name: value for name, value in asked_for(media=[], **given).items() if name != "media"}

    of_one = signature(asked_for)
    options = [parameter for parameter in of_one.parameters.values() if parameter.name != "media"]
    without_media.__signature__ = of_one.replace(parameters=options)  # type: ignore[attr-defined]
    return _asking(command, without_media)


def _asking(command: Callable[..., None], meaning: Callable[..., dict[str, object]]) -> Callable[..., None]:
    asked = list(signature(meaning).parameters.values())
    own = [parameter for parameter in signature(command).parameters.values() if parameter.name != "request"]

    def ask(**given: Any) -> None:
        request = meaning(**{parameter.name: given.pop(parameter.name) for parameter in asked})
        command(request=request, **given)

    ask.__name__, ask.__doc__ = command.__name__, command.__doc__
    ask.__signature__ = Signature([*asked, *own])  # type: ignore[attr-defined]  # what typer reads
    ask.__annotations__ = {parameter.name: parameter.annotation for parameter in (*asked, *own)}
    return ask


@asks_for_a_job
def match(
    *,
    request: dict[str, object],
    json: Json = None,
    report: ReportFile = None,
    proofs: Proofs = None,
    exhibitors: Exhibitors = None,
    data: Data = None,
    workers: Workers = None,
) -> None:
    """Find the catalogue's products in videos and photos, with proof.

    Ends 0 when everything was searched (found or not), 3 when some input could not be used, 1 when the job failed,
    130 when interrupted. What earlier runs computed in the data folder is used again.
    """
    from scout_app import oneshot

    written = oneshot.Written(json=json, report=report, proofs=proofs)
    ended = oneshot.run(request, data_dir=data, workers=workers, written=written, exhibitors=exhibitors)
    raise typer.Exit(ended)


def job_request(
    *,
    catalogue: str,
    media: list[str],
    query: str | None = None,
    title: str | None,
    strict: bool,
    show: str | None,
    place: str | None,
    starts_on: str | None,
    ends_on: str | None,
    stages: list[str] | None,
    **options: object,
) -> dict[str, object]:
    """The job as POST /start-job takes it; local paths absolute, for the server may stand in another folder."""
    request: dict[str, object] = {
        "catalogue": absolute(catalogue),
        "media": [absolute(medium) for medium in media],
        "strict": strict,
        "options": options | ({"stages": stages} if stages else {}),
    }
    if query:
        request["query"] = query
    if title:
        request["title"] = title
    if show:
        about = {"name": show, "place": place, "starts_on": starts_on, "ends_on": ends_on}
        request["show"] = {name: value for name, value in about.items() if value}
    elif place or starts_on or ends_on:
        given = "--place, --show-starts, --show-ends"
        raise BadRequest("which show is that of?", subject=given, hint="add --show NAME")
    return request


_ELSEWHERE = re.compile(r"[a-z][a-z0-9.]*search(date)?\d{0,4}:.|upload:")
"""A search on a video site (`ytsearch5:food expo`), a file that was uploaded."""


def absolute(place: str) -> str:
    """A local path as another process finds it; an address as it is."""
    if "://" in place or _ELSEWHERE.match(place):
        return place
    return str(Path(os.path.expanduser(place)).absolute())  # noqa: PTH111  (Path's own raises at `~nobody-here`)
