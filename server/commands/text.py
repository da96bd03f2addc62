"""``hall10086 text NUMBER TEXT…``: text the hall from a handset of the demo SMSC."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import click

from menus.model.numbers import mobile
from server.shipped import DEMO


def _mobile(_context: click.Context, _name: click.Parameter, number: str) -> str:
    """Who may text: the hall answers nobody else."""
    if mobile(number) is None:
        raise click.BadParameter(f"{number} is no mobile number; write its eleven digits, like {DEMO}")
    return number


@click.command("text")
@click.argument("number", callback=_mobile)
@click.argument("texts", nargs=-1, required=True)
@click.option(
    "--demo-console", default="127.0.0.1:2776", metavar="HOST:PORT", show_default=True, help="The handsets."
)
@click.option(
    "--var",
    default=Path("var"),
    type=click.Path(path_type=Path),
    show_default=True,
    help="The hall's folder; its token for the handsets lies in it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text.")
def command(number: str, texts: tuple[str, ...], demo_console: str, var: Path, as_json: bool) -> None:
    """Text the hall as NUMBER, each TEXT when the one before is answered; print what comes back.

    hall10086 text 13900000001 10086 2 4

    Exit status 1: a text got no answer, or was not taken; 2: NUMBER is no mobile number, there is no demo
    SMSC, or its token is wrong. (A text of nothing but spaces gets no answer.)
    """
    from peers.handset import Exchange, HandsetError, HandsetMessage, NotTaken, WrongToken, text_as
    from server.values import SettingsError, parse_address

    token, file = _token(var)

    def show(reply: HandsetMessage) -> None:
        click.echo(f"{reply.sender}（{reply.parts}条）" if reply.parts > 1 else reply.sender)
        click.echo("".join(f"  {line}\n" for line in reply.text.splitlines()))

    def exchanges() -> list[Exchange]:
        where = parse_address(demo_console, "--demo-console")
        if as_json:
            return text_as(number, texts, host=where.host, port=where.port, token=token)
        done: list[Exchange] = []
        for text in texts:
            click.echo(f"> {text}")
            done += text_as(number, [text], host=where.host, port=where.port, token=token, on_reply=show)
            if not done[-1].replies:
                click.echo("（没有回复）\n")
        return done

    try:
        made = exchanges()
    except (HandsetError, SettingsError) as error:
        advice = f": {_advice(token, file)}" if isinstance(error, WrongToken) else ""
        click.echo(f"hall10086: {error}{advice}", err=True)
        raise SystemExit(1 if isinstance(error, NotTaken) else 2) from None
    if as_json:
        for exchange in made:
            replies = [{"from": r.sender, "text": r.text, "parts": r.parts} for r in exchange.replies]
            click.echo(json.dumps({"text": exchange.text, "replies": replies}, ensure_ascii=False))
    raise SystemExit(0 if all(exchange.replies for exchange in made) else 1)


def _token(var: Path) -> tuple[str, Path]:
    """The token, "" where there is none, and its file: in the hall's folder, which may be this one."""
    from business.files import regular
    from server.files import DEMO_TOKEN

    for folder in (var, Path()):
        with suppress(OSError, UnicodeDecodeError):
            return regular(folder / DEMO_TOKEN).read_text(encoding="ascii").strip(), folder / DEMO_TOKEN
    return "", var / DEMO_TOKEN


def _advice(token: str, file: Path) -> str:
    """What to do about a token that is not that of this console."""
    known = f"{file} holds another hall's" if token else f"there is no {file}"
    return f"{known}; name the folder that the hall runs with: --var FOLDER"
