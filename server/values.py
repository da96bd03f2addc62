"""How one value of the settings is read: ``reader(value, what)`` gives it, or raises :class:`SettingsError`
that says what stands there, where (``what``: the key), and what to write instead."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network
from math import inf
from pathlib import Path
from typing import Any

from business.files import regular
from ivr.sip.headers import HeaderError, parse_uri

LOG_LEVELS = ("debug", "info", "warn", "error")
_SECRETS = re.compile("password|passwd|secret|token")


class SettingsError(Exception):
    """The settings cannot be used; the message is for the operator."""


# ---- addresses and ports -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str, what: str) -> Address:
    """``HOST:PORT`` or ``[IPv6]:PORT``; port 0 lets the system choose."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise SettingsError(f"{what}: {text!r} is not HOST:PORT, for example 127.0.0.1:5060")
    return Address(host.strip("[]"), int(port))


@dataclass(frozen=True, slots=True)
class PortRange:
    first: int
    last: int

    @property
    def pairs(self) -> int:
        """Calls that fit: each takes an even port and the next."""
        return len(range(self.first + self.first % 2, self.last, 2))


def parse_ports(text: str, what: str) -> PortRange:
    """``FIRST-LAST``: UDP ports for RTP; a call takes an even one and the next."""
    first, dash, last = text.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal()):
        raise SettingsError(f"{what}: {text!r} is not FIRST-LAST, for example 20000-23999")
    ports = PortRange(int(first), int(last))
    if not 1024 <= ports.first < ports.last <= 65535:
        raise SettingsError(
            f"{what}: {text!r} must lie in 1024-65535 and hold at least one pair, for example 20000-23999"
        )
    return ports


def address(value: Any, what: str) -> Address:
    if not isinstance(value, str):
        raise SettingsError(
            f'{what}: {_toml(value)} is not HOST:PORT in quotes, for example "127.0.0.1:{_port(value)}"'
        )
    return parse_address(value, what)


