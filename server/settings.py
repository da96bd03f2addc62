"""Settings: a TOML file, overridden by the flags of ``hall10086 serve``. Secrets come from files or the
environment, never from a flag's value or the settings' own text.

Every error names the file, the key and what to write instead (:class:`SettingsError`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from business.files import regular
from menus.model.numbers import SERVICE_NUMBER
from server import values
from server.files import of_database
from server.shipped import menu_file
from server.smsc_links import SmscLink, read_links
from server.values import Address, PortRange, SettingsError

EVERYWHERE = ("0.0.0.0", "::")

PROMOS_A_DAY = 10
"""To one subscriber, unless the settings say something else."""


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
    agents: bool = True  # the agents' desk, on the console's port
    console_names: tuple[str, ...] = ()  # further hosts that requests may name: those of a proxy before it
    smsc: tuple[SmscLink, ...] = ()
    number: str = SERVICE_NUMBER  # of both halls
    survey_number: str = ""  # asks for scores; none: nobody is asked
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
    bulk: bool = False
    blacklist: Path | None = None  # who gets nothing that is sent to many, a number a line
    log_level: str = "info"

    def __post_init__(self) -> None:
        if self.business == "sql" and self.business_database:
            values.store_url(self.business_database, "business.url (--business-database)")
        business, patience = self.business_deadline, self.patience_deadline
        if business >= patience:  # every caller would give up first, and nobody notice that it hangs
            raise SettingsError(
                f"business.deadline = {business:g} must be below server.patience_deadline = {patience:g}: "
                "make the one shorter or the other longer"
            )
        if self.patience_wait >= patience:  # nobody would ever hear 请稍候
            raise SettingsError(
                f"server.patience_wait = {self.patience_wait:g} must be below server.patience_deadline = "
                f"{patience:g}: make the one shorter or the other longer"
            )
        if self.trusted_share < self.address_share:
            raise SettingsError(
                f"sip.trusted_share = {self.trusted_share:g} must not be below sip.address_share = "
                f"{self.address_share:g}: a trusted address would have less than a stranger's"
            )
        if not 0 <= self.care_from < self.care_until <= 24:
            hours = f"care.from_hour = {self.care_from}, care.until_hour = {self.care_until}"
            raise SettingsError(f"{hours}: write two hours from 0 to 24, the earlier one first")
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
KEYS: Mapping[str, tuple[str, Any]] = {
    "sip.listen": ("sip", values.address),
    "sip.advertise": ("advertise", values.ip_or_nothing),
    "sip.rtp_ports": ("rtp_ports", values.ports),
    "sip.trusted": ("trusted", values.networks),
    "sip.agent": ("agent", values.sip_uri),
    "sip.max_calls": ("max_calls", values.whole),
    "sip.max_setups_per_second": ("max_setups_per_second", values.whole),
    "sip.address_share": ("address_share", values.percent),
    "sip.trusted_share": ("trusted_share", values.percent),
    "sip.vanished_after": ("vanished_after", values.number_from_1),
    "console.listen": ("http", values.address),
    "console.names": ("console_names", values.names),
    "web.enabled": ("web", values.switch),
    "agents.enabled": ("agents", values.switch),
    "sms.number": ("number", values.short_number),
    "sms.survey_number": ("survey_number", values.short_number_or_nothing),
    "sms.promos_a_day": ("promos_a_day", values.whole_or_0),
    "guesses.by_number": ("guesses_by_number", values.whole),
    "guesses.by_trunk": ("guesses_by_trunk", values.whole),
    "guesses.at_number": ("guesses_at_number", values.whole),
    "guesses.in_all": ("guesses_in_all", values.whole),
    "sms.keep_trying": ("keep_trying", values.number),
    "care.enabled": ("care", values.switch),
    "care.from_hour": ("care_from", values.hour),
    "care.until_hour": ("care_until", values.hour),
    "care.per_second": ("care_per_second", values.number),
    "care.bulk": ("bulk", values.switch),
    "care.blacklist": ("blacklist", values.path),
    "demo_smsc.listen": ("demo_smsc", values.address),
    "demo_smsc.console": ("demo_console", values.address),
    "store.url": ("database", values.store_url),
    "business.name": ("business", values.text),
    "business.url": ("business_database", values.text),
    "business.data": ("data", values.path),
    "business.options": ("business_options", values.options),
    "business.deadline": ("business_deadline", values.number),
    "business.at_once": ("business_at_once", values.whole),
    "business.cache_seconds": ("cache_seconds", values.number_or_0),
    "menus.file": ("menus", values.path),
    "server.var": ("var", values.path),
    "server.drain_deadline": ("drain_deadline", values.number),
    "server.patience_wait": ("patience_wait", values.number),
    "server.patience_deadline": ("patience_deadline", values.number),
    "server.log_level": ("log_level", values.log_level),
}


SECTIONS = tuple(dict.fromkeys(key.partition(".")[0] for key in KEYS))
LINKS = "smsc"
"""The one that stands in double brackets, as often as there are links."""


def read_settings(file: Path | None) -> Settings:
    """The settings of ``file`` over the defaults. Raises :class:`SettingsError`."""
    if file is None:
        return Settings()
    try:
        tree = tomllib.loads(regular(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file}: this is not UTF-8; save it as UTF-8") from None
    except RecursionError:
        raise SettingsError(f"{file}: lists stand within lists without end; no setting has any") from None
    except ValueError as error:  # TOML's, or Python's of a number of thousands of digits
        raise SettingsError(
            f'{file}: {error}; a line is [section] or key = value, texts in "quotes"'
        ) from None
    found: dict[str, Any] = {}
    try:
        for key, value in _flatten(tree).items():
            name, reader = KEYS.get(key) or _unknown(key)
            found[name] = reader(value, key)
        found["smsc"] = read_links(tree.get(LINKS, []))
        return Settings(**found)
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from None


def _flatten(tree: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, table in tree.items():
        if section == LINKS:
            continue
        if section not in SECTIONS and isinstance(table, dict | list):
            _unknown_section(section, table)
        if isinstance(table, dict):
            flat.update({f"{section}.{key}": value for key, value in table.items()})
        elif section in SECTIONS:
            keys = ", ".join(_keys_of(section))
            raise SettingsError(
                f"{section}: a table is meant; write [{section}], and below it its keys ({keys})"
            )
        else:
            flat[section] = table
    return flat


def _keys_of(section: str) -> tuple[str, ...]:
    return tuple(key.removeprefix(f"{section}.") for key in KEYS if key.startswith(f"{section}."))


def _unknown(key: str) -> NoReturn:
    """Names what was probably meant: the same key of another section, or one that is written like it."""
    section, _, last = key.rpartition(".")
    elsewhere = [one for one in KEYS if one.rpartition(".")[2] == last]
    near = elsewhere or get_close_matches(key, KEYS, 1, 0.75)
    if near:
        at, _, name = near[0].rpartition(".")
        raise SettingsError(f"unknown key {key}; did you mean {name} in [{at}]?")
    if section in SECTIONS:
        raise SettingsError(f"unknown key {key}; [{section}] has {', '.join(_keys_of(section))}")
    raise SettingsError(f"unknown key {key}; write one of the sections {_headers((*SECTIONS, LINKS), ', ')}")


def _unknown_section(section: str, table: Mapping[str, Any] | list[Any]) -> NoReturn:
    """Names the sections that are written like it, or that have one of its keys."""
    near = get_close_matches(section, (*SECTIONS, LINKS), 2, 0.7)
    near = near or [one for one in SECTIONS if any(f"{one}.{key}" in KEYS for key in table)]
    if near:
        raise SettingsError(f"unknown section [{section}]; did you mean {_headers(near, ' or ')}?")
    raise SettingsError(f"unknown section [{section}]; there are {_headers((*SECTIONS, LINKS), ', ')}")


def _headers(sections: Sequence[str], between: str) -> str:
    return between.join(f"[[{one}]]" if one == LINKS else f"[{one}]" for one in sections)


def override(settings: Settings, **flags: Any) -> Settings:
    """``settings`` with the flags that were given (None: not given). Raises :class:`SettingsError`."""
    known = {f.name for f in fields(Settings)}
    assert set(flags) <= known, set(flags) - known
    if flags.get("database") is not None:
        values.store_url(flags["database"], "--database")
    return replace(settings, **{name: value for name, value in flags.items() if value is not None})
