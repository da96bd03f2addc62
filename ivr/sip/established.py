"""What the parts of a call need of it: a transfer, a re-INVITE of ours, its session timer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ivr.sip.api import EndReason
from ivr.sip.compose import Draft
from ivr.sip.dialogs import Dialog
from ivr.sip.endpoint import Endpoint, OnResponse


class EstablishedCall(Protocol):
    """A call that is up; :class:`ivr.sip.calls.SipCall`. Each part says what it needs besides."""

    endpoint: Endpoint
    dialog: Dialog

    def ask(self, draft: Draft, on_response: OnResponse | None = None) -> None:
        """Send a request in the dialog."""

    def contact(self) -> tuple[str, str]:
        """Our Contact header."""

    def tell(self, what: Callable[[], object], name: str) -> None:
        """Call a handler; one that raises ends its own call, no other."""

    def end(self, reason: EndReason, *, bye: bool = False) -> None:
        """The call is over, once. ``bye``: the peer has to be told."""
