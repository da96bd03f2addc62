"""How the back office is spoken to: the options of the http back office, checked. Pure but for reading files.

[business.options]
token_file = "/etc/hall10086/boss.token"
ca_file = "/etc/hall10086/boss-ca.pem"
timeout = 4.0
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from business.files import regular

TOKEN_VARIABLE = "HALL10086_BUSINESS_TOKEN"
_TOKEN_CHARACTERS = range(0x21, 0x7F)
_SENDABLE = re.compile(r"[\x21-\x7e]+")
_LABEL = "[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?"
_HOST = re.compile(rf"[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+|{_LABEL}(\.{_LABEL})*\.?")


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """``timeout``: seconds for one call with all its tries; ``connect_timeout``: of these, until connected.
    ``connections``: at most this many at once; who comes then waits. ``retries``: further tries of what is
    safe to repeat, when a connection is lost before the answer. ``ca_file``: whom to trust instead of the
    system's authorities; ``cert_file`` with ``key_file``: who we are (mutual TLS). ``allow_plain``: speak
    HTTP without TLS beyond this machine. The token is in ``token_file``, or in the environment as
    HALL10086_BUSINESS_TOKEN; never in the address, and never in a log."""

    timeout: float = 4.0
    connect_timeout: float = 2.0
    connections: int = 32
    retries: int = 1
    token_file: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    allow_plain: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> ClientOptions:
        """From the settings. Raises ValueError, naming the option."""
        usual = {one.name: one.default for one in fields(cls)}
        for name, value in options.items():
            if name not in usual:
                raise ValueError(f"business.options: {name} is not known; there are: {', '.join(usual)}")
            _check(name, value, usual[name])
        made = cls(**{name: _file(value) for name, value in options.items()})
        if (made.cert_file is None) != (made.key_file is None):
            raise ValueError("business.options: cert_file and key_file go together")
        return made

    def token(self) -> str | None:
        """The bearer token as it stands there now. Raises ValueError if it is none, OSError."""
        if self.token_file is not None:
            return checked_token(regular(Path(self.token_file)).read_text("utf-8"), self.token_file)
        said = os.environ.get(TOKEN_VARIABLE)
        return None if said is None else checked_token(said, TOKEN_VARIABLE)


def _check(name: str, value: Any, usual: Any) -> None:
    if isinstance(usual, bool):
        if not isinstance(value, bool):
            raise ValueError(f"business.options: {name} must be true or false")
    elif isinstance(usual, int | float):
        whole = isinstance(usual, int)
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise ValueError(f"business.options: {name} must be a {'whole ' if whole else ''}number")
        if value < 0 or (value == 0 and name != "retries") or value > 10_000:
            raise ValueError(f"business.options: {name} is out of range")
    elif not isinstance(value, str | Path):
        raise ValueError(f"business.options: {name} must be the path of a file")


def _file(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def checked_token(text: str, source: str) -> str:
    """The token in ``text``, without the spaces around it. Raises ValueError, which does not quote it."""
    token = text.strip()
    if not token or not all(ord(character) in _TOKEN_CHARACTERS for character in token):
        raise ValueError(f"{source} holds no token: printable ASCII without spaces")
    return token


def checked_address(url: str, allow_plain: bool) -> str:
    """The address without a slash at its end. Raises ValueError if it will not do."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise ValueError(f"no address of a back office: {url}") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("the address of the back office must carry no name and password")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"the back office's address must be like https://boss.example/hall/v1: {url}")
    if not _SENDABLE.fullmatch(url) or not _HOST.fullmatch(parts.hostname):
        raise ValueError(
            "the back office's address must be ASCII (the rest percent-encoded), and its host a name of "
            "letters, digits, hyphens and dots, or an IP address"
        )
    if parts.scheme == "http" and not allow_plain and not _here(parts.hostname):
        raise ValueError(
            "the back office's address must begin with https:// (business.options allow_plain permits http)"
        )
    return url.rstrip("/")


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
