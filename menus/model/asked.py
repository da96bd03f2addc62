"""What a service may ask a customer for: the fixed kinds of input."""

from __future__ import annotations

from enum import StrEnum


class InputKind(StrEnum):
    """The fixed kinds of input that a service may ask for."""

    MOBILE = "mobile"  # 11 digits, any usual writing; by voice # alone = my own number
    FORWARD = "forwarding"  # where calls go, mobile or fixed line, and which: 13900000002, 遇忙 0731-84001234
    MONTH = "month"  # YYYYMM, YYYY年M月 or M; one of the last MONTHS_KEPT
    CARD = "card"  # 18-digit top-up card; secret
    AMOUNT = "amount"
    TEXT = "text"
    PASSWORD = "service password"  # 6 digits; secret; checked before anything else is done
    SEGMENT = "segment"  # a mobile number of any operator, or its first seven digits
    TICKET = "ticket"  # the number of a complaint
    CHOICE = "choice"  # a digit: one of so many (``InputSpec.choices``)
    ID_NUMBER = "id number"  # 18 digits, the last may be X; by voice * is the X; secret
    NEW_PASSWORD = "new password"  # 6 digits, to be the service password from now on; secret
    NAME = "name"  # a person's, for registration; secret
    ITEMS = "items"  # numbers out of the list that was shown: 1,3  1，3  1、3  1 3


SECRET_INPUTS = frozenset(
    {InputKind.CARD, InputKind.PASSWORD, InputKind.ID_NUMBER, InputKind.NEW_PASSWORD, InputKind.NAME}
)
WRITTEN = frozenset({InputKind.TEXT, InputKind.NAME})
"""Kinds of input that no telephone has the keys for."""
