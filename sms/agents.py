"""What the agents' desk sends by SMS: texts with one key (R117), the word that something was handled, with
how to do it oneself (R118), and the question for a score (R120).

    desk = AgentsDesk(store, common, turns, post, survey="1008686")
    await desk.handled("13900000001", "crbt", Action.OPEN, "a-key")     # Sent.NOW; the same key: Sent.BEFORE

A message and its key are one commit: whoever asks again, because he had no answer, sends nothing twice. A
score is asked for from a number of its own, once a day, and never while the customer has something open at
the hall: his "1" would be meant for that."""

from __future__ import annotations

from enum import StrEnum

from counter.common import Common
from counter.messages import COPY, RESULT, ShortMessage
from counter.post import Post
from menus.dialogue.session import Idle, Session, Told
from menus.dialogue.texts import CONFIRM_LIFE
from menus.dialogue.turn import begun
from menus.model.channels import SMS
from menus.model.events import Asks, Facts, SayKind
from menus.model.hall import Hall, Service, Template
from menus.model.specs import Action
from menus.model.text import render_text
from menus.model.values import Values
from sms.subscribers import OpenSessions, with_line
from sms.turns import Turns
from store import Notice, Store, StoreConflict

DESK, SURVEY = "desk", "survey"
SCORING = "forms.survey"
SCORE = "score"


class Sent(StrEnum):
    NOW = "sent"
    BEFORE = "sent before"  # under this key; of a survey, today
    OPEN = "something is open"  # at the hall: not sent


class NothingToSend(Exception):
    """Nobody's number, no such text or service, no survey: the text says which."""


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
        return await self._send(facts, template, {}, COPY, key)

    async def hint(self, msisdn: str, service: str, key: str) -> Sent:
        """How to do a service oneself. Raises NothingToSend, StoreError."""
        return await self._about(msisdn, service, "desk hint", COPY, key)

    async def handled(self, msisdn: str, service: str, action: Action, key: str) -> Sent:
        """An agent has opened or cancelled it for him. Raises NothingToSend, StoreError."""
        return await self._about(msisdn, service, f"desk handled {action}", RESULT, key)

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
        sent = await self._keep(notice, message, facts)
        if sent is Sent.NOW:
            self._turns.ask(with_line(msisdn, self._survey), Asks(service.id, Action.OPEN, SCORE, {}))
        return sent

    # ---- inside --------------------------------------------------------------------------------------------
    def _has_open(self, msisdn: str) -> bool:
        """Whether something at the hall still waits for him."""
        session = self._sessions[msisdn].session
        since = session.since
        old = since is not None and self._common.desk.steady() - since > CONFIRM_LIFE
        return not (isinstance(session.waiting, Idle) or old)

    async def _of(self, msisdn: str) -> tuple[Facts, Hall]:
        """Raises NothingToSend for a number that is no subscriber's."""
        facts = await self._common.desk.facts(msisdn, SMS)
        if facts.caller is None or facts.brand is None:
            raise NothingToSend("the number is no subscriber's, or the back office does not answer")
        return facts, self._common.halls.newest.of_city(facts.city)

    async def _about(self, msisdn: str, name: str, wording: str, kind: str, key: str) -> Sent:
        facts, hall = await self._of(msisdn)
        service: Service | None = hall.services.get(name)
        if service is None or service.spec is None:
            raise NothingToSend(f"there is no service {name}")
        step = begun(hall, Session.new(hall.version, SMS, msisdn, DESK), facts)
        template, values = step.find(Told(None, None, wording, step.of_service(name)), SMS)
        if template is None:
            raise NothingToSend(f"the menu has no wording “{wording}”")
        return await self._send(facts, template, values, kind, key)

    async def _send(self, facts: Facts, template: Template, values: Values, kind: str, key: str) -> Sent:
        assert facts.caller is not None  # _of has seen to it
        notice = Notice(DESK, key, facts.caller, self._now())
        message = ShortMessage(facts.caller, render_text(template, values).strip(), kind)
        return await self._keep(notice, message, facts)

    async def _keep(self, notice: Notice, message: ShortMessage, facts: Facts) -> Sent:
        rows = self._post.compose(message, joins=facts.long_sms)
        try:
            await self._store.notify((notice,), rows, (DESK, notice.subscriber))
        except StoreConflict:
            return Sent.BEFORE
        self._post.send(rows)
        return Sent.NOW

    def _now(self) -> float:
        return self._common.clock.seconds()
