"""``[[smsc]]``: the links to SMSCs, as the settings name them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from business.http.tls import authorities
from server import values
from server.values import Address, SettingsError, read_secret

LOGIN = {"system_id": 15, "password": 8, "system_type": 12}
"""The longest that a bind can carry (SMPP 3.4 §4.1)."""
KEYS = (
    *("name", "address", "system_id", "password_file", "system_type", "window", "per_second", "prefix"),
    *("numbers", "tls", "ca_file"),
)
_TEXTS = ("name", "system_id", "system_type", "prefix")


@dataclass(frozen=True, slots=True)
class SmscLink:
    """One link to an SMSC. ``password`` is read from ``password_file``; it is never shown. The others are as
    ``sms.smpp.link.LinkConfig`` has them; ``ca_file``: whose certificates are believed, "": the system's."""

    address: Address
    system_id: str = "hall10086"
    password: str = field(default="", repr=False)
    system_type: str = ""
    window: int = 100
    prefix: str = ""
    name: str = "1"
    numbers: tuple[str, ...] = ()
    per_second: float = 0.0
    tls: bool = False
    ca_file: str = ""

    def __post_init__(self) -> None:
        for name, longest in LOGIN.items():
            given = str(getattr(self, name))
            if len(given) > longest or not given.isascii():
                raise SettingsError(
                    f"SMSC {self.address}: its {name} has {longest} characters at the most, letters or signs"
                )


def read_links(links: Any) -> tuple[SmscLink, ...]:
    """All of ``[[smsc]]``. Raises :class:`SettingsError`."""
    if not isinstance(links, list) or not all(isinstance(link, dict) for link in links):
        raise SettingsError("smsc: write [[smsc]], in double brackets, one such table a link")
    found = tuple(_link(link, f"smsc {n}", str(n)) for n, link in enumerate(links, 1))
    _must_differ([link.name for link in found], "are both called")
    _must_differ([each for link in found for each in link.numbers], "are both for")
    return found


def _must_differ(given: Sequence[str], what: str) -> None:
    twice = next((each for n, each in enumerate(given) if each in given[:n]), None)
    if twice is not None:
        raise SettingsError(f'smsc: two links {what} "{twice}"; change one of them')


def _link(table: Mapping[str, Any], what: str, name: str) -> SmscLink:
    for key in sorted(set(table) - set(KEYS)):
        near = get_close_matches(key, KEYS, 1, 0.6)
        todo = f"did you mean {near[0]}?" if near else f"there are {', '.join(KEYS)}"
        raise SettingsError(f"{what}: unknown key {key!r}; {todo}")
    if "address" not in table:
        raise SettingsError(f'{what}: address is missing, for example address = "10.0.0.5:2775"')
    secret = table.get("password_file")
    if secret is not None:
        values.text(secret, f"{what} password_file")
    texts = {key: values.text(table[key], f"{what} {key}") for key in _TEXTS if key in table}
    try:
        _must_be_a_name(texts.get("name", name), f"{what} name")
        return SmscLink(
            address=values.address(table["address"], f"{what} address"),
            password=read_secret(secret, "HALL10086_SMSC_PASSWORD", f"{what} password_file"),
            window=values.whole(table.get("window", 100), f"{what} window"),
            per_second=values.number_or_0(table.get("per_second", 0), f"{what} per_second"),
            numbers=_numbers(table.get("numbers", []), f"{what} numbers"),
            tls=values.switch(table.get("tls", False), f"{what} tls"),
            ca_file=_ca_file(table, f"{what} ca_file"),
            **{"name": name, **texts},
        )
    except SettingsError as error:
        raise SettingsError(str(error) if str(error).startswith(what) else f"{what}: {error}") from None


def _must_be_a_name(given: str, what: str) -> None:
    if not re.fullmatch(r"[\w.-]{1,32}", given):
        raise SettingsError(f"{what}: write it in letters, digits and . - _, 32 at the most")


def _numbers(given: Any, what: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) and one.isdecimal() for one in given):
        raise SettingsError(
            f'{what}: write what its numbers begin with, as a list of texts, for example ["139", "1380731"]'
        )
    return tuple(given)


def _ca_file(table: Mapping[str, Any], what: str) -> str:
    file = values.text(table.get("ca_file", ""), what)
    if file and not table.get("tls"):
        raise SettingsError(f"{what}: it is read for TLS only; write tls = true, or take the line out")
    if file:
        try:
            authorities(file)
        except OSError as error:
            raise SettingsError(f"{what}: {file}: {error.strerror}") from None
        except ValueError as error:
            raise SettingsError(f"{what}: {error}") from None
    return file
