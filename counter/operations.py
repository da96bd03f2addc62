"""A changing piece of work as it is written down before it is done, and outcomes as the store keeps them.

    operation = operation_of(work, session_id, caller, channel, now)
    text = operation.to_json();  Operation.from_json(text) == operation
    outcome_to_json(outcome);    outcome_from_json(text)

An operation must be able to be asked again with its key after a restart, so its JSON holds the inputs, a
top-up card among them: ``to_json(seal)`` and ``from_json(text, unseal)`` take a function that keeps them from
standing in clear. ``masked()`` is for logs and screens. Service passwords are never in it: they were checked
before (:meth:`counter.desk.Desk.operation` takes them out).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import cast, get_type_hints

from business.port import masked
from business.port.codec import STORED_LEAVES, CodecError, JsonCodec, as_it_stands
from menus.dialogue.encoding import MASK, Coder
from menus.model.channels import CHANNELS, Channel
from menus.model.events import Answered, Do, Item, Json, NotDone, Offered, Outcome, Refused, Unknown, Work
from menus.model.specs import Action
from menus.model.values import SECRET_KINDS

Seal = Callable[[str], str]


def _open(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Operation:
    """``caller`` is whose account it is on. ``secrets`` names the inputs that no log or screen may show."""

    key: str
    caller: str
    channel: Channel
    session_id: str
    service: str
    does: str
    argument: str | None
    action: Action
    inputs: Mapping[str, str] = field(repr=False)
    offer: Json = field(repr=False)
    started_at: datetime
    secrets: frozenset[str] = frozenset()

    def work(self) -> Work:
        """The same work again, under the same key."""
        return Work(
            do=Do.PERFORM,
            service=self.service,
            does=self.does,
            argument=self.argument,
            action=self.action,
            inputs=self.inputs,
            offer=self.offer,
            key=self.key,
            secrets=self.secrets,
        )

    def to_json(self, seal: Seal = _open) -> str:
        """For the store. ``seal`` is applied to the value of each secret input."""
        inputs = {k: seal(v) if k in self.secrets else v for k, v in self.inputs.items()}
        return self._written(inputs)

    def masked(self) -> str:
        """For logs and screens: secret inputs are ``***``, the caller is 139****0001."""
        inputs = {k: MASK if k in self.secrets else v for k, v in self.inputs.items()}
        return replace(self, caller=masked(self.caller), offer=None)._written(inputs)

    def _written(self, inputs: Mapping[str, str]) -> str:
        plain = _STORED.encode(replace(self, inputs=inputs))
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(
        cls, text: str, unseal: Seal = _open, channels: Mapping[str, Channel] = CHANNELS
    ) -> Operation:
        """Raises ValueError on anything that :meth:`to_json` did not write on one of ``channels``."""
        try:
            written: Operation = _STORED.decode(cls, json.loads(text), closed=True)
            inputs = {k: unseal(v) if k in written.secrets else v for k, v in written.inputs.items()}
            channel = channels[cast(str, written.channel)]
        except (CodecError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not an operation: {error}") from error
        return replace(written, inputs=inputs, channel=channel)


_OFFER = get_type_hints(Operation)["offer"]  # any JSON
_STORED = JsonCodec(
    {**STORED_LEAVES, _OFFER: as_it_stands, Channel: as_it_stands}, written={Channel: attrgetter("name")}
)


def operation_of(
    work: Work, session_id: str, caller: str | None, channel: Channel, now: datetime
) -> Operation:
    """The operation that this PERFORM is. Raises ValueError for work without a key."""
    if work.key is None:
        raise ValueError("a change without a key")
    return Operation(
        key=work.key,
        caller=caller or "",
        channel=channel,
        session_id=session_id,
        service=work.service,
        does=work.does,
        argument=work.argument,
        action=work.action,
        inputs=dict(work.inputs),
        offer=work.offer,
        started_at=now,
        secrets=work.secrets,
    )


_CODER = Coder(classes=(Answered, Offered, Refused, NotDone, Unknown, Item), enums={})


def outcome_to_json(outcome: Outcome) -> str:
    """The outcome for the store, secrets masked: a temporary password is in the message that bears it, and
    nowhere else. An offer inside it is kept as JSON text of its own."""
    if isinstance(outcome, Offered):
        outcome = replace(outcome, offer=json.dumps(outcome.offer, ensure_ascii=False))
    return json.dumps(_CODER.encode(outcome, masked=True), ensure_ascii=False, separators=(",", ":"))


def outcome_from_json(text: str) -> Outcome:
    """Raises ValueError on anything that :func:`outcome_to_json` did not write."""
    try:
        outcome = _CODER.decode(json.loads(text))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an outcome: {error}") from error
    if isinstance(outcome, Offered):
        return replace(outcome, offer=json.loads(str(outcome.offer)))
    if isinstance(outcome, Answered | Refused | NotDone | Unknown):
        return outcome
    raise ValueError("not an outcome")


STATES = {Unknown: "unknown", NotDone: "not done"}


def state_of(outcome: Outcome) -> str:
    """How the store calls an operation with this outcome: finished, unknown (asked again by its key), or not
    done (nothing happened; the same key may begin anew)."""
    return STATES.get(type(outcome), "finished")


def outcome_before(state: str, outcome: str | None) -> Outcome | None:
    """What is known of a key from the store's row of it; None: nothing can have been done under it."""
    if state in {"started", "not done"}:
        return None
    if state != "finished":
        return Unknown("before")
    try:
        known = outcome_from_json(outcome or "")
    except ValueError:
        return Unknown("before")
    if not isinstance(known, Answered):
        return known
    masked = any(value.raw == MASK for value in known.values.values() if value.kind in SECRET_KINDS)
    return Unknown("before") if masked else replace(known, repeated=True)
