"""``hall10086 simulate voice|sms``: walk the halls in the terminal, with the demo's subscribers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.shipped import DEMO, menu_file

if TYPE_CHECKING:
    from business.port import Business
    from menus.model.hall import Hall

_menus = click.option(
    "--menus",
    type=click.Path(path_type=Path),
    default=menu_file,
    help="Menu file. [menus.yaml, else the shipped one]",
)
_caller = click.option(
    "--as", "caller", default=DEMO, help="Own number, one of the demo's subscribers.", show_default=True
)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group("simulate")
def command() -> None:
    """Walk through the menu without network: what would be said and sent."""


@command.command("sms")
@click.argument("texts", nargs=-1)
@click.option("--file", type=click.Path(path_type=Path), help="A file with a text a line.")
@click.option("--fresh", is_flag=True, help="Every text starts a new session.")
@_caller
@_menus
@_json
def sms(
    *, texts: tuple[str, ...], file: Path | None, fresh: bool, caller: str, menus: Path, as_json: bool
) -> None:
    """Text the SMS hall: hall10086 simulate sms 10086 2 4 1"""
    from server.simulate import simulate_sms

    wanted = [*texts, *_lines(file)]
    if not wanted:
        raise click.UsageError("say what to text, for example: hall10086 simulate sms 0101")
    hall, business, now = _ready(menus)
    for answer in simulate_sms(wanted, hall=hall, business=business, now=now, caller=caller, fresh=fresh):
        click.echo(answer.to_json() if as_json else "\n".join(answer.lines()))


@command.command("voice")
@click.argument("keys", default="")
@_caller
@_menus
@_json
def voice(*, keys: str, caller: str, menus: Path, as_json: bool) -> None:
    """Call the telephone hall and press KEYS, for example "1 1"; a dot is silence."""
    from server.simulate import pressed, simulate_voice

    try:
        pressed(keys)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="KEYS") from None
    hall, business, now = _ready(menus)
    for heard in simulate_voice(keys, hall=hall, business=business, now=now, caller=caller):
        click.echo(heard.to_json() if as_json else "\n".join(heard.lines()))


def _lines(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from None


def _ready(menus: Path) -> tuple[Hall, Business, Callable[[], datetime]]:
    """The hall, and the memory business with the demo's data."""
    from business.port.days import SHANGHAI
    from menus import Severity, as_text
    from server.halls import load
    from server.simulate import demo_business

    try:
        loaded = load(menus)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    if loaded.hall is None:
        errors = [f for f in loaded.findings if f.severity is Severity.ERROR]
        raise click.ClickException(f"{menus} has errors:\n{as_text(errors, loaded.text)}")

    def now() -> datetime:
        return datetime.now(SHANGHAI)

    return loaded.hall, demo_business(now(), now), now
