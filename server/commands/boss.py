"""``hall10086 boss``: a reference server of the HTTP back office, over a database of ours."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

if TYPE_CHECKING:
    from server.boss import Boss
    from server.reactor import IServerReactor

PATH = click.Path(path_type=Path)


@click.command("boss")
@click.option("--listen", metavar="HOST:PORT", default="127.0.0.1:8087", show_default=True)
@click.option("--database", metavar="URL", default="sqlite:///var/boss.db", show_default=True)
@click.option(
    "--key-file", type=PATH, help="The key that PUK codes are sealed with. [beside a SQLite database]"
)
@click.option("--data", type=PATH, help="Subscribers and products to load when it is empty. [the demo's]")
@click.option("--tls-cert", type=PATH, help="Certificate (with its chain), PEM: speak HTTPS.")
@click.option("--tls-key", type=PATH, help="Its private key, PEM.")
@click.option("--client-ca", type=PATH, help="Clients must show a certificate of these authorities, PEM.")
@click.option("--token-file", type=PATH, help="File with the bearer token that clients must send.")
@click.option(
    "--name",
    multiple=True,
    metavar="HOST",
    help="Another host that it is asked by; also those of the certificate.",
)
@click.option("--bench", is_flag=True, help="Serve /bench for the contract kit; the database must be empty.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warn", "error"]), default="info")
def command(**flags: Any) -> None:
    """Serve a back office over HTTP as docs/http.md describes it, until SIGTERM or Ctrl-C.

    \b
    To try a hall against it:
      hall10086 serve --business http --business-database http://127.0.0.1:8087

    Exit status 2: it could not start, and why.
    """
    from server.boss import Flags
    from server.values import SettingsError, parse_address

    try:
        flags["listen"] = parse_address(flags["listen"], "--listen")
        chosen = Flags(**flags)
    except (SettingsError, ValueError, OSError) as error:
        click.echo(f"hall10086: {error}", err=True)
        raise SystemExit(2) from None
    raise SystemExit(_run(chosen))


def _run(flags: Any) -> int:
    """Run the reactor until it is told to stop; the exit status."""
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from server.boss import Boss
    from server.clock import steady
    from server.descriptors import raise_limit
    from server.files import keep_private
    from server.logs import begin

    keep_private(flags.database)
    raise_limit()
    steady(reactor)
    begin(flags.log_level, cast("IServerReactor", reactor))
    boss = Boss(flags, cast("IServerReactor", reactor))
    failed: list[str] = []

    def not_started(failure: Failure) -> None:
        failed.append(f"boss: {failure.getErrorMessage()}")
        reactor.stop()

    def go() -> None:
        _catch_signals(boss, reactor)
        started = Deferred.fromCoroutine(boss.start())
        started.addCallbacks(lambda _: click.echo(boss.invitation()), not_started)

    reactor.callWhenRunning(go)
    reactor.run()
    for why in failed:
        click.echo(f"hall10086: {why}", err=True)
    return 2 if failed else 0


def _catch_signals(boss: Boss, reactor: Any) -> None:
    """SIGTERM and Ctrl-C let what is under way finish; a second one ends at once."""
    from twisted.internet.defer import Deferred

    asked: list[int] = []

    def stop() -> None:
        Deferred.fromCoroutine(boss.stop()).addBoth(lambda _: reactor.running and reactor.stop())

    def end(number: int, _: object) -> None:
        asked.append(number)
        reactor.callFromThread(stop if len(asked) == 1 else reactor.stop)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
