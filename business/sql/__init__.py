"""The back office in a database of its own: SQLite by default, PostgreSQL as well.

:class:`SqlBusiness` is the business, :func:`upgrade` migrates a database without one, :func:`factory` is for
:func:`business.open_business`. Only this package imports SQLAlchemy.
"""

from __future__ import annotations

from typing import Any

from business.days import Clock
from business.rules import Policy
from business.sql.engine import upgrade
from business.sql.service import SqlBusiness

__all__ = ["SqlBusiness", "factory", "upgrade"]


def factory(
    url: str | None,
    *,
    clock: Clock,
    reactor: Any,
    changes_a_day: int = 30,
    keep_fee: int = 500,
    **options: Any,
) -> SqlBusiness:
    """``options``: threads, deadline; the others as :class:`business.rules.Policy` has them. Raises
    ValueError without a URL."""
    if not url:
        raise ValueError("the sql business needs the URL of its database")
    return SqlBusiness(url, clock, reactor, policy=Policy(changes_a_day, keep_fee), **options)
