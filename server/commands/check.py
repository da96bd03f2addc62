"""``hall10086 check [FILE]``: read and check a menu; what is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import click

from server.shipped import menu_file


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path), default=menu_file)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for a program to read.")
@click.option("--quiet", is_flag=True, help="Errors and warnings only.")
def command(file: Path, as_json: bool, quiet: bool) -> None:
    """Read and check a menu FILE (default: menus.yaml, else the shipped one).

    Exit status 0: nothing to mend; 1: errors or warnings; 2: the file cannot be read.
    """
    import menus
    from server.audio_check import audio_findings
    from server.halls import load

    try:
        loaded = load(file)
    except OSError as error:
        click.echo(f"{error.filename}: {error.strerror}", err=True)
        raise SystemExit(2) from None
    audio = audio_findings(loaded.hall, file) if loaded.hall else []
    findings = (*loaded.findings, *audio)
    shown = [f for f in findings if not quiet or f.severity is not menus.Severity.INFO]
    click.echo(menus.as_json(shown, loaded.text) if as_json else menus.as_text(shown, loaded.text))
    raise SystemExit(menus.exit_status(findings))
