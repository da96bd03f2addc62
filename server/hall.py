"""The composition root: every part of the server, started in turn and stopped in reverse.

server = Server(settings, reactor)
await server.start()     # raises CannotServe, in the operator's words
await server.reload()    # SIGHUP: read, check, swap; an invalid menu changes nothing
await server.stop()      # SIGTERM: drain, then stop
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.protocol import ServerFactory
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from business.guards.shared import Shared
from business.http.names import Hosts
from counter.parts import ChannelParts
from counter.waiting import within
from ivr.transcript import Transcripts
from menus import Severity, as_text
from menus.model.channels import SMS
from server.agents import AgentsServed
from server.backoffice import BackOffice
from server.collector import freeze_start_up_objects
from server.console import site
from server.halls import LoadedHalls, LoadedMenu, load, load_in_child
from server.health import Health
from server.lifecycle import Lifecycle, LifecyclePart, StartFailed
from server.metrics import Metrics
from server.pages import pages
from server.reactor import IServerReactor
from server.reloading import Reloading
from server.settings import Settings
from server.telephone import Telephone
from server.texting import Texting
from server.web import WebServed
from store import Store
from store.engine import shown
from store.seal import Sealer

UPKEEP = 60.0  # seconds between two looks at what is old
MEASURED_AGAIN = 0.1  # seconds from one rendering of the metrics to the next, however many ask
KNOWS_SECONDS = 1.0
FIRST_ERRORS = 20  # of a menu that is refused while the hall runs; `check` shows them all


class CannotServe(Exception):
    """The server does not start; the message is for the operator."""


class OpenChannel(Protocol):
    """A channel that stands on the counter alone. ``versions``: menu versions that its sessions stand on."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    @property
    def versions(self) -> frozenset[str]: ...


