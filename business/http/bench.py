"""The bench over HTTP: the contract kit prepares, reprices and audits the reference server's back office.

    GET    /bench                       there is a bench here
    DELETE /bench/data                  an empty back office, on the bench's clock
    PUT    /bench/data                  the contract's data into it; with a body, that data
                                        (business.port.stock.BackOfficeData as JSON)
    PUT    /bench/clock    {"now": …}   time stands still there
    PUT    /bench/tariff   {"product": "crbt", "fee": 600}
    GET    /bench/movements?msisdn=…    {"items": [{"at": …, "kind": "charge", "amount": -500, …}]}

:class:`BenchServed` is the server's side, over a bench of this machine, so that no database but the bench's
own is ever written. :class:`HttpBench` is the kit's side; an integrator who serves these paths on a test
system has the whole contract run against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from business.contract.bench import Bench, NotATestSystem, Unable
from business.contract.case import NOW, contract_data
from business.guards.passing import PassingBusiness
from business.http import problems, wire
from business.http.arguments import BadRequest
from business.http.client import HttpBusiness
from business.http.client_options import ClientOptions, checked_address
from business.http.line import HttpLine, NoAnswer, NotSent
from business.http.reference import Answer, JsonReply, ReceivedRequest, ReferenceRoute
from business.http.requests import BackOfficeRequest
from business.port import Business, Fen
from business.port.codec import CodecError
from business.port.days import Clock
from business.port.stock import BackOfficeData, Movement
from business.reactor import IBackOfficeReactor

T = TypeVar("T")
TIMEOUT = 30.0  # seconds: making a database takes longer than asking one


@dataclass(frozen=True, slots=True)
class ClockSet:
    """Body of PUT /bench/clock."""

    now: datetime


@dataclass(frozen=True, slots=True)
class TariffSet:
    """Body of PUT /bench/tariff."""

    product: str
    fee: Fen


class BenchServed(PassingBusiness):
    """The back office that the server asks, and the routes that exchange it. ``bench`` is of this machine."""

    def __init__(self, bench: Bench, first: Business) -> None:
        super().__init__(first)
        self._bench = bench
        self._now = NOW

    @classmethod
    async def opened(cls, bench: Bench) -> BenchServed:
        """Raises NotATestSystem."""
        await bench.open()
        served = cls(bench, await bench.fresh(lambda: NOW))
        served._now = NOW
        return served

    async def close(self) -> None:
        await self.inner.stop()
        await self._bench.close()

    def routes(self) -> tuple[ReferenceRoute, ...]:
        return (
            ReferenceRoute("bench", "GET", "/bench", self._there),
            ReferenceRoute("bench_empty", "DELETE", "/bench/data", self._empty),
            ReferenceRoute("bench_fill", "PUT", "/bench/data", self._fill),
            ReferenceRoute("bench_clock", "PUT", "/bench/clock", self._clock),
            ReferenceRoute("bench_tariff", "PUT", "/bench/tariff", self._tariff),
            ReferenceRoute("bench_movements", "GET", "/bench/movements", self._movements),
        )

    async def _there(self, call: ReceivedRequest) -> Answer:
        return JsonReply({"bench": True})

    async def _empty(self, call: ReceivedRequest) -> Answer:
        await self.inner.stop()
        self.inner = await self._bench.fresh(lambda: self._now)
        await self.inner.start()
        return JsonReply({})

    async def _fill(self, call: ReceivedRequest) -> Answer:
        await self._bench.fill(_read(BackOfficeData, call.body) if call.body else contract_data())
        return JsonReply({})

    async def _clock(self, call: ReceivedRequest) -> Answer:
        self._now = _read(ClockSet, call.body).now
        return JsonReply({})

    async def _tariff(self, call: ReceivedRequest) -> Answer:
        said = _read(TariffSet, call.body)
        await self._bench.retariff(said.product, said.fee)
        return JsonReply({})

    async def _movements(self, call: ReceivedRequest) -> Answer:
        msisdn = call.query.removeprefix("msisdn=")
        if not msisdn.isdecimal() or msisdn == call.query:
            raise BadRequest("msisdn", "must be digits")
        return JsonReply({"items": await self._bench.movements(msisdn)})


def _read(kind: type[T], body: bytes) -> T:
    try:
        found: T = wire.decode(kind, wire.loads(body), closed=True)
    except CodecError as error:
        raise BadRequest(error.where, error.wrong) from None
    return found


# ---- the kit's side ----------------------------------------------------------------------------------------
class HttpBench:
    """A :class:`business.contract.bench.Bench` of a server that has the paths above."""

    def __init__(self, url: str, reactor: IBackOfficeReactor, options: Mapping[str, Any]) -> None:
        self._url = url
        self._reactor = reactor
        self._options = ClientOptions.of({"timeout": TIMEOUT} | dict(options))
        self._line = HttpLine(checked_address(url, self._options.allow_plain), reactor, self._options)

    async def open(self) -> None:
        if await self._sent("GET", "/bench") is None:
            raise NotATestSystem("there is no /bench at that address (hall10086 boss --bench has one)")

    async def fresh(self, clock: Clock) -> Business:
        await self._must("DELETE", "/bench/data")
        await self.set_now(clock())
        return HttpBusiness(self._url, self._reactor, self._options)

    async def fill(self, data: BackOfficeData) -> None:
        await self._must("PUT", "/bench/data", None if data == contract_data() else data)

    async def set_now(self, now: datetime) -> None:
        await self._must("PUT", "/bench/clock", ClockSet(now))

    async def retariff(self, product: str, fee: Fen) -> None:
        await self._must("PUT", "/bench/tariff", TariffSet(product, fee))

    async def movements(self, msisdn: str) -> tuple[Movement, ...]:
        said = await self._must("GET", f"/bench/movements?msisdn={msisdn}")
        rows: tuple[Movement, ...] = wire.decode(tuple[Movement, ...], said.get("items"), "items")
        return rows

    async def close(self) -> None:
        """Nothing is open."""

    async def _must(self, method: str, path: str, body: Any = None) -> Any:
        said = await self._sent(method, path, body)
        if said is None:
            raise Unable(f"the bench has no {method} {path.partition('?')[0]}")
        return said

    async def _sent(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's object, or None where there is no such path. Raises NotATestSystem where nothing
        proper is answered."""
        octets = None if body is None else wire.dumps(wire.encode(body))
        try:
            answer = await self._line.exchange(BackOfficeRequest(method, path, octets))
            await self._line.close()  # the kit holds every promise to leaving nothing open
            value = wire.loads(answer.body)
        except (NotSent, NoAnswer, CodecError) as error:
            raise NotATestSystem(f"no proper answer to {method} /bench: {error}") from None
        if answer.status == 200:
            return value
        problem = problems.read(value)
        if answer.status == 404:
            return None
        said = problem.kind.value if problem else f"status {answer.status}"
        raise NotATestSystem(f"the bench answered {said}")


def bench(url: str | None, *, reactor: IBackOfficeReactor, **options: Any) -> HttpBench:
    """As :func:`business.contract.benches.find_bench` calls it. Raises ValueError without an address."""
    if not url:
        raise ValueError("the http back office needs its address, like http://127.0.0.1:8087")
    return HttpBench(url, reactor, options)
