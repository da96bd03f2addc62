"""What a text was found to mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from menus.model.hall import Target
from menus.model.specs import Action


@dataclass(frozen=True, slots=True)
class Match:
    """``how``: code, keyword, contained, ask or none. ``target`` is set where a code leads somewhere
    (a menu, the agent, a service); ``service`` and ``action`` where a service is meant. ``action`` None: the
    service itself, as its code would address it. ``inputs`` are as they were written, by the input's name,
    and not yet checked; they may be secret. ``candidates`` are service ids to ask about; then ``action`` is
    what is to be done with the chosen one."""

    how: str = "none"
    service: str | None = None
    action: Action | None = None
    inputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    candidates: tuple[str, ...] = ()
    target: Target | None = None
    sure: bool = True

    @property
    def changes(self) -> bool:
        """Whether it opens or cancels something."""
        return self.how != "ask" and self.action in (Action.OPEN, Action.CANCEL)
