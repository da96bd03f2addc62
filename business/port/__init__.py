"""The port to the back office: what a hall may ask of it, by theme, and what it answers.

Every method is ``async`` and must never block the reactor: a blocking back end runs its calls in a thread
pool of its own. Money is integer 分 (fen); dates and times carry a zone.

Queries return a typed result (:mod:`.shown`), or raise :class:`UnknownSubscriber`, :class:`Unavailable`
(the hall says 系统忙; :class:`Busy` where only others were before it), :class:`Resting` (it says until when)
or :class:`NotOffered` (暂未开放). A change (:mod:`.changes`) is first *offered*, then *performed* under a key
(design promises 2 and 3):

* :meth:`Changes.offer` changes nothing; it says what the change costs and does, or refuses it.
* :meth:`Changes.perform` does it once. The same key again returns the first result, ``repeated=True``.
  A changed tariff is refused (reason ``offer_changed``), nothing done.

The protocols themselves are in :mod:`.protocols`.
"""

from __future__ import annotations

from business.port.changes import (
    CancelProduct,
    CancelSp,
    Change,
    ChangePassword,
    Complain,
    DetailValue,
    Done,
    ExchangePoints,
    NotDone,
    Offer,
    OpenProduct,
    Performed,
    Refused,
    RegisterName,
    ResetPassword,
    Resume,
    Suspend,
    TopUp,
    Unknown,
    UnlockPassword,
    Urge,
    Why,
    verb,
)
from business.port.people import (
    Brand,
    BusinessError,
    Busy,
    Channel,
    Fen,
    NotOffered,
    PasswordAnswer,
    PasswordCheck,
    Resting,
    Status,
    Subscriber,
    Unavailable,
    UnknownSubscriber,
    masked,
)
from business.port.protocols import (
    Accounts,
    Business,
    Care,
    Changes,
    Complaints,
    CountsStrangers,
    Information,
    Passwords,
    Products,
    Rewards,
    Subscribers,
    check_for_stranger,
    counts_strangers_apart,
)
from business.port.shown import (
    Allowance,
    AllowanceKind,
    Attribution,
    Bill,
    BillPending,
    Complaint,
    ComplaintKind,
    ComplaintState,
    ComplaintStep,
    Detail,
    DetailKind,
    Details,
    Fee,
    LowBalance,
    Payment,
    Place,
    Points,
    Product,
    Record,
    Reward,
    SpCategory,
    SpSubscription,
)
from business.port.themes import Theme, theme_of, themes_of

__all__ = [
    "Accounts", "Allowance", "AllowanceKind", "Attribution", "Bill", "BillPending", "Brand", "Business",
    "BusinessError", "Busy", "CancelProduct", "CancelSp", "Care", "Change", "ChangePassword", "Changes",
    "Channel", "Complain", "Complaint", "ComplaintKind", "ComplaintState", "ComplaintStep", "Complaints",
    "CountsStrangers", "Detail", "DetailKind", "DetailValue", "Details", "Done", "ExchangePoints", "Fee",
    "Fen", "Information", "LowBalance", "NotDone", "NotOffered", "Offer", "OpenProduct", "PasswordAnswer",
    "PasswordCheck", "Passwords", "Payment", "Performed", "Place", "Points", "Product", "Products", "Record",
    "Refused", "RegisterName", "ResetPassword", "Resting", "Resume", "Reward", "Rewards", "SpCategory",
    "SpSubscription", "Status", "Subscriber", "Subscribers", "Suspend", "Theme", "TopUp", "Unavailable",
    "Unknown", "UnknownSubscriber", "UnlockPassword", "Urge", "Why",
    "check_for_stranger", "counts_strangers_apart", "masked", "theme_of", "themes_of", "verb",
]  # fmt: skip
