"""What the agents' desk sends by SMS: texts with one key (R117), the word that something was handled, with
how to do it oneself (R118), and the question for a score (R120).

    desk = AgentsDesk(store, common, turns, post, survey="1008686")
    await desk.handled("13900000001", "crbt", Action.OPEN, "a-key")     # Sent.NOW; the same key: Sent.BEFORE

A message and its key are one commit: whoever asks again, because he had no answer, sends nothing twice; and
beside the key stands what was asked for, so that a key never swallows another message of that number. A
score is asked for from a number of its own, once a day, and never while the customer has something open at
the hall: his "1" would be meant for that."""

from __future__ import annotations

from enum import StrEnum

from counter.common import Common
from counter.messages import COPY, RESULT, ShortMessage
from counter.post import Post
from menus.dialogue.session import AtConfirm, AtScreen, Idle, Session, Told, Waiting
from menus.dialogue.texts import CONFIRM_LIFE
from menus.dialogue.turn import begun
from menus.model.channels import SMS
from menus.model.events import Asks, Facts, SayKind
from menus.model.hall import Hall, Service
from menus.model.specs import Action
from menus.model.text import render_text
from sms.subscribers import OpenSessions, with_line
from sms.turns import Turns
from store import Notice, Store, StoreConflict

DESK, SURVEY = "desk", "survey"
SCORING = "forms.survey"
SCORE = "score"
HANDED_IN = ("forms.", "complaints.")
"""What is opened by answering or telling something: with that it has been taken, not been done."""


class Sent(StrEnum):
    NOW = "sent"
    BEFORE = "sent before"  # under this key; of a survey, today
    OPEN = "something is open"  # at the hall: not sent


class NothingToSend(Exception):
    """Nobody's number, no such text, service or action, no survey, a key that is another message's: the text
    says which."""


ANOTHERS = "that was another message's key; each has one of its own"


