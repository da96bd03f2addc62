"""The back office in a database of its own: SQLite by default, PostgreSQL as well.

:class:`SqlBusiness` is the business, :func:`upgrade` migrates a database without one, :func:`factory` is for
:func:`business.open_business`. Only this package imports SQLAlchemy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boss.data.numbering import Numbering
from boss.rules import Policy
from boss.sql.engine import upgrade
from boss.sql.service import SqlBusiness
from business.port.days import Clock

if TYPE_CHECKING:
    from business.reactor import IBackOfficeReactor

__all__ = ["SqlBusiness", "factory", "upgrade"]

LEAST: dict[str, float] = {"threads": 1, "deadline": 0.1, "changes_a_day": 0, "keep_fee": 0}
"""The options that are numbers, and the least that each may be; deadline in seconds, keep_fee in fen."""
KEY_FILE = "key_file"
"""The option that names the file with the key that PUK codes are sealed with."""


def factory(
    url: str | None,
    *,
    clock: Clock,
    reactor: IBackOfficeReactor,
    changes_a_day: int = 30,
    keep_fee: int = 500,
    **options: Any,
) -> SqlBusiness:
    """``options``: threads, deadline, key_file; the others as :class:`boss.rules.Policy` has them. Raises
    ValueError without a URL, and for options that will not do, by their names."""
    if not url:
        raise ValueError("the sql business needs the URL of its database")
    _check({"changes_a_day": changes_a_day, "keep_fee": keep_fee, **options})
    policy, known = Policy(changes_a_day, keep_fee), Numbering().find
    return SqlBusiness(url, clock, reactor, policy=policy, known=known, **options)


def _check(options: dict[str, Any]) -> None:
    for name, value in options.items():
        if name == KEY_FILE:
            if not isinstance(value, str) or not value:
                raise ValueError(
                    f"business.options.{name}: {value!r} will not do; write a file's name in quotes"
                )
            continue
        if name not in LEAST:
            raise ValueError(
                f"business.options.{name}: sql knows no such option; it knows {', '.join((*LEAST, KEY_FILE))}"
            )
        kinds = int | float if name == "deadline" else int
        if isinstance(value, bool) or not isinstance(value, kinds) or value < LEAST[name]:
            whole = "number" if name == "deadline" else "whole number"
            raise ValueError(
                f"business.options.{name}: {value!r} will not do; write a {whole} without quotes,"
                f" {LEAST[name]:g} or more"
            )
