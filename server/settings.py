"""Settings: a TOML file, overridden by the flags of ``hall10086 serve``. Secrets come from files or the
environment, never from a flag's value or the settings' own text.

Every error names the file, the key and what to write instead (:class:`SettingsError`).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_network
from math import inf
from pathlib import Path
from typing import Any

from menus.model.numbers import SERVICE_NUMBER
from server.files import of_database
from server.shipped import menu_file

EVERYWHERE = ("0.0.0.0", "::")
LOG_LEVELS = ("debug", "info", "warn", "error")


PROMOS_A_DAY = 10
"""To one subscriber, unless the settings say something else."""


class SettingsError(Exception):
    """The settings cannot be used; the message is for the operator."""


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
        raise SettingsError(f"{what}: {text!r} must lie in 1024-65535 and hold at least one pair")
    return ports


LOGIN = {"system_id": 15, "password": 8, "system_type": 12}
"""The longest that a bind can carry (SMPP 3.4 §4.1)."""


@dataclass(frozen=True, slots=True)
class SmscLink:
    """One link to an SMSC. ``password`` is read from ``password_file``; it is never shown."""

    address: Address
    system_id: str = "hall10086"
    password: str = field(default="", repr=False)
    system_type: str = ""
    window: int = 100
    prefix: str = ""

    def __post_init__(self) -> None:
        for name, longest in LOGIN.items():
            given = str(getattr(self, name))
            if len(given) > longest or not given.isascii():
                raise SettingsError(
                    f"SMSC {self.address}: its {name} has {longest} characters at the most, letters or signs"
                )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one server, with the defaults of ``make serve``. Times are in seconds."""

    sip: Address = Address("127.0.0.1", 5060)
    advertise: str = ""  # the address written into SIP and SDP; needed when listening on every address
    rtp_ports: PortRange = PortRange(20000, 28191)
    trusted: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    agent: str = "sip:agent@127.0.0.1:5090"
    max_calls: int = 2000
    max_setups_per_second: int = 400
    address_share: float = 10.0  # percent of every limit of SIP that one address may have
    trusted_share: float = 50.0  # the same for one in ``trusted``
    vanished_after: float = 30.0
    http: Address = Address("127.0.0.1", 8086)
    web: bool = True  # the web hall, on the console's port
    console_names: tuple[str, ...] = ()  # further hosts that requests may name: those of a proxy before it
    smsc: tuple[SmscLink, ...] = ()
    number: str = SERVICE_NUMBER  # of both halls
    demo_smsc: Address = Address("127.0.0.1", 2775)
    demo_console: Address = Address("127.0.0.1", 2776)
    database: str = "sqlite:///var/hall.db"
    business: str = "sql"
    business_database: str = ""
    business_options: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    business_deadline: float = 10.0
    business_at_once: int = 64  # callers' questions and texts' turns under way
    cache_seconds: float = 0.0  # 0: nothing is kept
    menus: Path = field(default_factory=menu_file)
    data: Path | None = None
    var: Path = Path("var")
    patience_wait: float = 2.5
    patience_deadline: float = 15.0
    drain_deadline: float = 60.0
    promos_a_day: int = PROMOS_A_DAY
    guesses_by_number: int = 10
    guesses_by_trunk: int = 20
    guesses_at_number: int = 2
    guesses_in_all: int = 1000
    keep_trying: float = 72.0  # hours
    care: bool = True
    care_from: int = 10  # hour
    care_until: int = 20
    care_per_second: float = 20.0
    log_level: str = "info"

    def __post_init__(self) -> None:
        business, patience = self.business_deadline, self.patience_deadline
        if business >= patience:  # every caller would give up first, and nobody notice that it hangs
            raise SettingsError(
                f"business.deadline {business:g} must be below server.patience_deadline {patience:g}"
            )
        if not 0 <= self.care_from < self.care_until <= 24:
            hours = f"from_hour {self.care_from}, until_hour {self.care_until}"
            raise SettingsError(f"care: {hours}: write two hours from 0 to 24, the earlier one first")
        if self.sip.host in EVERYWHERE and not self.advertise:
            raise SettingsError(
                "sip.advertise is missing: SIP listens on every address, so the settings file must say under "
                '[sip] which one phones are told, for example advertise = "192.0.2.10"'
            )

    @property
    def media_address(self) -> str:
        """The IPv4 address that callers send RTP to."""
        return self.advertise or self.sip.host

    @property
    def business_url(self) -> str | None:
        """The back office's database; that of ``sql`` is beside the store unless named."""
        if self.business_database or self.business != "sql":
            return self.business_database or None
        if self.database.startswith("sqlite:///"):
            return str(self.database.rpartition("/")[0]) + "/business.db"
        return self.database

    @property
    def business_key(self) -> Path | None:
        """The key that ``sql`` seals PUK codes with; None: beside its SQLite database, or not ours."""
        if self.business != "sql":
            return None
        if named := self.business_options.get("key_file"):
            return Path(str(named))
        return None if str(self.business_url).startswith("sqlite") else self.var / "business.key"

    @property
    def own_files(self) -> tuple[Path, ...]:
        """What is nobody else's business: our folder, databases and keys."""
        urls = [url for url in (self.database, self.business_url) if url]
        return (self.var, self.var / "hall.key", *(file for url in urls for file in of_database(url)))


