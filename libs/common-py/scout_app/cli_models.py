"""`scout models ...`: models with learned weights, in the folder SCOUT_MODELS_DIR."""

import re
import shutil
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Models with learned weights (docs/models.md).", no_args_is_help=True)

Model = Annotated[
    str,
    typer.Option(
        "--model", help="A model of open_clip, a JSON file with its configuration, `disk` or `hardnet`.", metavar="NAME"
    ),
]
Checkpoint = Annotated[Path | None, typer.Option("--checkpoint", help="File with the weights.", metavar="FILE")]
Pretrained = Annotated[
    str | None,
    typer.Option("--pretrained", help="DOWNLOAD the weights that open_clip knows by this tag.", metavar="TAG"),
]
Name = Annotated[str | None, typer.Option("--name", help="What jobs call it (default: the model's name, lower case).")]
Int8 = Annotated[bool, typer.Option("--int8", help="Quantise the ONNX files: smaller, about twice as fast on a CPU.")]
Text = Annotated[bool, typer.Option("--text/--no-text", help="The text tower too, to find frames by words.")]
Resize = Annotated[
    str | None,
    typer.Option("--resize", help="shortest, longest or squash (default: as the model was trained).", metavar="HOW"),
]
Replace = Annotated[bool, typer.Option("--replace", help="In place of a model of that name.")]
Folder = Annotated[
    Path | None, typer.Option("--models-dir", help="Folder of the models (SCOUT_MODELS_DIR, else models in the data).")
]
Named = Annotated[list[str] | None, typer.Argument(help="Names of models (default: all).", show_default=False)]

AGREES = 0.999
AGREES_INT8 = 0.97


@app.command()
def export(
    *,
    model: Model,
    checkpoint: Checkpoint = None,
    pretrained: Pretrained = None,
    name: Name = None,
    int8: Int8 = False,
    text: Text = True,
    resize: Resize = None,
    replace: Replace = False,
    models_dir: Folder = None,
) -> None:
    """Make a model of this name from weights: ONNX for the CPU, torch's own for a GPU, and a manifest beside them.

    Nothing is downloaded unless --pretrained asks for it.
    """
    from scout_common.errors import BadRequest, Conflict
    from scout_common.models import NAME
    from scout_vision.learned.export import Recipe
    from scout_vision.learned.export import export as make

    called = name or re.sub(r"[^a-z0-9_.-]+", "-", Path(model).name.removesuffix(".json").lower())
    if not NAME.fullmatch(called):
        raise BadRequest(f"{called!r} cannot be the name of a model", hint="letters, digits and . _ - ; at most 60")
    if resize not in (None, "shortest", "longest", "squash"):
        raise BadRequest(f"--resize is shortest, longest or squash, not {resize!r}")
    folder = _folder(models_dir)
    final, making = folder / called, folder / f".{called}.making"
    if final.exists() and not replace:
        raise Conflict(f"there is a model {called} in {folder}", hint="choose another --name, or say --replace")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        recipe = Recipe(
            name=called, model=model, checkpoint=checkpoint, tag=pretrained, int8=int8, text=text, resize=resize
        )
        manifest = make(recipe, making)
        if final.exists():
            shutil.rmtree(final)
        making.rename(final)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    use = "--extractor kornia:" if manifest.kind != "clip" else "--embedder onnx:"
    typer.echo(f"{final}: {manifest.kind} {manifest.architecture}, {manifest.dim} numbers a vector")
    for tower, likeness in manifest.agreement.items():
        typer.echo(f"  {tower}: ONNX ({manifest.precision}) and torch agree with cosine {likeness:.6f} or more")
    typer.echo(f"Use it: {use}{called}")


@app.command("list")
def list_models(*, models_dir: Folder = None) -> None:
    """The models there are."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from scout_vision.learned.export import described
    from scout_vision.learned.manifest import BadModel

    folder = _folder(models_dir)
    names = _names(folder)
    if not names:
        typer.echo(f"No models in {folder}: `scout models export --model NAME --checkpoint FILE` makes one.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("Name", "Kind", "Architecture", "Dim", "ONNX", "Parts", "MB", "Weights"):
        table.add_column(title, no_wrap=title == "Name", overflow="fold")
    for name in names:
        try:
            found, size = described(folder / name)
        except (BadModel, OSError) as error:
            table.add_row(name, f"[red]{escape(str(error))}[/]")
            continue
        parts = ", ".join(sorted(set(found.files) - {"vocabulary"}))
        kind = found.precision if found.kind == "clip" else "-"
        cells = (found.name, found.kind, found.architecture, str(found.dim), kind, parts, f"{size / 1e6:.0f}")
        table.add_row(*map(escape, (*cells, found.source)))
    Console(soft_wrap=True).print(table)


@app.command()
def verify(names: Named = None, *, models_dir: Folder = None) -> None:
    """Whether files are unchanged and ONNX agrees with torch on fixed pictures and words. Ends 1 where not."""
    from scout_common.errors import NotFound
    from scout_vision.errors import VisionError
    from scout_vision.learned.export import agreement
    from scout_vision.learned.manifest import checked_file, read_manifest

    folder = _folder(models_dir)
    failed = False
    for name in names or _names(folder):
        if not (folder / name).is_dir():
            raise NotFound(f"there is no model {name} in {folder}", hint="`scout models list` shows them")
        try:
            manifest = read_manifest(folder / name)
            for role in manifest.files:
                checked_file(folder / name, manifest, role)
            likeness = agreement(folder / name) if manifest.kind == "clip" else {}
        except VisionError as error:
            typer.echo(f"{name}: {error}{f' ({error.hint})' if error.hint else ''}")
            failed = True
            continue
        least = AGREES_INT8 if manifest.precision == "int8" else AGREES
        good = all(value >= least for value in likeness.values())
        failed |= not good
        said = ", ".join(f"{tower} cosine {value:.6f}" for tower, value in likeness.items()) or "files unchanged"
        typer.echo(f"{name}: {'ok' if good else f'NOT AS TORCH (at least {least} is wanted)'}, {said}")
    raise typer.Exit(1 if failed else 0)


def _folder(given: Path | None) -> Path:
    from scout_app.bootstrap import read_settings

    return given or read_settings().model_folder


def _names(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