class Server:
    """One running hall10086."""

    log = Logger()

    def __init__(self, settings: Settings, reactor: IServerReactor) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.transcripts = Transcripts(reactor)
        self._reactor = reactor
        self._lifecycle = Lifecycle(reactor)
        self._stopping = False
        self._starting: Deferred[None] | None = None
        self._reloading = Reloading(self._reload)

    # ---- start ---------------------------------------------------------------------------------------------
    async def start(self) -> None:
        """Start everything. Raises :class:`CannotServe`; what had started is stopped again. When :meth:`stop`
        is called meanwhile, the part in hand is still started, and no further one."""
        self._starting = Deferred()
        try:
            self._build()
            await self._start_parts()
        finally:
            self._starting.callback(None)

    async def _start_parts(self) -> None:
        try:
            for part in self._parts():
                if self._stopping:
                    return
                await self._lifecycle.start(part)
        except StartFailed as why:
            raise CannotServe(str(why)) from why
        freeze_start_up_objects()
        self._reloading.open()

    def _build(self) -> None:
        settings = self.settings
        loaded = self._first_menu()
        assert loaded.hall is not None
        self.halls = LoadedHalls(loaded.hall)
        self._text = loaded.text
        try:
            sealer = Sealer(settings.var / "hall.key")
        except OSError as error:
            raise CannotServe(f"{error.filename}: {error.strerror}") from None
        self.store = Store(settings.database, self._reactor, sealer=sealer)
        try:
            self.back = BackOffice(settings, self._reactor, self.metrics)
        except LookupError as error:  # no such back office is installed
            raise CannotServe(str(error)) from None
        except (TypeError, ValueError, OSError) as error:  # not with this address or these options
            raise CannotServe(f"business {settings.business}: {error}") from None
        self._probed = Health({"store": self.store.healthy, "business": self.back.healthy}, self._reactor)
        self._build_halls()

    def _build_halls(self) -> None:
        self.texting = Texting(
            self.settings,
            self._reactor,
            store=self.store,
            back=self.back,
            halls=self.halls,
            metrics=self.metrics,
        )
        shared = self.texting.parts()
        self.telephone = Telephone(
            self.settings,
            self._reactor,
            store=self.store,
            back=self.back,
            halls=self.halls,
            shared=shared,
            metrics=self.metrics,
            transcripts=self.transcripts,
        )
        self.web = WebServed(self.settings, shared, self.metrics)
        self.agents = AgentsServed(
            self.settings, shared, self.texting.gateway.desk, self.texting.gateway.bulk
        )
        self.channels = self._channels(shared)

    def _channels(self, parts: ChannelParts) -> dict[str, OpenChannel]:
        """Those that stand on the counter alone, by the name that the operator reads."""
        return {
            **({"web hall": self.web} if self.settings.web else {}),
        }

    def _parts(self) -> tuple[LifecyclePart, ...]:
        return (
            LifecyclePart("store", self._open_store, self.store.stop),
            LifecyclePart(f"business {self.settings.business}", self.back.start, self.back.stop),
            LifecyclePart("SMS hall", self.texting.start, self.texting.stop),
            LifecyclePart("telephone hall", self.telephone.start, self.telephone.stop),
            *(LifecyclePart(name, each.start, each.stop) for name, each in self.channels.items()),
            LifecyclePart("agents' desk", self.agents.start, self.agents.stop),
            LifecyclePart("console", self._open_console, self._close_console),
            LifecyclePart("upkeep", self._start_upkeep, self._stop_upkeep),
        )

    def _first_menu(self) -> LoadedMenu:
        file = self.settings.menus
        try:
            loaded = load(file, self.settings.number)
        except OSError as error:
            raise CannotServe(f"menu {error.filename}: {error.strerror}") from None
        if loaded.hall is None:
            errors = [f for f in loaded.findings if f.severity is Severity.ERROR]
            raise CannotServe(f"menu {file} has errors:\n{as_text(errors, loaded.text)}")
        return loaded

    async def _open_store(self) -> None:
        """Open it, and take up the menu versions that sessions of before still stand on."""
        await self.store.start()
        if await self.store.progress("alive") is None:  # a mistyped address makes one, too
            self.log.info("the store {url} is new", url=shown(self.settings.database))
        await self.back.guesses.open(self.store)
        for version, text in (await self.store.halls_in_use()).items():
            if version not in self.halls:
                self.halls.remember(version, text)
        await self.store.keep_hall(self.halls.newest.version, self._text, self._reactor.seconds())

    async def _open_console(self) -> None:
        measured = Shared(
            self._measured, self._reactor.seconds, rest=(MEASURED_AGAIN, self._reactor.callLater)
        )
        routes = pages(self.health, measured, self.transcripts)
        routes += self.web.routes() if self.settings.web else ()
        routes += self.agents.routes() if self.settings.agents else ()
        where = self.settings.http
        hosts = Hosts((where.host, *self.settings.console_names))
        bounded = site(routes, hosts, reactor=self._reactor)
        self.metrics.total(
            "hall_http_refused",
            "Connections to the console that there was no room for, or that made room for others",
            lambda: bounded.refused,
        )
        served = cast("ServerFactory[Any]", bounded)
        self._console = self._reactor.listenTCP(where.port, served, interface=where.host)

    async def _close_console(self) -> None:
        await maybeDeferred(self._console.stopListening)

    async def knows(self, number: str) -> bool:
        """Whether it is a subscriber's, as far as the back office tells at once."""
        facts = await within(self._reactor, KNOWS_SECONDS, self.back.desk.facts(number, SMS))
        return facts is not None and facts.brand is not None

    # ---- while it runs -------------------------------------------------------------------------------------
    async def health(self) -> Mapping[str, bool]:
        """Each part, and whether it can serve."""
        return {
            "running": not self._stopping,
            **await self._probed(),
            **self.texting.healthy(),
            **self.telephone.healthy(),
        }

    async def _measured(self) -> str:
        """The metrics as text; other processes are asked for their figures."""
        await self.telephone.measure()
        return self.metrics.render()

    async def reload(self) -> bool:
        """Read the menu again in a child process; whether it was taken. Never raises. One at a time: whoever
        asks meanwhile gets what comes of one more reading behind that."""
        return await self._reloading.wish()

    async def _reload(self) -> bool:
        file = self.settings.menus
        try:
            loaded = await load_in_child(self._reactor, file, self.settings.number)
            if loaded.hall is None:
                errors = [f for f in loaded.findings if f.severity is Severity.ERROR]
                raise CannotServe(as_text(errors[:FIRST_ERRORS], loaded.text))
            await self.store.keep_hall(loaded.hall.version, loaded.text, self._reactor.seconds())
        except CancelledError:  # we stop
            return False
        except Exception as why:
            self.log.error(
                "menu {file} was not taken, the old one stays: {why}", file=str(file), why=str(why)
            )
            self.metrics.reloaded("refused")
            return False
        self.halls.publish(loaded.hall)
        self.telephone.reloaded()
        self.log.info("menu {version} is in use from now on", version=loaded.hall.version)
        self.metrics.reloaded("taken")
        return True

    # ---- stop ----------------------------------------------------------------------------------------------
    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopping

    async def stop(self) -> None:
        """Drain, then stop in reverse. A second call does nothing."""
        if self._stopping:
            return
        self._stopping = True
        self._reloading.end()
        if self._starting is not None:
            await self._starting
        self.log.info("draining: {calls} calls in progress", calls=self.telephone.hall.calls)
        await self.telephone.drain()
        await self._lifecycle.stop()

    def hurry(self) -> None:
        """Stopping takes too long: hang up on those who are still calling."""
        self.telephone.hall.hang_up()

    # ---- upkeep --------------------------------------------------------------------------------------------
    async def _start_upkeep(self) -> None:
        self._upkeep = LoopingCall(self._look_after)
        self._upkeep.clock = self._reactor
        self._upkeep.start(UPKEEP, now=False)

    async def _stop_upkeep(self) -> None:
        self._upkeep.stop()

    def _look_after(self) -> None:
        """Forget menu versions that nobody stands on any more, and web sessions that are over."""
        others = (each.versions for each in self.channels.values())
        self.halls.forget(self.telephone.hall.versions.union(self.texting.versions, *others))
        if self.settings.web:
            self.web.look_after()
