"""REGISTER, from loopback only (setting): so that any softphone is content. RFC 3261 §10.3, no challenge.

Bindings live in memory; the hall never calls a registered phone, so losing them at a restart loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ivr.sip.api import Settings
from ivr.sip.headers import HeaderError, NameAddr, parse_number
from ivr.sip.message import Request


class Refusal(Exception):
    """The REGISTER is not accepted: this status, this reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(slots=True)
class Registrar:
    """Contacts by address of record, each until its second of the endpoint's clock."""

    settings: Settings
    bindings: dict[str, dict[str, float]] = field(default_factory=dict)

    def register(self, request: Request, now: float) -> list[tuple[str, str]]:
        """Bind, refresh, unbind or ask; gives the Contact headers of the 200.

        Raises:
            Refusal: an address that we cannot have, too many, or an expiry that is none.
        """
        uri = request.to.uri
        if not uri.is_sip:
            raise Refusal(404, "Not Found")  # §10.3 step 5
        record = f"{uri.user or ''}@{uri.host}"
        self._expire(now)
        if request.all("contact") == ["*"]:
            if request.one("expires") != "0":
                raise Refusal(400, "Contact * needs Expires 0")
            self.bindings.pop(record, None)
            return []
        wanted = [(contact.uri.text, self._seconds(request, contact)) for contact in request.contacts]
        kept = dict(self.bindings.get(record, {}))
        for contact, seconds in wanted:
            if seconds:
                kept[contact] = now + seconds
            else:
                kept.pop(contact, None)
        self._keep(record, kept)
        return [("Contact", f"<{contact}>;expires={int(end - now)}") for contact, end in kept.items()]

    def _keep(self, record: str, kept: dict[str, float]) -> None:
        others = sum(len(found) for name, found in self.bindings.items() if name != record)
        if others + len(kept) > self.settings.max_bindings:
            raise Refusal(503, "Too many bindings")
        if kept:
            self.bindings[record] = kept
        else:
            self.bindings.pop(record, None)

    def _seconds(self, request: Request, contact: NameAddr) -> int:
        given = contact.params.get("expires") or request.one("expires")
        most = self.settings.max_binding_seconds
        if given is None:
            return most
        try:
            return min(parse_number(given, "expires"), most)
        except HeaderError:
            return most  # §20.10: a malformed one counts as the default

    def _expire(self, now: float) -> None:
        for record in list(self.bindings):
            left = {contact: end for contact, end in self.bindings[record].items() if end > now}
            if left:
                self.bindings[record] = left
            else:
                del self.bindings[record]