# section.key in the file -> (field, how it is read)
def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{what}: write it in quotes")
    return value


def _short_number(value: Any, what: str) -> str:
    if not isinstance(value, str) or re.fullmatch("[0-9]{3,20}", value) is None:
        raise SettingsError(f'{what}: {value!r} is not a number in quotes, for example "10086"')
    return value


def _log_level(value: Any, what: str) -> str:
    if value not in LOG_LEVELS:
        raise SettingsError(f"{what}: {value!r} is none of {', '.join(LOG_LEVELS)}")
    return str(value)


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < inf:
        raise SettingsError(f"{what}: {value!r} is not a number above 0")
    return float(value)


def _whole(value: Any, what: str) -> int:
    number = _number(value, what)
    if number != int(number):
        raise SettingsError(f"{what}: {value!r} is not a whole number")
    return int(number)


def _percent(value: Any, what: str) -> float:
    if not _number(value, what) <= 100:
        raise SettingsError(f"{what}: {value!r} is more than 100, the whole")
    return float(value)


def _number_or_0(value: Any, what: str) -> float:
    return 0.0 if value == 0 and not isinstance(value, bool) else _number(value, what)


_SECRETS = re.compile("password|passwd|secret|token")


def _options(value: Any, what: str) -> Mapping[str, str | int | float | bool]:
    """What the back office itself is given, by name. A secret is named by its file."""
    if not isinstance(value, dict):
        raise SettingsError(f"{what}: write a table [business.options]")
    for name, given in value.items():
        if not isinstance(given, str | int | float | bool):
            raise SettingsError(f"{what}.{name}: write a text, a number, true or false")
        if isinstance(given, str) and _SECRETS.search(name.lower()) and not name.endswith("_file"):
            raise SettingsError(f"{what}.{name}: a secret stands in a file of its own; write {name}_file")
    return value


