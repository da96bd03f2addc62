"""The SMS hall as the server runs it: the gateway and its links, and the demo SMSC where none is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import SystemRandom
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from business.files import regular
from business.http.tls import client_options
from counter.messages import COPY, ShortMessage
from counter.notices import Hours
from counter.parts import ChannelParts
from menus.matching.inputs import plain
from menus.model.channels import SMS
from menus.model.numbers import mobile
from menus.model.text import render_text
from peers.demo_smsc import DemoSmsc
from server.backoffice import BackOffice
from server.files import DEMO_TOKEN, fresh_token
from server.halls import LoadedHalls
from server.metrics import Metrics
from server.reactor import IServerReactor
from server.settings import Settings
from server.smsc_links import SmscLink
from sms.care import NoticeConfig
from sms.gateway import Gateway, GatewayConfig
from sms.smpp.link import LinkConfig
from store import Store
from store.seal import Sealer

STATES = ("started", "unknown", "people")


class Texting:
    """Everything from the SMSC to the dialogue."""

    log = Logger()

    def __init__(
        self,
        settings: Settings,
        reactor: IServerReactor,
        *,
        store: Store,
        back: BackOffice,
        halls: LoadedHalls,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._store = store
        self._halls = halls
        self.sealer = Sealer(settings.var / "hall.key")
        self.demo = None if settings.smsc else DemoSmsc(reactor, number=settings.number)
        links = settings.smsc or (SmscLink(settings.demo_smsc),)
        self.gateway = Gateway(
            store=store,
            halls=halls,
            desk=back.desk,
            reactor=reactor,
            random=SystemRandom(),
            links=[_link(each) for each in links],
            config=gateway_config(settings),
            care=back.care if settings.care else None,
            timeouts=back.timeouts,
            places=back.texts,
            sealer=self.sealer,
        )
        back.desk.told = self.tell
        self._measures(metrics)
        self._measures_outbox(metrics)
        self._measures_trouble(metrics)

    async def start(self) -> None:
        """The demo SMSC first, if it is wanted, so that the link is bound at once."""
        if self.demo is not None:
            smsc, console = self._settings.demo_smsc, self._settings.demo_console
            self.demo.token = fresh_token(self._settings.var / DEMO_TOKEN)
            self.demo.start((smsc.host, smsc.port), (console.host, console.port))
        await self.gateway.start()

    async def stop(self) -> None:
        await self.gateway.stop()
        if self.demo is not None:
            await self.demo.stop()

    def healthy(self) -> Mapping[str, bool]:
        return {f"SMSC {link.config.name}": link.well for link in self.gateway.links}

    @property
    def versions(self) -> frozenset[str]:
        """Menu versions that subscribers' sessions stand on."""
        return self.gateway.subscribers.halls_in_use

    def parts(self) -> ChannelParts:
        """What other channels are built from: they tell by SMS what goes beside their answers."""
        gateway = self.gateway
        return ChannelParts(
            gateway.common, self._store, gateway, gateway.settling.late, self.sealer, self._settings.number
        )

    def tell(self, msisdn: str, name: str) -> None:
        """One of the hall's own texts, by SMS and at once: somebody's password was locked."""
        wording = self._halls.newest.texts.get(name)
        template = wording.on(SMS) if wording is not None else None
        if template is not None:
            message = ShortMessage(msisdn, render_text(template, {}).strip(), COPY)
            told = Deferred.fromCoroutine(self.gateway.post(message))
            told.addErrback(lambda failure: self.log.failure("an owner was not told", failure))

    def _measures(self, metrics: Metrics) -> None:
        gateway = self.gateway
        metrics.counts(
            "hall_texts",
            "Texts handled, by what they meant and how that was recognised",
            ("service", "action", "how"),
            lambda: gateway.answering.understood,
        )
        if gateway.care is not None:
            care = gateway.care
            metrics.counts(
                "hall_notices",
                "Reminders and ordered bills that were written",
                ("kind",),
                lambda: {(kind,): count for kind, count in care.counts.items()},
            )
        metrics.gauge("hall_sms_waiting", "Parts that wait to be sent", lambda: len(gateway.outbox))
        metrics.total("hall_store_commits", "Transactions of the store", lambda: self._store.commits)
        metrics.gauge(
            "hall_smsc_bound", "SMSC links that are bound", lambda: sum(li.bound for li in gateway.links)
        )
        metrics.amounts(
            "hall_smsc_unanswered",
            "Messages that an SMSC was given and has not answered",
            ("link",),
            lambda: {(link.name,): link.unanswered for link in gateway.links},
        )

    def _measures_outbox(self, metrics: Metrics) -> None:
        """What an SMSC that does not take messages leads to."""
        outbox = self.gateway.outbox
        metrics.gauge(
            "hall_sms_undelivered",
            "Messages that wait to be sent for over a minute",
            lambda: outbox.undelivered()[0],
        )
        metrics.gauge(
            "hall_sms_oldest_unsent_seconds",
            "Age of the oldest message that waits to be sent",
            lambda: outbox.undelivered()[1],
        )
        metrics.counts(
            "hall_sms_given_up",
            "Parts that will not be sent: refused by the SMSC for good, or not taken for too long (expired)",
            ("why",),
            lambda: {("refused",): outbox.refused, ("expired",): outbox.expired},
        )

    def _measures_trouble(self, metrics: Metrics) -> None:
        """What a back office that fails leads to."""
        gateway = self.gateway
        metrics.amounts(
            "hall_operations",
            "Changes whose end is not known: started, unknown (asked again), people (left for people)",
            ("state",),
            lambda: {(state,): gateway.settling.counts[state] for state in STATES},
        )
        metrics.gauge(
            "hall_operations_oldest_seconds",
            "Age of the oldest change whose end is not known",
            lambda: _age(gateway.settling.oldest, self._reactor.seconds()),
        )
        metrics.gauge(
            "hall_sms_waiting_in", "Texts that wait for their turn", lambda: len(gateway.intake.backlog)
        )
        metrics.total(
            "hall_sms_refused",
            "Texts that the SMSC was told to bring again (no room, or no disk)",
            lambda: gateway.intake.refused,
        )
        metrics.counts(
            "hall_store_refused",
            "Entries that the store's database has no place for, by the tables that they were for",
            ("tables",),
            lambda: {(tables,): count for tables, count in self._store.refused.items()},
        )


