"""The back office behind HTTP: what goes over the wire, our client, and a server to try it against.

    business = open_business("http", "https://boss.example/hall/v1", clock=now, reactor=reactor,
                             ca_file="ca.pem", token_file="token")

The description that an integrator implements is ``openapi.yaml`` beside this file; ``docs/http.md`` explains
it. :mod:`.operations` says which call of the port is which request, :mod:`.wire` how its types look as JSON,
:mod:`.client` is the hall's side and :mod:`.reference` a whole server over any other back office.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from business.port import Business
from business.port.days import Clock

if TYPE_CHECKING:
    from business.reactor import IBackOfficeReactor

__all__ = ["factory"]


def factory(url: str | None, *, clock: Clock, reactor: IBackOfficeReactor, **options: Any) -> Business:
    """As :func:`business.open_business` says. ``options``: those of :class:`.client_options.ClientOptions`.

    Raises ValueError or OSError, naming what will not do.
    """
    from business.http.client import HttpBusiness  # the network only for whoever needs it
    from business.http.client_options import ClientOptions

    if not url:
        raise ValueError("business.url is missing: its address, like https://boss.example/hall/v1")
    return HttpBusiness(url, reactor, ClientOptions.of(options))
