"""The reference server as ``hall10086 boss`` runs it: a database of ours behind the HTTP description."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import ServerFactory

from boss.data import load
from business import open_business
from business.contract.benches import find_bench
from business.files import regular
from business.http.bench import BenchServed
from business.http.client_options import checked_token
from business.http.names import Hosts
from business.http.reference import ReferenceRoute, reference_site
from business.http.tls import names_of, server_options
from business.port import Business
from business.port.stock import Loadable
from server.backoffice import now
from server.descriptors import for_requests
from server.values import Address

if TYPE_CHECKING:
    from server.reactor import IServerReactor


@dataclass(frozen=True, slots=True)
class Flags:
    """The command's flags. Raises ValueError for those that do not go together."""

    listen: Address
    database: str
    key_file: Path | None
    data: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    client_ca: Path | None
    token_file: Path | None
    name: tuple[str, ...]
    bench: bool
    log_level: str

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("--tls-cert and --tls-key go together")
        if self.client_ca is not None and self.tls_cert is None:
            raise ValueError("--client-ca needs --tls-cert and --tls-key")
        guarded = self.token_file is not None or self.client_ca is not None
        if not self.here and not (self.tls_cert and guarded):
            raise ValueError(
                "beyond this machine it needs --tls-cert, --tls-key, and --token-file or --client-ca: "
                "whoever reaches it may change any subscriber's account"
            )

    @property
    def here(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ip_address(self.listen.host).is_loopback
        except ValueError:
            return self.listen.host == "localhost"


class Boss:
    """Starts and stops the back office and its site."""

    def __init__(self, flags: Flags, reactor: IServerReactor) -> None:
        self._flags = flags
        self._reactor = reactor
        self._business: Business | None = None
        self._bench: BenchServed | None = None
        self._port: IListeningPort | None = None

    async def start(self) -> None:
        """Raises what is in the way: a bad file, a taken port, a database that is not empty for a bench."""
        flags = self._flags
        file = flags.token_file
        token = None if file is None else checked_token(regular(file).read_text("utf-8"), str(file))
        routes = await self._open_bench() if flags.bench else await self._open()
        assert self._business is not None
        host, port = flags.listen.host, flags.listen.port
        certified = names_of(str(flags.tls_cert)) if flags.tls_cert else ()
        site = reference_site(
            self._business,
            seconds=self._reactor.seconds,
            token=token,
            more=routes,
            hosts=Hosts((host, *flags.name, *certified)),
            reactor=self._reactor,
            most=for_requests(),
        )
        if flags.tls_cert and flags.tls_key:
            ca = str(flags.client_ca) if flags.client_ca else None
            options = server_options(str(flags.tls_cert), str(flags.tls_key), ca)
            self._port = self._reactor.listenSSL(port, site, options, interface=host)
        else:
            self._port = self._reactor.listenTCP(port, cast("ServerFactory[Any]", site), interface=host)

    async def _open(self) -> tuple[ReferenceRoute, ...]:
        key = {} if self._flags.key_file is None else {"key_file": str(self._flags.key_file)}
        self._business = open_business("sql", self._flags.database, clock=now, reactor=self._reactor, **key)
        await self._business.start()
        loadable = cast(Loadable, self._business)
        if await loadable.empty():
            await load(self._flags.data, loadable, now())
        return ()

    async def _open_bench(self) -> tuple[ReferenceRoute, ...]:
        bench = find_bench("sql", self._flags.database, reactor=self._reactor)
        self._bench = self._business = await BenchServed.opened(bench)
        await self._business.start()
        return self._bench.routes()

    async def stop(self) -> None:
        """Take no more requests, let those under way finish, close the database."""
        if self._port is not None:
            await _when(self._port.stopListening())
        if self._bench is not None:
            await self._bench.close()
        elif self._business is not None:
            await self._business.stop()

    def invitation(self) -> str:
        """What to try now."""
        assert self._port is not None
        port = cast(IPv4Address, self._port.getHost()).port  # 0 asked for any
        at = f"{self._flags.listen.host}:{port}"
        url = f"{'https' if self._flags.tls_cert else 'http'}://{at}"
        serve = f"hall10086 serve --business http --business-database {url}"
        return f"boss is ready at {url}; in another terminal:\n  {serve}"


async def _when(stopped: Any) -> None:
    if stopped is not None:
        await stopped
