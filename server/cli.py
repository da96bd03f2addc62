"""``hall10086``: the command line. Each command is a module of :mod:`server.commands`, imported when it is
called: ``check`` must not pay for the reactor, SQLAlchemy or alembic.

Exit status: 0 fine, 1 findings (or the call or text was not answered), 2 cannot run.
"""

from __future__ import annotations

from importlib import import_module

import click

from server.collector import look_seldom

COMMANDS = {
    "serve": "run the telephone hall, the SMS hall, the web hall and the console",
    "init": "a folder with a menu and settings of your own",
    "check": "read and check a menu",
    "simulate": "walk through the menu without network, by keys or by texts",
    "dial": "call the hall over SIP, press keys, record what is heard",
    "text": "text the hall from a handset of the demo SMSC",
    "say": "speak a text to a WAV file",
    "prompts": "list or render the audio that the menu needs",
    "contract": "hold a back office to its contract: the promises that the halls rely on",
    "boss": "serve a back office over HTTP, to try the http business against",
    "load": "load subscribers, products … from CSV or YAML files into the sql back office",
    "texts": "messages that the SMSC has not taken, and why; send them again",
    "unmatched": "texts that were not understood; make one a keyword",
    "operations": "changes whose result is unknown, and what people find out about them",
    "db": "upgrade the databases",
}


class Commands(click.Group):
    """The commands by name, loaded when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        look_seldom()
        module = import_module(f"server.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="hall10086")
def main() -> None:
    """The 10086 telephone hall (keypad IVR), SMS hall and web hall in one server.

    Start with "hall10086 serve", then "hall10086 text 13900000001 0101" and
    "hall10086 dial 13900000001 --keys '1 1'" in another terminal.
    """
