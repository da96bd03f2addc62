"""The themes of the port, and which one a change belongs to; a question says so itself.

A back office that has no points, or keeps no complaints, says so: its attribute ``themes`` holds those that
it offers, and every question and change of another theme raises
:class:`~business.port.people.NotOffered`. The hall then says 暂未开放, and the contract kit lists the
promises of that theme as not offered. Knowing who calls is no theme: no hall can do without.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from business.port import changes
from business.port.changes import Change


class Theme(StrEnum):
    """What a back office may offer or leave; behind each: its queries, its changes."""

    FEES = "fees"  # fee
    BILLS = "bills"  # bill
    PAYMENTS = "payments"  # payments
    DETAILS = "details"  # details
    ALLOWANCES = "allowances"  # allowances
    RECORDS = "records"  # records
    POINTS = "points"  # points, rewards; ExchangePoints
    PRODUCTS = "products"  # product, choices; OpenProduct, CancelProduct
    SP = "sp"  # sp_subscriptions; CancelSp
    TOP_UP = "top-up"  # TopUp
    PASSWORDS = "passwords"  # check_password; ChangePassword
    PUK = "puk"  # puk
    IDENTITY = "identity"  # ResetPassword, UnlockPassword, RegisterName
    SUSPENSION = "suspension"  # Suspend, Resume
    COMPLAINTS = "complaints"  # complaints; Complain, Urge
    INFORMATION = "information"  # attribution, places
    CARE = "care"  # low_balances, holders
    REPORTS = "reports"  # handled_reports
    FORMS = "forms"  # Respond
    SENDING = "sending"  # numbers


ALL_THEMES = frozenset(Theme)

_CHANGES: Mapping[type, Theme] = {
    changes.ExchangePoints: Theme.POINTS,
    changes.OpenProduct: Theme.PRODUCTS,
    changes.CancelProduct: Theme.PRODUCTS,
    changes.CancelSp: Theme.SP,
    changes.TopUp: Theme.TOP_UP,
    changes.ChangePassword: Theme.PASSWORDS,
    changes.ResetPassword: Theme.IDENTITY,
    changes.UnlockPassword: Theme.IDENTITY,
    changes.RegisterName: Theme.IDENTITY,
    changes.Suspend: Theme.SUSPENSION,
    changes.Resume: Theme.SUSPENSION,
    changes.Complain: Theme.COMPLAINTS,
    changes.Urge: Theme.COMPLAINTS,
    changes.Respond: Theme.FORMS,
}
CHANGED = frozenset(_CHANGES.values())
"""The themes that something may be changed of."""


def theme_of(change: Change) -> Theme:
    """The theme that a change belongs to."""
    return _CHANGES[type(change)]
