"""What goes over the wire: every enumeration and dataclass of the port."""

from __future__ import annotations

from typing import get_args

from business import port
from business.port import Change
from business.port.themes import Theme

ENUMS = (
    port.Brand, port.Status, port.Origin, port.PasswordCheck, port.DetailKind, port.AllowanceKind,
    port.SpCategory, port.ComplaintKind, port.ComplaintState, port.Why, Theme,
)  # fmt: skip
SHOWN = (
    port.Subscriber, port.PasswordAnswer, port.Fee, port.Bill, port.BillPending, port.Payment, port.Detail,
    port.Details, port.Allowance, port.Points, port.Reward, port.Product, port.SpSubscription, port.Record,
    port.ComplaintStep, port.Complaint, port.Attribution, port.Place, port.LowBalance,
    port.HandledReport,
)  # fmt: skip
OUTCOMES = (port.Offer, port.Done, port.Refused, port.NotDone, port.Unknown)
OBJECTS = (*SHOWN, *OUTCOMES, *get_args(Change))
