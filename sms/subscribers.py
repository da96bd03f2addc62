"""Who texted: addresses in their usual writings, sessions, and the questions they have been asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from counter.conversation import HallVersions
from menus.dialogue.session import Ended, Idle, Session
from menus.model.channels import SMS
from menus.model.numbers import mobile
from store import Recovered, SessionRow

SECRET = '"secret":true'
"""Stands in a session's JSON only while it holds a secret input (defaults are left out)."""


_LINE = "*"
"""Stands between a subscriber's address and the number of ours that he texts, where that is not the
hall's."""


def with_line(address: str, line: str) -> str:
    """The name of the conversation that ``address`` has with the number ``line`` of ours ("" the hall's)."""
    return f"{address}{_LINE}{line}" if line else address


def parted(name: str) -> tuple[str, str]:
    """The address and the number of ours ("" the hall's) of a conversation."""
    address, _, line = name.partition(_LINE)
    return address, line


class Random64(Protocol):
    def getrandbits(self, k: int, /) -> int: ...


@dataclass(slots=True)
class OpenSession:
    """``asked``: the message that asked the open question; ``taken``: when the SMSC took all of it (None: not
    yet)."""

    session: Session
    asked: int | None = None
    taken: float | None = None

    def seen(self, received: float) -> bool:
        """Whether a text received then may answer the open question."""
        return self.asked is None or (self.taken is not None and self.taken <= received)


class OpenSessions:
    """The sessions of everybody, kept in memory as the store has them."""

    def __init__(
        self,
        halls: HallVersions,
        random: Random | Random64,
        seal: Callable[[str], str] = str,
        unseal: Callable[[str], str] = str,
    ) -> None:
        self._halls = halls
        self._seal = seal
        self._unseal = unseal
        self._random = random
        self._known: dict[str, OpenSession] = {}
        self._asking: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._known)

    def recover(self, found: Recovered) -> None:
        for row in found.sessions:
            try:
                session = Session.from_json(self._unseal(row.state))
            except ValueError:
                continue  # of a build that we do not understand: he begins anew
            taken = found.asked.get(row.asked or 0, 0.0)
            self._known[row.address] = OpenSession(session, row.asked, taken)
            if row.asked is not None and taken is None:
                self._asking[row.asked] = row.address

    def __getitem__(self, address: str) -> OpenSession:
        """He as he stands; an idle one begins on the newest hall."""
        known = self._known.get(address)
        newest = self._halls.newest.version
        if known is None or isinstance(known.session.waiting, Ended):
            session_id = f"{self._random.getrandbits(64):016x}"
            session = Session.new(newest, SMS, mobile(parted(address)[0]), session_id)
            known = self._known[address] = OpenSession(session)
        elif isinstance(known.session.waiting, Idle) and known.session.hall_version != newest:
            known.session = replace(known.session, hall_version=newest)
        return known

    def matters(self, address: str, session: Session) -> bool:
        """Whether a session has to be written: not if nothing is open, and nothing was. (One that was never
        written begins anew after a restart, with an id and so with keys of its own.)"""
        return not (bare(self[address].session) and bare(session))

    def row(self, address: str, session: Session, asked: int | None, now: float) -> SessionRow:
        state = session.to_json()
        if SECRET in state:
            state = self._seal(state)
        return SessionRow(SMS.name, address, session.hall_version, state, now, asked)

    def keep(self, address: str, session: Session, asked: int | None) -> None:
        """The turn is committed. ``asked``: its reply, if that is a question (None: as before). Who has
        nothing open is forgotten: ten thousand texts a minute would fill the memory with nothing."""
        known = self[address]
        if bare(session):
            self._forget(address)
            return
        known.session = session
        if asked is not None:
            if known.asked is not None:
                self._asking.pop(known.asked, None)
            known.asked, known.taken = asked, None
            self._asking[asked] = address

    def _forget(self, address: str) -> None:
        known = self._known.pop(address, None)
        if known is not None and known.asked is not None:
            self._asking.pop(known.asked, None)

    def question_taken(self, message: int, at: float) -> None:
        """The SMSC took a whole message; a question counts as seen from now on."""
        address = self._asking.pop(message, None)
        if address is not None and (known := self._known.get(address)) is not None:
            known.taken = at

    def forget_idle(self, before: float) -> int:
        """Let go of sessions untouched since ``before``; how many. They begin anew, as the store's purge has
        it."""
        old = [
            address
            for address, known in self._known.items()
            if known.session.since is not None and known.session.since.timestamp() < before
        ]
        for address in old:
            self._forget(address)
        return len(old)

    @property
    def halls_in_use(self) -> frozenset[str]:
        return frozenset(known.session.hall_version for known in self._known.values())


def bare(session: Session) -> bool:
    """Nothing is open, counted or proved: as good as a new one."""
    counted = session.page or session.no_input or session.no_match
    return isinstance(session.waiting, Idle) and session.menu is None and not (counted or session.proved)