def _switch(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{what}: {value!r} is neither true nor false")
    return value


def _hour(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 24:
        raise SettingsError(f"{what}: {value!r} is not an hour, 0 to 24")
    return value


def _address(value: Any, what: str) -> Address:
    return parse_address(_text(value, what), what)


def _ports(value: Any, what: str) -> PortRange:
    return parse_ports(_text(value, what), what)


def _path(value: Any, what: str) -> Path:
    return Path(_text(value, what))


def _names(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingsError(f'{what}: write a list, for example ["console.example.net"]')
    for name in value:
        if not re.fullmatch(r"(\*\.)?[0-9A-Za-z._:-]{1,253}", _text(name, what)):
            raise SettingsError(f"{what}: {name!r} is no host's name or address; ports do not matter here")
    return tuple(value)


def _networks(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingsError(f'{what}: write a list, for example ["127.0.0.0/8"]')
    for network in value:
        try:
            ip_network(_text(network, what))
        except ValueError as error:
            raise SettingsError(f"{what}: {error}") from None
    return tuple(value)


KEYS: Mapping[str, tuple[str, Any]] = {
    "sip.listen": ("sip", _address),
    "sip.advertise": ("advertise", _text),
    "sip.rtp_ports": ("rtp_ports", _ports),
    "sip.trusted": ("trusted", _networks),
    "sip.agent": ("agent", _text),
    "sip.max_calls": ("max_calls", _whole),
    "sip.max_setups_per_second": ("max_setups_per_second", _whole),
    "sip.address_share": ("address_share", _percent),
    "sip.trusted_share": ("trusted_share", _percent),
    "sip.vanished_after": ("vanished_after", _number),
    "console.listen": ("http", _address),
    "console.names": ("console_names", _names),
    "web.enabled": ("web", _switch),
    "sms.number": ("number", _short_number),
    "sms.promos_a_day": ("promos_a_day", _whole),
    "guesses.by_number": ("guesses_by_number", _whole),
    "guesses.by_trunk": ("guesses_by_trunk", _whole),
    "guesses.at_number": ("guesses_at_number", _whole),
    "guesses.in_all": ("guesses_in_all", _whole),
    "sms.keep_trying": ("keep_trying", _number),
    "care.enabled": ("care", _switch),
    "care.from_hour": ("care_from", _hour),
    "care.until_hour": ("care_until", _hour),
    "care.per_second": ("care_per_second", _number),
    "demo_smsc.listen": ("demo_smsc", _address),
    "demo_smsc.console": ("demo_console", _address),
    "store.url": ("database", _text),
    "business.name": ("business", _text),
    "business.url": ("business_database", _text),
    "business.data": ("data", _path),
    "business.options": ("business_options", _options),
    "business.deadline": ("business_deadline", _number),
    "business.at_once": ("business_at_once", _whole),
    "business.cache_seconds": ("cache_seconds", _number_or_0),
    "menus.file": ("menus", _path),
    "server.var": ("var", _path),
    "server.drain_deadline": ("drain_deadline", _number),
    "server.patience_wait": ("patience_wait", _number),
    "server.patience_deadline": ("patience_deadline", _number),
    "server.log_level": ("log_level", _log_level),
}


def read_secret(file: str | None, variable: str, what: str) -> str:
    """A secret from ``file`` (first line), else from the environment ``variable``, else empty."""
    if file is None:
        return os.environ.get(variable, "")
    try:
        return Path(file).read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise SettingsError(f"{what}: cannot read the secret from {file}: {error}") from None


def _smsc_link(table: Any, what: str) -> SmscLink:
    if not isinstance(table, dict):
        raise SettingsError(f"{what}: write [[smsc]] tables")
    unknown = set(table) - {"address", "system_id", "password_file", "system_type", "window", "prefix"}
    if unknown:
        raise SettingsError(f"{what}: unknown key {sorted(unknown)[0]!r}")
    if "address" not in table:
        raise SettingsError(f'{what}: address is missing, for example address = "10.0.0.5:2775"')
    try:
        return SmscLink(
            address=_address(table["address"], f"{what} address"),
            system_id=_text(table.get("system_id", "hall10086"), f"{what} system_id"),
            password=read_secret(table.get("password_file"), "HALL10086_SMSC_PASSWORD", what),
            system_type=_text(table.get("system_type", ""), f"{what} system_type"),
            window=_whole(table.get("window", 100), f"{what} window"),
            prefix=_text(table.get("prefix", ""), f"{what} prefix"),
        )
    except SettingsError as error:
        raise SettingsError(str(error) if str(error).startswith(what) else f"{what}: {error}") from None


def _flatten(tree: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, table in tree.items():
        if section == "smsc":
            continue
        if not isinstance(table, dict):
            flat[section] = table
        else:
            flat.update({f"{section}.{key}": value for key, value in table.items()})
    return flat


def read_settings(file: Path | None) -> Settings:
    """The settings of ``file`` over the defaults. Raises :class:`SettingsError`."""
    if file is None:
        return Settings()
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from None
    values: dict[str, Any] = {}
    for key, value in _flatten(tree).items():
        if key not in KEYS:
            raise SettingsError(f"{file}: unknown key {key}; known: {', '.join(sorted(KEYS))}, [[smsc]]")
        name, reader = KEYS[key]
        values[name] = reader(value, f"{file}: {key}")
    links = tree.get("smsc", [])
    if not isinstance(links, list):
        raise SettingsError(f"{file}: smsc: write [[smsc]] tables, one a link")
    values["smsc"] = tuple(_smsc_link(link, f"{file}: smsc {n}") for n, link in enumerate(links, 1))
    return Settings(**values)


def override(settings: Settings, **flags: Any) -> Settings:
    """``settings`` with the flags that were given (None: not given)."""
    known = {f.name for f in fields(Settings)}
    assert set(flags) <= known, set(flags) - known
    return replace(settings, **{name: value for name, value in flags.items() if value is not None})
