"""``hall10086 serve``: run the telephone hall, the SMS hall, the web hall and the console."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from server.shipped import DEMO

if TYPE_CHECKING:
    from server.hall import Server
    from server.reactor import IServerReactor
    from server.settings import Settings

PATH = click.Path(path_type=Path)


@click.command("serve")
@click.option("--settings", "file", type=PATH, help="Settings file. [hall.toml]")
@click.option("--sip", metavar="HOST:PORT", help="SIP, UDP and TCP. [127.0.0.1:5060]")
@click.option("--rtp-ports", metavar="FIRST-LAST", help="UDP ports for RTP. [20000-28191]")
@click.option("--smsc", metavar="HOST:PORT", help="SMSC to bind to. [none: the demo SMSC is started]")
@click.option("--smsc-system-id", metavar="ID", help="Our system_id at that SMSC.")
@click.option("--smsc-password-file", type=PATH, help="File with the password (or HALL10086_SMSC_PASSWORD).")
@click.option("--http", metavar="HOST:PORT", help="Web hall, console, health, metrics. [127.0.0.1:8086]")
@click.option("--demo-smsc", metavar="HOST:PORT", help="Where the demo SMSC listens. [127.0.0.1:2775]")
@click.option("--demo-console", metavar="HOST:PORT", help="Where its handsets are. [127.0.0.1:2776]")
@click.option("--database", metavar="URL", help="The store. [sqlite:///var/hall.db]")
@click.option("--business", metavar="NAME", help="Back office: sql, http, memory, or an installed one. [sql]")
@click.option("--business-database", metavar="URL", help="Its database. [beside the store]")
@click.option("--menus", type=PATH, help="Menu file. [menus.yaml, else the shipped one]")
@click.option("--data", type=PATH, help="Subscribers and products to load when the back office is empty.")
@click.option("--var", type=PATH, help="Folder for what the server makes. [var]")
@click.option("--log-level", type=click.Choice(["debug", "info", "warn", "error"]), help="[info]")
def command(**flags: Any) -> None:
    """Run the telephone hall, the SMS hall, the web hall and the console until SIGTERM or Ctrl-C; SIGHUP
    reads the menu again.

    Flags override the settings file. Exit status 2: it could not start, and why.
    """
    from server.values import SettingsError

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the menu is read yet
    try:
        settings = _settings(**flags)
    except SettingsError as error:
        click.echo(f"hall10086: {error}", err=True)
        raise SystemExit(2) from None
    raise SystemExit(_run(settings))


def _settings(
    *,
    file: Path | None,
    sip: str | None,
    rtp_ports: str | None,
    smsc: str | None,
    smsc_system_id: str | None,
    smsc_password_file: Path | None,
    http: str | None,
    demo_smsc: str | None,
    demo_console: str | None,
    **plain: Any,
) -> Settings:
    from server.settings import override, read_settings
    from server.shipped import settings_file
    from server.smsc_links import SmscLink
    from server.values import parse_address, parse_ports, read_secret

    links = None
    if smsc is not None:
        secret = None if smsc_password_file is None else str(smsc_password_file)
        password = read_secret(secret, "HALL10086_SMSC_PASSWORD", "--smsc-password-file")
        links = (SmscLink(parse_address(smsc, "--smsc"), smsc_system_id or "hall10086", password),)
    return override(
        read_settings(settings_file(file)),
        sip=None if sip is None else parse_address(sip, "--sip"),
        rtp_ports=None if rtp_ports is None else parse_ports(rtp_ports, "--rtp-ports"),
        http=None if http is None else parse_address(http, "--http"),
        demo_smsc=None if demo_smsc is None else parse_address(demo_smsc, "--demo-smsc"),
        demo_console=None if demo_console is None else parse_address(demo_console, "--demo-console"),
        smsc=links,
        **plain,
    )


def _run(settings: Settings) -> int:
    """Run the reactor until the server has stopped; the exit status."""
    from twisted.internet import reactor
    from twisted.logger import Logger

    from server.clock import steady
    from server.descriptors import raise_limit
    from server.files import private_from_now_on
    from server.hall import Server
    from server.logs import begin
    from server.pid import NAME, pid_file

    steady(reactor)
    begin(settings.log_level, cast("IServerReactor", reactor))
    raise_limit()
    private_from_now_on()
    if not (_can_listen(settings) and _made(settings)):
        return 2
    with ExitStack() as held:
        file = settings.var / NAME
        try:
            held.enter_context(pid_file(file, os.getpid(), Logger("server.pid").warn))
        except OSError as error:
            click.echo(
                f"hall10086: {file}: {error.strerror}; name a folder to write in: --var FOLDER", err=True
            )
            return 2
        return _run_reactor(Server(settings, cast("IServerReactor", reactor)), reactor)


def _run_reactor(server: Server, reactor: Any) -> int:
    """As :func:`_run`."""
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from server.hall import CannotServe

    failed: list[str] = []

    def not_started(failure: Failure) -> None:
        if server.stopping:  # stopped while it started: that is why, and the reactor ends already
            return
        if failure.check(CannotServe):
            failed.append(str(failure.value) + _taken(failure.value, server.settings))
        else:
            failed.append(failure.getTraceback())
        reactor.stop()

    def go() -> None:
        _catch_signals(server, reactor)
        started = Deferred.fromCoroutine(server.start())
        started.addCallbacks(lambda _: Deferred.fromCoroutine(_ready(server)), not_started)

    reactor.callWhenRunning(go)
    reactor.run()
    click.echo("".join(f"hall10086: {why}\n" for why in failed), err=True, nl=False)
    return 2 if failed else 0


def _can_listen(settings: Settings) -> bool:
    """Whether its ports can be had; where not, that is said, and nothing was written."""
    from twisted.internet.error import CannotListenError

    from server.listening import try_ports

    try:
        try_ports(settings)
    except CannotListenError as error:
        click.echo(f"hall10086: {error}{_taken(error, settings)}", err=True)
        return False
    return True


def _made(settings: Settings) -> bool:
    """The hall's own folder, which is this user's alone; False, and said why, if it cannot be."""
    from twisted.logger import Logger

    from server.files import private_folder, tightened

    try:
        private_folder(settings.var)
        tightened(settings.own_files, Logger("server.files").warn)
    except OSError as error:
        click.echo(f"hall10086: --var {settings.var}: {error.strerror}", err=True)
        return False
    return True


def _taken(why: BaseException, settings: Settings) -> str:
    """Which flag names another port, if that is why it could not start."""
    from twisted.internet.error import CannotListenError

    cause: BaseException | None = why
    while cause is not None and not isinstance(cause, CannotListenError):
        cause = cause.__cause__
    if cause is None:
        return ""
    ports = {
        settings.sip.port: "--sip",
        settings.http.port: "--http",
        settings.demo_smsc.port: "--demo-smsc",
        settings.demo_console.port: "--demo-console",
    }
    flag = ports.get(cause.port)
    return f"\n  Choose another port: hall10086 serve {flag} HOST:PORT" if flag else ""


def _catch_signals(server: Server, reactor: Any) -> None:
    """SIGTERM and Ctrl-C drain and stop; a second one hangs up, a third one drops all. SIGHUP reloads.
    (Twisted has no SIGHUP.) A handler itself writes nothing: what it writes to may be full, gone or stuck."""
    from twisted.internet.defer import Deferred
    from twisted.internet.error import ReactorNotRunning
    from twisted.logger import Logger

    asked: list[int] = []

    def end(number: int, _: object) -> None:
        asked.append(number)
        if len(asked) > 1:
            reactor.callFromThread(server.hurry if len(asked) == 2 else drop)
            return
        reactor.callFromThread(stop)

    def drop() -> None:
        with suppress(ReactorNotRunning):  # it ends already
            reactor.stop()

    def stop() -> None:
        Logger("server.signals").warn("stopping: calls in progress may finish; once more to hang up on them")
        notify("STOPPING=1")
        Deferred.fromCoroutine(server.stop()).addBoth(lambda _: drop())

    def reload(number: int, _: object) -> None:
        reactor.callFromThread(lambda: Deferred.fromCoroutine(server.reload()))

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGHUP, reload)


def notify(state: str) -> None:
    """Tell systemd, if it asked to be told (sd_notify)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.setblocking(False)
            try:
                door.connect("\0" + address[1:] if address.startswith("@") else address)
                door.send(state.encode())
            except OSError:
                pass  # nobody listens any more; the server runs all the same


