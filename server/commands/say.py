"""``hall10086 say TEXT --out FILE.wav``: hear a text as callers would."""

from __future__ import annotations

from pathlib import Path

import click

from server.shipped import menu_file, prompts_of


@click.command("say")
@click.argument("text")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="WAV file to write."
)
@click.option("--var", type=click.Path(path_type=Path), default=Path("var"), help="The hall's own folder.")
def command(text: str, out: Path, var: Path) -> None:
    """Speak TEXT to a WAV file, 8 kHz as on the telephone.

    From the shipped clips; what they lack is spoken by the voice, if it is installed. Exit status 0: written;
    1: some words have no audio; 2: the prompts cannot be read.
    """
    from ivr.voice.clips import Style
    from ivr.voice.link import can_speak
    from ivr.voice.pack import BadPrompts
    from ivr.voice.speech import Missing
    from ivr.voice.spoken import open_voice
    from studio.say import say
    from studio.worker import open_studio

    parts, prompts = var / "voice" / "parts", prompts_of(menu_file())
    try:
        voice, _, spoken = open_voice(prompts, var / "voice")
        record = None
        if can_speak(parts) and not voice.can_say_text(text):
            record = open_studio(parts, prompts / "pinyin.txt", Style())
        seconds = say(text, out, voice, spoken, record)
    except Missing as missing:
        click.echo(
            f"{missing}\nThe voice speaks it once it is installed: hall10086 prompts --render", err=True
        )
        raise SystemExit(1) from None
    except (BadPrompts, OSError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    click.echo(f"{out}: {seconds:.2f} s")
