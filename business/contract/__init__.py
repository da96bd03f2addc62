"""The contract kit: what every back office must do, as tests that its author runs.

    class TestMine(BusinessContract, twisted.trial.unittest.TestCase):
        def make(self, clock):
            return MyBusiness(..., clock)

``make`` gives a back office that is empty and not started; :meth:`BusinessContract.fill`,
:meth:`BusinessContract.retariff` and :meth:`BusinessContract.moved` suit those that have ``put`` and
``movements`` (:class:`business.port.stock.Loadable`); override them for one that is filled otherwise.
Time stands still at :attr:`BusinessContract.now` until a test moves it. How the data looks: see
:func:`contract_data`.
"""

from __future__ import annotations

from business.contract.audit import AuditContract
from business.contract.case import ContractCase, contract_data
from business.contract.changes import ChangesContract
from business.contract.chosen import (
    CareContract,
    ChosenContract,
    InformationContract,
    ReportsContract,
    SendingContract,
)
from business.contract.complaints import ComplaintsContract
from business.contract.forms import FormsContract
from business.contract.groups import GroupsContract
from business.contract.keys import KeysContract
from business.contract.money import MoneyContract
from business.contract.offered import OfferedContract
from business.contract.passwords import IdentityContract, PasswordsContract
from business.contract.points import PointsContract
from business.contract.queries import QueriesContract
from business.contract.shown import RecordsContract, ShownContract
from business.contract.suspension import SuspensionContract

__all__ = ["BusinessContract", "ContractCase", "contract_data"]


class BusinessContract(
    QueriesContract,
    ChangesContract,
    GroupsContract,
    MoneyContract,
    PointsContract,
    SuspensionContract,
    PasswordsContract,
    IdentityContract,
    ComplaintsContract,
    AuditContract,
    KeysContract,
    OfferedContract,
    ShownContract,
    RecordsContract,
    ChosenContract,
    InformationContract,
    CareContract,
    ReportsContract,
    SendingContract,
    FormsContract,
):
    """Everything that the port promises. Mix into a trial TestCase; see the head of this file."""