async def _ready(server: Server) -> None:
    from server.patient import PatientStream

    if server.stopping:
        return
    notify("READY=1")
    number = DEMO if await server.knows(DEMO) else "NUMBER"
    lines = [*invitation(server.settings, _program(), number), ""]
    PatientStream(sys.stdout).write("\n".join(lines))


def _program() -> str:
    """What to type for this program in another terminal."""
    started = sys.argv[0]
    found = shutil.which(Path(started).name)
    return Path(started).name if found and os.path.samefile(found, started) else started


def invitation(settings: Settings, program: str, number: str = DEMO) -> list[str]:
    """What to try now as ``number``, as it is typed: with the ports that are not the usual ones."""
    from server.settings import Settings

    usual = Settings()
    sip, http, console = settings.sip, settings.http, settings.demo_console
    at = "" if sip == usual.sip else f" --sip {sip}"
    at += "" if http == usual.http else f" --http {http}"
    handsets = "" if console == usual.demo_console else f" --demo-console {console}"
    handsets += "" if settings.var == usual.var else f" --var {settings.var}"
    lines = [
        "hall10086 is ready; in another terminal:",
        f"  call   any softphone at {sip}, dial {settings.number}, press 1 1",
        f'         or: {program} dial {number} --keys "1 1" --record call.wav{at}',
    ]
    if not settings.smsc:
        lines.append(f"  text   {program} text {number} 0101{handsets}        (also HF, 10086, 0000)")
    lines.append(f"  look   http://{http}/health/ready")
    return lines