def gateway_config(settings: Settings) -> GatewayConfig:
    """Raises OSError where the blacklist cannot be read."""
    hours = Hours(settings.care_from, settings.care_until)
    return GatewayConfig(
        number=settings.number,
        survey=settings.survey_number,
        bulk=settings.bulk,
        blacklist=_listed(settings.blacklist),
        promos_a_day=settings.promos_a_day,
        keep_trying=settings.keep_trying * 3600,
        care=NoticeConfig(hours, settings.care_per_second),
    )


def _listed(file: Path | None) -> frozenset[str]:
    """The numbers of a file, one a line; what is none is passed over. Raises OSError."""
    lines = regular(file).read_text(encoding="utf-8").splitlines() if file else ()
    return frozenset(number for line in lines if (number := mobile(plain(line.partition("#")[0]))))


def _age(since: float | None, now: float) -> float:
    return 0.0 if since is None else max(0.0, now - since)


def _link(link: SmscLink) -> LinkConfig:
    def tls() -> Any:
        return client_options(link.address.host, link.ca_file or None, None)

    return LinkConfig(
        host=link.address.host,
        port=link.address.port,
        system_id=link.system_id,
        password=link.password,
        system_type=link.system_type,
        name=link.name,
        window=link.window,
        prefix=link.prefix,
        numbers=link.numbers,
        per_second=link.per_second,
        tls=tls if link.tls else None,
    )
