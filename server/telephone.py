"""The telephone hall as the server runs it: media process, prompts, SIP, and the hall that joins them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred

import ivr.sip.api as sip
from counter.owing import Owing
from counter.parts import ChannelParts
from ivr.hall import CallLimits, TelephoneHall, TelephoneHallParts
from ivr.media.client import MediaProcess, MediaSettings
from ivr.media.pacer import LATE_BOUNDS
from ivr.sip.server import SipServer
from ivr.speaker import Speaker
from ivr.transcript import Transcripts
from ivr.voice.speech import Voice
from server.backoffice import BackOffice
from server.descriptors import for_connections
from server.halls import LoadedHalls
from server.metrics import Metrics
from server.reactor import IServerReactor
from server.settings import EVERYWHERE, Settings
from server.shipped import prompts_of
from server.voice import HallVoice
from store import Store

RTP_FIGURES = ("packets", "failed", "stalls", "opened", "refused", "faults")
MEASURE_SECONDS = 1.0
ABSENT_AT_LEAST = 10.0


class Telephone:
    """Everything from the SIP port to the dialogue."""

    def __init__(
        self,
        settings: Settings,
        reactor: IServerReactor,
        *,
        store: Store,
        back: BackOffice,
        halls: LoadedHalls,
        shared: ChannelParts,
        metrics: Metrics,
        transcripts: Transcripts,
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._rtp: dict[str, Any] = {}
        self.media = MediaProcess(reactor, _media_settings(settings))
        self.speaker = Speaker(Voice(()), self.media)
        self.voice = HallVoice(reactor, settings.var, self.speaker, prompts_of(settings.menus))
        self._halls = halls
        self.owing = Owing(store, reactor)
        journal = shared.journal(self.owing)
        parts = TelephoneHallParts(
            reactor=reactor,
            media=self.media,
            speaker=self.speaker,
            halls=halls,
            desk=back.desk,
            store=store,
            journal=journal,
            copying=shared.copying(journal),
            transcripts=transcripts,
            meter=metrics,
            now=reactor.seconds,
            new_id=_new_call_id,
        )
        calls = min(settings.max_calls, settings.rtp_ports.pairs)
        limits = CallLimits(agent=settings.agent, calls=calls, timeouts=back.timeouts)
        self.hall = TelephoneHall(parts, limits)
        self.sip = self._sip_server(reactor)
        self._measures(metrics)

    def _sip_server(self, reactor: IServerReactor) -> SipServer:
        settings = self._settings
        return SipServer(
            reactor,
            sip_settings(settings),
            self.hall.on_invite,
            host=settings.sip.host,
            port=settings.sip.port,
            advertise=settings.advertise or None,
            admit=self.hall.admit,
        )

    async def start(self) -> None:
        """Prompts, media process, then the port: warm before the first call."""
        await self.media.start()
        await self.voice.start()
        self.voice.learn(self._halls.newest)
        self.sip.start()

    def reloaded(self) -> None:
        """The newest menu may have wordings that nobody has spoken yet."""
        self.voice.learn(self._halls.newest)

    async def drain(self) -> None:
        """New calls get 503; those in progress finish, or are ended at the deadline."""
        await self.hall.drain(self._settings.drain_deadline)

    async def stop(self) -> None:
        await self.hall.drain(0)
        await self.hall.records.stop()
        self.owing.stop()
        await self.sip.stop()
        await self.voice.stop()
        await self.media.stop()

    def healthy(self) -> Mapping[str, bool]:
        return {"media process": self.media.running}

    async def measure(self) -> None:
        """Ask the media process for its figures, for the metrics."""
        if self.media.running:
            asked = Deferred.fromCoroutine(self.media.figures()).addTimeout(MEASURE_SECONDS, self._reactor)
            self._rtp = await asked.addErrback(lambda _: self._rtp)

    def _measures(self, metrics: Metrics) -> None:
        metrics.counts(
            "hall_rtp",
            "The media process: packets sent, not sent, stalls, calls opened and refused, faults",
            ("what",),
            lambda: {(name,): self._rtp.get(name, 0) for name in RTP_FIGURES},
        )
        metrics.histogram(
            "hall_rtp_late_milliseconds",
            "RTP packets by how late they were sent",
            LATE_BOUNDS,
            lambda: self._rtp.get("late", [0] * (len(LATE_BOUNDS) + 1)),
        )
        metrics.counts(
            "hall_calls_services", "What callers did", ("service", "action"), lambda: self.hall.services
        )
        metrics.amounts(
            "hall_calls_unwritten",
            "What the store has not taken yet: records of calls, outcomes of changes by voice",
            ("what",),
            lambda: {("records",): self.hall.records.waiting, ("outcomes",): self.owing.owed},
        )
        metrics.total("hall_call_records_lost", "Records of calls given up", lambda: self.hall.records.lost)
        metrics.counts(
            "hall_transfers",
            "Transfers to an agent that came to an end",
            ("result",),
            lambda: {(result,): count for result, count in self.hall.transfers.items()},
        )
        metrics.gauge("hall_calls_in_progress", "Calls in progress", lambda: self.hall.calls)
        metrics.total("hall_sip_refused", "INVITEs refused by the SIP stack", lambda: self.sip.refused)
        metrics.counts(
            "hall_sip_over_share",
            "Calls, messages, connections refused or dropped: one address had its share, or it was no SIP",
            ("what",),
            lambda: {(what,): count for what, count in self.sip.over_share.items()},
        )
        metrics.total("hall_media_restarts", "Restarts of the media process", lambda: self.media.restarts)
        metrics.gauge("hall_wordings_without_audio", "Says without audio", lambda: self.speaker.missing)


def _new_call_id() -> str:
    return f"call-{secrets.token_hex(8)}"


def _media_settings(settings: Settings) -> MediaSettings:
    return MediaSettings(
        address=settings.media_address,
        first_port=settings.rtp_ports.first,
        last_port=settings.rtp_ports.last,
        calls=settings.max_calls,
        vanished_after=settings.vanished_after,
        absent_after=absent_after(settings.vanished_after),
    )


def absent_after(vanished_after: float) -> float:
    """Who was never heard is missed sooner: nothing says that he ever called."""
    return min(vanished_after, max(ABSENT_AT_LEAST, vanished_after / 2))


def sip_settings(settings: Settings) -> sip.SipSettings:
    return sip.SipSettings(
        user=settings.number,
        trusted=settings.trusted,
        address_share=settings.address_share / 100,
        trusted_share=settings.trusted_share / 100,
        max_calls=min(settings.max_calls, settings.rtp_ports.pairs),
        setups_per_second=settings.max_setups_per_second,
        max_connections=for_connections(),
        own_ports=_own_ports(settings),
    )


def _own_ports(settings: Settings) -> tuple[tuple[str, int, int], ...]:
    """Where we listen ourselves: no caller's audio goes there."""
    here = {settings.media_address, "127.0.0.1"}
    rtp = settings.rtp_ports
    ours = {(settings.media_address, rtp.first, rtp.last)}
    for listening in (settings.sip, settings.http, settings.demo_smsc, settings.demo_console):
        hosts = here if listening.host in EVERYWHERE else {listening.host}
        ours |= {(host, listening.port, listening.port) for host in hosts}
    return tuple(sorted(ours))
