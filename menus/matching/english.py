"""What foreign guests write, in capitals and without blanks; like :mod:`menus.matching.sayings`."""

from __future__ import annotations

from menus.matching.sayings import Saying, said
from menus.model.specs import Action

ENGLISH: tuple[Saying, ...] = (
    said(
        "BC",
        "balance",
        Action.QUERY,
        "^BALANCE$|MYBALANCE|CHECK.{0,6}BALANCE|BALANCE(?:LEFT|CHECK|INQUIRY|QUERY)?$|CREDITLEFT",
    ),
    said("LA", "bill_month", Action.QUERY, "LAST(?:MONTH|MONTHS)(?:PHONE)?BILL|BILL.{0,8}LASTMONTH"),
    said("ML", "plan_remain", Action.QUERY, "MINUTESLEFT|HOWMANYMINUTES|PLANLEFT|REMAININGMINUTES"),
    said(
        "IC",
        "fee_realtime",
        Action.QUERY,
        "^BILL$|MY(?:PHONE|MOBILE)?BILL|CHECK.{0,6}BILL|BILL(?:THISMONTH|ING)|PHONEBILL$",
    ),
    said(
        "EOU",
        "agent",
        None,
        "(?:HUMAN|LIVE|REAL|SPEAK.*|TALK.*)(?:AGENT|OPERATOR|PERSON|HUMAN|SOMEONE)|^(?:AGENT"
        "|OPERATOR)$|CUSTOMER(?:SERVICE|CARE)",
    ),
    said(
        "D",
        "gprs_usage",
        Action.QUERY,
        "^DATA$|DATA(?:LEFT|USAGE|USED|BALANCE)|HOWMUCHDATA|MYDATA|REMAININGDATA",
    ),
    said("P", "points_query", Action.QUERY, "^POINTS$|MYPOINTS|CHECKPOINTS|POINTSBALANCE|HOWMANYPOINTS"),
    said("PR", "recharge", Action.OPEN, "TOPUP|RECHARGE"),
    said("C", "complaint", Action.OPEN, "COMPLAIN"),
    said("P", "pwd_reset", None, "(?:FORGOT|RESET).{0,5}PASSWORD"),
    said("E", "main_menu", None, "^(?:MAIN)?MENU$|^HELPME$"),
)
