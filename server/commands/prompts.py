"""``hall10086 prompts``: what the menu needs and has no audio; with ``--render``, have it spoken and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.shipped import menu_file, own_prompts, prompts_of

if TYPE_CHECKING:
    from menus.model.hall import Hall


@click.command("prompts")
@click.option(
    "--menus",
    type=click.Path(path_type=Path),
    default=menu_file,
    help="Menu file. [menus.yaml, else the shipped one]",
)
@click.option("--render", "rendering", is_flag=True, help="Speak what is lacking, into prompts/.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for a program to read.")
@click.option("--var", type=click.Path(path_type=Path), default=Path("var"), help="The hall's own folder.")
def command(menus: Path, rendering: bool, as_json: bool, var: Path) -> None:
    """List the wordings of the menu that have no audio.

    Exit status 0: all have audio; 1: some have none; 2: cannot run.
    """
    from server.halls import load

    try:
        hall = load(menus).hall
    except OSError as error:
        click.echo(f"{error.filename}: {error.strerror}", err=True)
        raise SystemExit(2) from None
    if hall is None:
        click.echo(f"{menus} has errors: hall10086 check {menus}", err=True)
        raise SystemExit(2)
    if rendering:
        _render(hall, menus, var / "voice")
    _list(hall, prompts_of(menus), var / "voice", as_json)


def _list(hall: Hall, prompts: Path, directory: Path, as_json: bool) -> None:
    from ivr.voice.pack import BadPrompts, open_prompts
    from ivr.voice.reading import ValueReader
    from ivr.voice.wanted import missing, read_vocabulary

    try:
        pack = open_prompts(prompts, directory)
    except (BadPrompts, OSError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    lacking = missing(hall, [pack], read_vocabulary(prompts), ValueReader())
    rows = [
        {"text": w.clip.text, "wording": w.name, "file": w.place.file, "line": w.place.line} for w in lacking
    ]
    if as_json:
        click.echo(json.dumps({"clips": len(pack), "missing": rows}, ensure_ascii=False))
    else:
        for row in rows:
            click.echo(f"{row['file']}:{row['line']} {row['wording']}: {row['text']}")
        click.echo(f"{len(pack)} clips; {len(rows)} wordings without audio")
    raise SystemExit(1 if rows else 0)


def _render(hall: Hall, menu: Path, directory: Path) -> None:
    from ivr.voice.clips import Style
    from ivr.voice.reading import ValueReader
    from studio.build import Paths, render
    from studio.levels import NotSpeech
    from studio.parts import BadParts
    from studio.recordings import BadRecording
    from studio.worker import studio_when_needed

    style = Style()
    try:
        prompts = own_prompts(menu)
        record = studio_when_needed(directory / "parts", prompts / "pinyin.txt", style)
        render(
            hall,
            Paths(prompts, directory / "takes"),
            record,
            style=style,
            reader=ValueReader(),
            progress=lambda done, of, text: click.echo(f"{done}/{of} {text}", err=True),
        )
    except ImportError as error:
        click.echo(f"{error}: pip install 'hall10086[voice]'", err=True)
        raise SystemExit(2) from None
    except (BadParts, BadRecording, NotSpeech, ValueError, OSError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
