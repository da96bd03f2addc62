"""What the store raises. ``retryable`` says whether the same request may be made again later."""

from __future__ import annotations


class StoreError(Exception):
    """Nothing of the request was written."""

    retryable = False


class StoreUnavailable(StoreError):
    """The disk is full, the database locked or gone. An MO that meets this is not acknowledged as taken
    (ESME_RX_T_APPN)."""

    retryable = True


class StoreConflict(StoreError):
    """The request does not fit what is stored: an inbox row that is not there, a key used twice."""


class StoreRefused(StoreError):
    """The database has no place for this one entry: a character, a number or a length that it does not take.
    The store is well, and what was written beside it is kept; the same request will never be taken."""


class StoreInUse(StoreError):
    """Another hall holds this store."""
