"""The ports that a server is going to listen on, tried before anything is written: where somebody else has
one, no folder and no database is made for a server that does not come up."""

from __future__ import annotations

import socket

from twisted.internet.error import CannotListenError

from server.settings import Settings
from server.values import Address


def try_ports(settings: Settings) -> None:
    """Raises CannotListenError for the first that cannot be had. They are free again afterwards: one that
    is taken meanwhile is found when it is listened on."""
    demo = () if settings.smsc else (settings.demo_smsc, settings.demo_console)
    _try(settings.sip, socket.SOCK_DGRAM)
    for each in (settings.sip, settings.http, *demo):
        _try(each, socket.SOCK_STREAM)


def _try(address: Address, kind: socket.SocketKind) -> None:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:  # as it is listened on: connections of before may still be closing
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address.host, address.port))
    except OSError as error:
        raise CannotListenError(address.host, address.port, error) from error
