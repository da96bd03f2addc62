"""REGISTER, from loopback only (setting): so that any softphone is content. RFC 3261 §10.3, no challenge.

Bindings live in memory; the hall never calls a registered phone, so losing them at a restart loses nothing. A
source has a share of them, an address of record a few.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ivr.sip.api import SipSettings
from ivr.sip.headers import HeaderError, NameAddr, parse_number
from ivr.sip.message import Request
from ivr.sip.sources import Source

OF_ONE_RECORD = 10
SWEEP = 1.0  # seconds between two looks at all bindings: a flood must not make us look at them each time


class RegisterRefused(Exception):
    """The REGISTER is not accepted: this status, this reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


Bindings = dict[str, tuple[float, Source]]
"""Contacts of one address of record, each until its second of the endpoint's clock, and who asked for it."""


@dataclass(slots=True)
class Registrar:
    """All bindings, by address of record."""

    settings: SipSettings
    bindings: dict[str, Bindings] = field(default_factory=dict)
    count: int = 0
    swept: float = float("-inf")

    def register(self, request: Request, now: float, source: Source) -> list[tuple[str, str]]:
        """Bind, refresh, unbind or ask; gives the Contact headers of the 200.

        Raises:
            RegisterRefused: an address that we cannot have, too many, or an expiry that is none.
        """
        uri = request.to.uri
        if not uri.is_sip:
            raise RegisterRefused(404, "Not Found")  # §10.3 step 5
        record = f"{uri.user or ''}@{uri.host}"
        self._sweep(now)
        held = {contact: bound for contact, bound in self.bindings.get(record, {}).items() if bound[0] > now}
        if request.all("contact") == ["*"]:
            if request.one("expires") != "0":
                raise RegisterRefused(400, "Contact * needs Expires 0")
            self._keep(record, {})
            return []
        kept = dict(held)
        for contact in request.contacts:
            seconds = self._seconds(request, contact)
            if seconds:
                owner = kept.get(contact.uri.text, (now, source))[1]
                kept[contact.uri.text] = (now + seconds, owner)
            else:
                kept.pop(contact.uri.text, None)
        self._check(kept, held, source)
        self._keep(record, kept)
        return [("Contact", f"<{contact}>;expires={int(end - now)}") for contact, (end, _) in kept.items()]

    def _check(self, kept: Bindings, held: Bindings, source: Source) -> None:
        """Raises RegisterRefused: more than there is room for, of this record, of this source or in all."""
        more = len(kept) - len(held)
        if more <= 0:
            return
        if (
            len(kept) > OF_ONE_RECORD
            or source.bindings + more > source.may.bindings
            or self.count + more > self.settings.max_bindings
        ):
            raise RegisterRefused(503, "Too many bindings")

    def _keep(self, record: str, kept: Bindings) -> None:
        for _end, owner in self.bindings.pop(record, {}).values():
            owner.bindings -= 1
            self.count -= 1
        for _end, owner in kept.values():
            owner.bindings += 1
            self.count += 1
        if kept:
            self.bindings[record] = kept

    def _seconds(self, request: Request, contact: NameAddr) -> int:
        given = contact.params.get("expires") or request.one("expires")
        most = self.settings.max_binding_seconds
        if given is None:
            return most
        try:
            return min(parse_number(given, "expires"), most)
        except HeaderError:
            return most  # §20.10: a malformed one counts as the default

    def _sweep(self, now: float) -> None:
        if now - self.swept < SWEEP:
            return
        self.swept = now
        for record, found in list(self.bindings.items()):
            if any(end <= now for end, _owner in found.values()):
                self._keep(record, {contact: bound for contact, bound in found.items() if bound[0] > now})
