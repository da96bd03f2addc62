"""What the server asks of the reactor: all that its parts do, and to be told when the process ends."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorCore, IReactorSSL

from business.reactor import IBackOfficeReactor
from ivr.media.link import IMediaReactor
from ivr.sip.transport import ISipReactor
from peers.phone import IPhoneReactor
from sms.smpp.link import ILinkReactor
from store.writer import IStoreReactor


class IServerReactor(
    IBackOfficeReactor,
    IStoreReactor,
    IMediaReactor,
    ISipReactor,
    ILinkReactor,
    IPhoneReactor,
    IReactorCore,
    IReactorSSL,
):
    """A POSIX reactor that watches descriptors (epoll, select)."""