def _port(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value <= 65535 else 5060


def ports(value: Any, what: str) -> PortRange:
    if not isinstance(value, str):
        raise SettingsError(f'{what}: {_toml(value)} is not FIRST-LAST in quotes, for example "20000-23999"')
    return parse_ports(value, what)


def networks(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingsError(f'{what}: {_toml(value)} is no list; write one, for example ["127.0.0.0/8"]')
    return tuple(_network(one, what) for one in value)


def _network(value: Any, what: str) -> str:
    try:
        ip_network(text(value, what))
    except ValueError:
        pass
    else:
        return str(value)
    try:
        meant = ip_interface(value)
    except ValueError:
        raise SettingsError(
            f'{what}: {value!r} is no network; write an address and how many bits count, like "10.0.0.0/8"'
        ) from None
    whole = meant.max_prefixlen
    raise SettingsError(
        f'{what}: "{value}" is one machine and a network at once; write "{meant.network}" for the network, '
        f'or "{meant.ip}/{whole}" for this machine alone'
    )


def ip_or_nothing(value: Any, what: str) -> str:
    """An address of this machine, as others write it; "": none."""
    given = text(value, what)
    if given:
        try:
            ip_address(given)
        except ValueError:
            raise SettingsError(
                f'{what}: "{given}" is no IP address; write one without port, like "192.0.2.10"'
            ) from None
    return given


def names(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingsError(
            f'{what}: {_toml(value)} is no list; write one, for example ["console.example.net"]'
        )
    for name in value:
        if not re.fullmatch(r"(\*\.)?[0-9A-Za-z._:-]{1,253}", text(name, what)):
            raise SettingsError(
                f"{what}: {name!r} is no host's name or address; write it without http:// or /"
            )
    return tuple(value)


# ---- texts -------------------------------------------------------------------------------------------------
def text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise SettingsError(f'{what}: {_toml(value)} is no text; write it in quotes, like "{_plain(value)}"')
    if any(ord(each) < 32 or ord(each) == 127 for each in value):
        raise SettingsError(f"{what}: a control character stands in it; type it anew")
    return value


def path(value: Any, what: str) -> Path:
    if not text(value, what):
        raise SettingsError(f'{what}: "" names no file; write its name, or take the line out')
    return Path(value)


def store_url(value: Any, what: str) -> str:
    """A database of SQLite or PostgreSQL."""
    given = text(value, what)
    if not re.match(r"sqlite:///.|postgresql(\+psycopg)?://.", given):
        file = (
            "://" not in given or "sqlite:" in given
        ) and "@" not in given  # else a password may stand there
        meant = re.sub(r"^(sqlite:)?/*", "", given) if file else ""
        raise SettingsError(
            f'{what}: this is no database\'s address; write "sqlite:///{meant or "var/hall.db"}" for a file, '
            'or "postgresql://USER@HOST/DATABASE"'
        )
    return given


def sip_uri(value: Any, what: str) -> str:
    """Where a call can go: ``sip:USER@HOST``."""
    try:
        given = parse_uri(text(value, what))
    except HeaderError:
        given = None
    if given is None or not given.is_sip or not given.host:
        meant = f"sip:{str(value).removeprefix('sip:')}@127.0.0.1:5090"
        if re.fullmatch(r"[^\s@<>\"]+@[^\s@<>\"]+", str(value)):
            meant = f"sip:{value}"
        raise SettingsError(f'{what}: "{value}" is no SIP address; write one with its host, like "{meant}"')
    return given.text


def short_number(value: Any, what: str) -> str:
    if not isinstance(value, str) or re.fullmatch("[0-9]{3,20}", value) is None:
        raise SettingsError(f'{what}: {_toml(value)} is not a number in quotes, for example "10086"')
    return value


def short_number_or_nothing(value: Any, what: str) -> str:
    return "" if value == "" else short_number(value, what)


def log_level(value: Any, what: str) -> str:
    if value not in LOG_LEVELS:
        levels = ", ".join(f'"{level}"' for level in LOG_LEVELS)
        raise SettingsError(f"{what}: {_toml(value)} is none of {levels}; write one of them")
    return str(value)


# ---- numbers and switches ----------------------------------------------------------------------------------
def number(value: Any, what: str) -> float:
    return _number(value, what, "a number above 0", lambda given: 0 < given < inf)


def number_or_0(value: Any, what: str) -> float:
    return _number(value, what, "a number, 0 or more", lambda given: 0 <= given < inf)


def number_from_1(value: Any, what: str) -> float:
    return _number(value, what, "a number of 1 or more", lambda given: 1 <= given < inf)


def percent(value: Any, what: str) -> float:
    return _number(value, what, "a number above 0, 100 at the most", lambda given: 0 < given <= 100)


def whole(value: Any, what: str) -> int:
    return _whole(value, what, "a whole number above 0", 1)


def whole_or_0(value: Any, what: str) -> int:
    return _whole(value, what, "a whole number, 0 or more", 0)


def _number(value: Any, what: str, wanted: str, fits: Callable[[float], bool]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not fits(_float(value)):
        raise SettingsError(f"{what}: {_toml(value)} is not {wanted}{_bare(value, fits)}")
    return float(value)


def _whole(value: Any, what: str, wanted: str, least: int) -> int:
    given = _number(value, what, wanted, lambda number: least <= number < inf)
    if given != int(given):
        raise SettingsError(f"{what}: {value!r} is not {wanted}; write {max(least, round(given))}, say")
    return int(value)


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:  # TOML's whole numbers have no end
        return inf


def hour(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 24:
        raise SettingsError(
            f"{what}: {_toml(value)} is not an hour; write a whole number from 0 to 24, without quotes"
        )
    return value


def switch(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(
            f"{what}: {_toml(value)} is neither true nor false; write one of them, without quotes"
        )
    return value


def _bare(value: Any, fits: Callable[[float], bool]) -> str:
    """What to do about it."""
    if not isinstance(value, str):
        return "; write one"
    bare = value.strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", bare) and fits(float(bare)):
        return f"; write it without quotes, like {bare}"
    return "; write one, without quotes or unit"


# ---- tables and secrets ------------------------------------------------------------------------------------
def options(value: Any, what: str) -> Mapping[str, str | int | float | bool]:
    """What the back office itself is given, by name. A secret is named by its file."""
    if not isinstance(value, dict):
        raise SettingsError(
            f"{what}: {_toml(value)} is no table; write [business.options] and its keys below it"
        )
    for name, given in value.items():
        if not isinstance(given, str | int | float | bool):
            raise SettingsError(f"{what}.{name}: write a text, a number, true or false")
        if isinstance(given, str) and _SECRETS.search(name.lower()) and not name.endswith("_file"):
            raise SettingsError(f"{what}.{name}: a secret stands in a file of its own; write {name}_file")
    return value


def read_secret(file: str | None, variable: str, what: str) -> str:
    """A secret from ``file`` (first line), else from the environment ``variable``, else empty."""
    if file is None:
        return os.environ.get(variable, "")
    try:
        return regular(Path(file)).read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, UnicodeDecodeError, IndexError) as error:
        why = {IndexError: "it is empty", UnicodeDecodeError: "it is not UTF-8"}.get(type(error))
        why = why or getattr(error, "strerror", "")
        raise SettingsError(
            f"{what}: cannot read the secret from {file}: {why}; its first line is the secret"
        ) from None


def _toml(value: Any) -> str:
    """As it stands in the file, nearly."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return "this table" if isinstance(value, dict) else repr(value)


def _plain(value: Any) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else str(value)
        if isinstance(value, int | float)
        else "…"
    )
