"""The port to the back office: what a hall may ask of it and change in it, and what it answers.

Everything is ``async`` and must never block the reactor: a blocking back end runs its calls in a thread
pool of its own. Money is integer 分 (fen); dates and times carry a zone.

A question (:mod:`.questions`) returns a typed answer (:mod:`.shown`), or raises
:class:`UnknownSubscriber`, :class:`Unavailable` (the hall says 系统忙; :class:`Busy` where only others
were before it), :class:`Resting` (it says until when) or :class:`NotOffered` (暂未开放). A change
(:mod:`.changes`) is first *offered*, then *performed* under a key (design promises 2 and 3):

* :class:`AskOffer` changes nothing; it says what the change costs and does, or refuses it.
* :meth:`Business.perform` does it once. The same key again returns the first result, ``repeated=True``.
  A changed tariff is refused (reason ``offer_changed``), nothing done.
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
from business.port.question import Form, Question
from business.port.questions import (
    QUESTIONS,
    AskAllowances,
    AskAttribution,
    AskBill,
    AskChoices,
    AskComplaints,
    AskDetails,
    AskFee,
    AskHolders,
    AskLowBalances,
    AskOffer,
    AskPayments,
    AskPlaces,
    AskPoints,
    AskProduct,
    AskPuk,
    AskRecords,
    AskRewards,
    AskSpSubscriptions,
    AskSubscriber,
    Business,
    CheckPassword,
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
from business.port.themes import Theme, theme_of

__all__ = [
    "QUESTIONS", "Allowance", "AllowanceKind", "AskAllowances", "AskAttribution", "AskBill", "AskChoices",
    "AskComplaints", "AskDetails", "AskFee", "AskHolders", "AskLowBalances", "AskOffer", "AskPayments",
    "AskPlaces", "AskPoints", "AskProduct", "AskPuk", "AskRecords", "AskRewards", "AskSpSubscriptions",
    "AskSubscriber", "Attribution", "Bill", "BillPending", "Brand", "Business", "BusinessError", "Busy",
    "CancelProduct", "CancelSp", "Change", "ChangePassword", "Channel", "CheckPassword", "Complain",
    "Complaint", "ComplaintKind", "ComplaintState", "ComplaintStep", "Detail", "DetailKind", "DetailValue",
    "Details", "Done", "ExchangePoints", "Fee", "Fen", "Form", "LowBalance", "NotDone", "NotOffered",
    "Offer", "OpenProduct", "PasswordAnswer", "PasswordCheck", "Payment", "Performed", "Place", "Points",
    "Product", "Question", "Record", "Refused", "RegisterName", "ResetPassword", "Resting", "Resume",
    "Reward", "SpCategory", "SpSubscription", "Status", "Subscriber", "Suspend", "Theme", "TopUp",
    "Unavailable", "Unknown", "UnknownSubscriber", "UnlockPassword", "Urge", "Why", "masked", "theme_of",
    "verb",
]  # fmt: skip