class AgentsDesk:
    """See the head of this file. ``survey``: the number that asks for scores ("" none)."""

    def __init__(
        self,
        store: Store,
        common: Common,
        turns: Turns,
        sessions: OpenSessions,
        *,
        post: Post,
        survey: str = "",
    ) -> None:
        self._store = store
        self._common = common
        self._turns = turns
        self._sessions = sessions
        self._post = post
        self._survey = survey

    def hotkeys(self) -> dict[str, str]:
        """The texts that can be sent with one key, by name."""
        return {name: render_text(text, {}) for name, text in self._common.halls.newest.hotkeys.items()}

    async def hotkey(self, msisdn: str, name: str, key: str) -> Sent:
        """One of them. Raises NothingToSend, StoreError."""
        facts, hall = await self._of(msisdn)
        template = hall.hotkeys.get(name)
        if template is None:
            raise NothingToSend(f"there is no text {name}; there are: {', '.join(hall.hotkeys)}")
        message = ShortMessage(msisdn, render_text(template, {}).strip(), COPY)
        return await self._send(message, f"text {name}", key, facts)

    async def hint(self, msisdn: str, service: str, key: str) -> Sent:
        """How to do a service oneself. Raises NothingToSend, StoreError."""
        facts, hall = await self._of(msisdn)
        message = self._about(_served(hall, service), "desk hint", COPY, (facts, hall))
        return await self._send(message, f"hint {service}", key, facts)

    async def handled(self, msisdn: str, service: str, action: Action, key: str) -> Sent:
        """An agent has opened or cancelled it for him. Raises NothingToSend, StoreError."""
        facts, hall = await self._of(msisdn)
        known = _served(hall, service)
        if not _can_be_handled(known, action):
            raise NothingToSend(f"there is no {action} of {service}")
        message = self._about(known, f"desk handled {action}", RESULT, (facts, hall))
        return await self._send(message, f"handled {service} {action}", key, facts)

    async def ask_score(self, msisdn: str) -> Sent:
        """After a call to an agent, or something that was handled. Raises NothingToSend, StoreError."""
        facts, hall = await self._of(msisdn)
        service = next((s for s in hall.services.values() if s.spec and s.spec.name == SCORING), None)
        wording = service.wording(Action.OPEN, f"ask {SCORE}") if service else None
        template = wording.on(SMS) if wording else None
        if not self._survey or service is None or template is None:
            raise NothingToSend(
                "no survey: sms.survey_number in the settings, a service that does forms.survey"
            )
        if self._has_open(msisdn):
            return Sent.OPEN
        notice = Notice(SURVEY, self._common.desk.now().date().isoformat(), msisdn, self._now())
        message = ShortMessage(
            msisdn, render_text(template, {}).strip(), SayKind.ASK, SayKind.ASK, sender=self._survey
        )
        sent = Sent.NOW if await self._keep((notice,), message, facts) else Sent.BEFORE
        if sent is Sent.NOW:
            self._turns.ask(with_line(msisdn, self._survey), Asks(service.id, Action.OPEN, SCORE, {}))
        return sent

    # ---- inside --------------------------------------------------------------------------------------------
    def _has_open(self, msisdn: str) -> bool:
        """Whether something at the hall still waits for him."""
        session = self._sessions[msisdn].session
        since = session.since
        old = since is not None and self._common.desk.steady() - since > CONFIRM_LIFE
        return is_open(session.waiting) and not old

    async def _of(self, msisdn: str) -> tuple[Facts, Hall]:
        """Raises NothingToSend for a number that is no subscriber's."""
        facts = await self._common.desk.facts(msisdn, SMS)
        if facts.caller is None or facts.brand is None:
            raise NothingToSend("the number is no subscriber's, or the back office does not answer")
        return facts, self._common.halls.newest.of_city(facts.city)

    def _about(self, service: Service, wording: str, kind: str, of: tuple[Facts, Hall]) -> ShortMessage:
        facts, hall = of
        assert facts.caller is not None  # _of has seen to it
        step = begun(hall, Session.new(hall.version, SMS, facts.caller, DESK), facts)
        template, values = step.find(Told(None, None, wording, step.of_service(service.id)), SMS)
        if template is None:
            raise NothingToSend(f"the menu has no wording “{wording}”")
        return ShortMessage(facts.caller, render_text(template, values).strip(), kind)

    async def _send(self, message: ShortMessage, what: str, key: str, facts: Facts) -> Sent:
        """``what`` was asked for under ``key``. Raises NothingToSend where something else was before."""
        now, kind = self._now(), f"{DESK} {what}"
        notices = Notice(DESK, key, message.to, now), Notice(kind, key, message.to, now)
        if await self._keep(notices, message, facts):
            return Sent.NOW
        if message.to not in await self._store.noticed(kind, key, "", ""):
            raise NothingToSend(ANOTHERS)
        return Sent.BEFORE

    async def _keep(self, notices: tuple[Notice, ...], message: ShortMessage, facts: Facts) -> bool:
        """False: it stands there already."""
        rows = self._post.compose(message, joins=facts.long_sms)
        try:
            await self._store.notify(notices, rows, (DESK, message.to))
        except StoreConflict:
            return False
        self._post.send(rows)
        return True

    def _now(self) -> float:
        return self._common.clock.seconds()


def _served(hall: Hall, name: str) -> Service:
    """Raises NothingToSend."""
    service: Service | None = hall.services.get(name)
    if service is None or service.spec is None:
        raise NothingToSend(f"there is no service {name}")
    return service


def _can_be_handled(service: Service, action: Action) -> bool:
    """Whether an agent can do it for a customer: "已为您办好" is true of nothing else."""
    spec = service.spec
    return spec is not None and action in spec.actions and not spec.name.startswith(HANDED_IN)


def is_open(waiting: Waiting) -> bool:
    """Whether a session waits for an answer: what was confirmed, or chosen on a screen, only shows its result
    again, and a "1" meant for a score would do no more."""
    if isinstance(waiting, AtConfirm) and waiting.proposal.done:
        return is_open(waiting.under)
    return not (isinstance(waiting, Idle) or (isinstance(waiting, AtScreen) and waiting.used))
