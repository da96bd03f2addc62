"""Forms of the hall's that customers answer: a quiz (R049, R062), a survey (R120). Free, for everybody."""

from __future__ import annotations

from boss.rules.effects import KeepResponse, Verdict
from boss.rules.situation import Situation
from boss.rules.tokens import token
from business.port import Done, Offer, Refused, Respond, Why

WORDS_LENGTH = 500  # characters; what is longer is cut, not refused


def offer_respond(change: Respond, at: Situation) -> Offer | Refused:
    if change.once and at.responses.own:
        return Refused(Why.ALREADY)
    return Offer(fee=0, charged=False, confirm=False, effective=at.day, token=token("respond"))


def respond(change: Respond, fresh: Offer, at: Situation) -> Verdict:
    """``entries``: how many responses the form has with this one."""
    words = change.words.strip()[:WORDS_LENGTH]
    effect = KeepResponse(at.account.msisdn, change.form, change.answers, words, at.channel)
    return Verdict(Done({"entries": at.responses.all + 1}), (effect,))
