"""Keys, prompts and silence of one call, without SIP, RTP or a menu: a scripted conversation answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from counter.conversation import Turn
from counter.testing.house import NOW
from ivr.talk import MAX_KEYS, PLEASE_WAIT, FixedWordings, Talk
from menus.dialogue.session import Session
from menus.model.channels import VOICE
from menus.model.events import (
    Await,
    End,
    Event,
    Facts,
    Input,
    Key,
    Recognised,
    Say,
    SayKind,
    Silence,
    Transfer,
)
from menus.model.hall import Position, Template

SESSION = Session.new("v1", VOICE, "13900000001", "call-1")
FACTS = Facts(NOW, VOICE, SESSION.caller)
CONFIRM = Await(8.0, flush=True, guarded=frozenset("1"))


def say(name: str) -> Say:
    return Say(name, Template((name,), Position("menus.yaml", 1, 1)), {}, SayKind.ANSWER)


class Script:
    """A conversation that gives the next piece of its script, whatever is put in."""

    def __init__(self, *turns: tuple[Event, ...]) -> None:
        self.turns = list(turns)
        self.given: list[Input] = []
        self.hold: Deferred[None] | None = None

    async def turn(self, given: Input) -> Turn:
        self.given.append(given)
        if self.hold is not None:
            await self.hold
        events = self.turns.pop(0) if self.turns else ()
        return Turn(session=SESSION, events=events, recognised=Recognised(), facts=FACTS)

    @property
    def names(self) -> list[str]:
        return [g.digit if isinstance(g, Key) else type(g).__name__ for g in self.given]


class FakeLine:
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.utterance = 0
        self.audible = True
        self.keys = ""

    def speak(self, utterance: int, says: tuple[Say, ...]) -> bool:
        self.utterance = utterance
        self.seen.append(" ".join(s.name for s in says))
        return self.audible

    def hush(self) -> None:
        self.seen.append("hush")

    def heard(self, digit: str, counted: bool) -> None:
        if counted:
            self.keys += digit
        else:
            self.seen.append(f"ignored {digit}")

    def transfer(self, queue: str) -> None:
        self.seen.append("transfer")

    def hang_up(self, outcome: str) -> None:
        self.seen.append(f"end {outcome}")


class TalkTests(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.line = FakeLine()
        self.kept: list[Turn] = []

    def talk(self, *turns: tuple[Event, ...]) -> Talk:
        self.script = Script(*turns)

        async def keep(turn: Turn) -> bool:
            self.kept.append(turn)
            return True

        conversation: Any = self.script
        broken: Callable[..., Any] = self.fail
        made = Talk(
            conversation,
            self.line,
            keep=keep,
            reactor=self.clock,
            broken=broken,
            words=FixedWordings(wait=(say("wait"),)),
        )
        made.begin()
        return made

    def test_two_keys_pressed_at_once_walk_two_menus_without_a_prompt_between(self) -> None:
        talk = self.talk((say("main"), Await(8.0)), (say("menu1"), Await(8.0)), (say("balance"), Await(8.0)))
        self.line.seen.clear()
        self.script.hold = Deferred()
        talk.key("1")
        talk.key("1")
        self.script.hold.callback(None)
        assert self.script.names == ["Started", "1", "1"]
        assert self.line.seen == ["hush", "balance"]

    def test_a_key_cuts_the_prompt_short(self) -> None:
        talk = self.talk((say("main"), Await(8.0)), (say("menu1"), Await(8.0)))
        talk.key("1")
        assert self.line.seen == ["main", "hush", "menu1"]

    def test_silence_counts_from_the_end_of_the_prompt(self) -> None:
        talk = self.talk((say("main"), Await(8.0)), (say("noinput"), Await(8.0)))
        self.clock.advance(60)
        assert self.script.names == ["Started"]
        talk.spoken(self.line.utterance)
        self.clock.advance(7.9)
        assert self.script.names == ["Started"]
        self.clock.advance(0.2)
        assert self.script.names == ["Started", "Silence"]
        assert isinstance(self.script.given[-1], Silence)

    def test_the_confirming_key_counts_only_once_the_tariff_was_spoken(self) -> None:
        talk = self.talk((say("screen"), Await(8.0)), (say("tariff"), CONFIRM), (say("opened"), Await(8.0)))
        talk.key("1")
        talk.key("1")
        assert self.script.names == ["Started", "1"]
        assert self.line.seen == ["screen", "hush", "tariff", "ignored 1"]
        talk.spoken(self.line.utterance)
        talk.key("1")
        assert self.script.names == ["Started", "1", "1"]

    def test_a_tariff_without_audio_cannot_be_confirmed_but_declined(self) -> None:
        talk = self.talk((say("tariff"), CONFIRM), (say("tariff"), CONFIRM), (say("not done"), Await(8.0)))
        self.line.audible = False
        talk.key("#")
        talk.spoken(self.line.utterance)
        talk.key("1")
        talk.key("1")
        assert self.script.names == ["Started", "#"]
        talk.key("2")
        assert self.script.names == ["Started", "#", "2"]

    def test_a_key_is_told_when_its_turn_comes_and_never_if_it_has_none(self) -> None:
        """What is typed ahead may be a password: what was asked for is known only then."""
        talk = self.talk((say("main"), Await(8.0)), (say("number?"), Await(8.0)), (say("tariff"), CONFIRM))
        self.script.hold = Deferred()
        for digit in "12345":
            talk.key(digit)
        assert self.line.keys == "1"
        self.script.hold.callback(None)
        assert self.line.keys == "12"
        assert [each for each in self.line.seen if each.startswith("ignored")] == ["ignored *"] * 3

    def test_keys_typed_ahead_of_a_confirmation_are_forgotten(self) -> None:
        talk = self.talk((say("main"), Await(8.0)), (say("screen"), Await(8.0)), (say("tariff"), CONFIRM))
        self.script.hold = Deferred()
        for digit in "2111":
            talk.key(digit)
        self.script.hold.callback(None)
        assert self.script.names == ["Started", "2", "1"]
        assert self.line.seen[-1] == "tariff"

    def test_another_key_leaves_a_confirmation_at_once(self) -> None:
        talk = self.talk((say("tariff"), CONFIRM), (say("not done"), Await(8.0)))
        talk.key("2")
        assert self.script.names == ["Started", "2"]

    def test_please_wait_is_said_while_the_back_office_thinks(self) -> None:
        talk = self.talk((say("main"), Await(8.0)), (say("balance"), Await(8.0)))
        self.script.hold = Deferred()
        talk.key("1")
        self.clock.advance(PLEASE_WAIT - 0.1)
        assert self.line.seen == ["main", "hush"]
        self.clock.advance(0.1)
        assert self.line.seen == ["main", "hush", "wait"]
        self.script.hold.callback(None)
        assert self.line.seen[-1] == "balance"

    def test_the_goodbye_is_heard_out_before_the_line_goes(self) -> None:
        talk = self.talk((say("bye"), End("no_input")))
        assert self.line.seen == ["bye"]
        talk.spoken(self.line.utterance)
        assert self.line.seen == ["bye", "end no_input"]

    def test_a_failed_transfer_comes_back_to_the_menu(self) -> None:
        talk = self.talk((say("transfer"), Transfer()), (say("failed main"), Await(8.0)))
        talk.spoken(self.line.utterance)
        assert self.line.seen == ["transfer", "transfer"]
        talk.transfer_failed()
        assert self.script.names == ["Started", "TransferFailed"]
        assert self.line.seen[-1] == "failed main"

    def test_hanging_up_during_work_keeps_what_was_begun(self) -> None:
        talk = self.talk((say("main"), Await(8.0)), (say("opened"), Await(8.0)))
        self.script.hold = Deferred()
        talk.key("1")
        talk.gone()
        assert self.script.names == ["Started", "1"]
        self.script.hold.callback(None)
        assert self.script.names == ["Started", "1", "HungUp"]
        assert len(self.kept) == 3
        assert "opened" not in self.line.seen
        assert self.clock.getDelayedCalls() == []

    def test_leaning_on_the_keypad_is_bounded(self) -> None:
        talk = self.talk((say("main"), Await(8.0)))
        self.script.hold = Deferred()
        for _ in range(MAX_KEYS + 50):
            talk.key("1")
        assert self.line.seen.count("ignored *") == 49
        talk.gone()
        self.script.hold.callback(None)

    def test_a_late_played_report_of_a_cut_prompt_means_nothing(self) -> None:
        talk = self.talk((say("main"), Await(8.0)), (say("menu1"), Await(8.0)))
        first = self.line.utterance
        talk.key("1")
        talk.spoken(first)
        assert self.clock.getDelayedCalls() == []
        talk.spoken(self.line.utterance)
        assert len(self.clock.getDelayedCalls()) == 1
        talk.gone()
