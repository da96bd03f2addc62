"""``hall10086 check [FILE]``: read and check a menu; what is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path), default=Path("menus.yaml"))
@click.option("--json", "as_json", is_flag=True, help="One JSON object for a program to read.")
@click.option("--quiet", is_flag=True, help="Errors and warnings only.")
def command(file: Path, as_json: bool, quiet: bool) -> None:
    """Read and check a menu FILE (default: menus.yaml).

    Exit status 0: nothing to mend; 1: errors or warnings; 2: the file cannot be read.
    """
    from menus.findings import Severity, exit_status, render_json, render_text
    from server.halls import load

    try:
        loaded = load(file)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    shown = [f for f in loaded.findings if not quiet or f.severity is not Severity.INFO]
    click.echo(render_json(shown) if as_json else render_text(shown, loaded.text))
    raise SystemExit(exit_status(loaded.findings))
