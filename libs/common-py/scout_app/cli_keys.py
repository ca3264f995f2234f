"""`scout keys ...`: master keys, under which stored results are sealed."""

import base64
import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Master keys that seal stored results (docs/backfill.md).", no_args_is_help=True)

KeyFile = Annotated[Path, typer.Argument(help="File of master keys, made where there is none.", show_default=False)]
Sealed = Annotated[Path, typer.Argument(help="The sealed file.", exists=True, dir_okay=False, show_default=False)]
Out = Annotated[Path, typer.Argument(help="Where its content is written.", show_default=False)]
Data = Annotated[Path | None, typer.Option("--data", "--data-dir", help="Data folder (SCOUT_DATA_DIR, else ./data).")]


@app.command()
def new(file: KeyFile) -> None:
    """Put a new master key before those of the file; then `scout keys rotate` wraps the data keys under it."""
    from scout_common.sealing import MasterKeys, new_key, read_key_file

    older = file.read_text(encoding="utf-8") if file.exists() else ""
    if older.strip():
        read_key_file(file)  # never before something that is no file of keys
    key = new_key()
    part = file.with_name(f".{file.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(f"{base64.b64encode(key).decode()}\n{older}")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    typer.echo(f"{file}: master key {MasterKeys([key]).current}. Keep a copy: without it nothing sealed opens again.")


@app.command("open")
def open_file(file: Sealed, out: Out, *, data: Data = None) -> None:
    """Open a sealed result that a backfill stored beside its source."""
    from scout_common.vault import Vault

    from scout_app.opened import open_database
    from services.backfill.beside import CONTEXT

    with open_database(data, "scout keys open") as opened, opened.engine.connect() as connection:
        out.write_bytes(Vault.of(opened.settings).open(connection, CONTEXT, file.read_bytes()))
    typer.echo(f"Written: {out}")


@app.command()
def rotate(*, data: Data = None) -> None:
    """Wrap every data key under the newest master key. Afterwards the older ones may go."""
    from scout_common.vault import Vault

    from scout_app.opened import open_database

    changed = 0
    with open_database(data, "scout keys rotate") as opened:
        vault = Vault.of(opened.settings)
        while True:
            with opened.engine.begin() as connection:
                step = vault.rotate(connection)
            if not step:
                break
            changed += step
    typer.echo(f"{changed} data keys are under the newest master key now.")
