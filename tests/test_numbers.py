"""A telephone number in any writing is the same number by whatever door it comes in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from business.port import masked
from counter.guesses import Asker, asker_of
from ivr.sip.headers import parse_uri
from ivr.sip.identity import called_number, caller_number
from menus.matching.inputs import read_input
from menus.matching.parameters import given as named_in
from menus.model.numbers import dialled, mobile, national, prefix_of, segment, undressed, with_country
from menus.model.specs import InputKind, InputSpec
from server.logs import mask
from sms.smpp.connection import SmppConnection
from sms.smpp.pdu import DELIVER_SM, MessagePdu, encode_message

SUBSCRIBER = "13900000001"
WRITINGS = (
    SUBSCRIBER,
    "013900000001",
    "8613900000001",
    "+8613900000001",
    "008613900000001",
    "86013900000001",
    "+86013900000001",
    "0086013900000001",
)
DRESSED = (
    "139-0000-0001",
    "139 0000 0001",
    "+86-139-0000-0001",
    "+86 (139) 0000.0001",
    "0086\u00a0139\u20110000\u20110001",
)
OTHERS = {
    "073184001234": "073184001234",
    "+8673184001234": "073184001234",
    "8673184001234": "073184001234",
    "+86073184001234": "073184001234",
    "+861084001234": "01084001234",
    "0731-84001234": "073184001234",
    "10086": "10086",
    "+8610086": "10086",
    "12580": "12580",
    "106575123": "106575123",
    "1065712345678": "1065712345678",
    "+14155550100": "+14155550100",
    "+85298765432": "+85298765432",
    "12900000001": "12900000001",
    "139000000012": "139000000012",
}
NO_NUMBERS = ("", "bank", "1", "86", "+", "anonymous", "1390000000\uff11", "0" * 40)
TODAY = date(2026, 2, 14)


def by_sip(written: str) -> str | None:
    return caller_number(parse_uri(f"sip:{written.replace(' ', '%20')}@192.0.2.5"))


def by_key_or_text(written: str) -> str | None:
    return read_input(InputKind.MOBILE, written, TODAY)


def by_segment(written: str) -> str | None:
    return read_input(InputKind.SEGMENT, written, TODAY)


def beside_a_command(written: str) -> str | None:
    found = named_in((InputSpec("number", InputKind.MOBILE),), f"查 {written} 的话费")
    return by_key_or_text(found.get("number", ""))


class _Link:
    """Keeps what a connection tells its link."""

    def __init__(self) -> None:
        self.came: list[str] = []

    def complain(self, why: str) -> None:
        raise AssertionError(why)

    def message(self, connection: SmppConnection, mo: MessagePdu) -> None:
        self.came.append(mo.source)


def by_sms(written: str) -> str | None:
    link = _Link()
    frame = encode_message(DELIVER_SM, MessagePdu(written, "10086", b"0101"), 1)
    SmppConnection(link, None, 1.0).handlers[DELIVER_SM](frame)  # type: ignore[arg-type]
    return link.came[0]


READERS: tuple[Callable[[str], str | None], ...] = (
    mobile,
    national,
    segment,
    by_sip,
    by_key_or_text,
    by_segment,
    beside_a_command,
    by_sms,
)


@pytest.mark.parametrize("reader", READERS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("written", WRITINGS)
def test_a_mobile_is_its_eleven_digits_to_everybody(
    written: str, reader: Callable[[str], str | None]
) -> None:
    assert reader(written) == SUBSCRIBER


@pytest.mark.parametrize("written", DRESSED)
@pytest.mark.parametrize("reader", [mobile, national, by_key_or_text, by_segment], ids=lambda e: e.__name__)
def test_signs_between_the_digits_do_not_count(written: str, reader: Callable[[str], str | None]) -> None:
    assert reader(written) == SUBSCRIBER


@pytest.mark.parametrize(("written", "known"), OTHERS.items())
def test_any_other_number_is_no_mobile_and_is_known_as_it_is(written: str, known: str) -> None:
    assert national(written) == known
    assert mobile(written) is None
    assert by_key_or_text(written) is None
    assert by_sip(written) == known
    assert by_sms(written) == written, "what an SMSC writes is what it wants to be written to"
    assert with_country(written, "86") == written
    assert asker_of(known, "192.0.2.5") == Asker(known, "192.0.2.5"), "his trunk may choose it freely"


@pytest.mark.parametrize("written", NO_NUMBERS)
def test_what_is_no_number_at_all(written: str) -> None:
    assert national(written) is None
    assert mobile(written) is None
    assert segment(written) is None


@pytest.mark.parametrize("service", ["10086", "10010", "106581"])
@pytest.mark.parametrize(
    ("before", "city"),
    [("", None), ("+86", None), ("86", None), ("0731", "0731"), ("+86731", "0731"), ("86731", "0731"),
     ("0086731", "0731"), ("+860731", "0731"), ("010", "010"), ("10", "010"), ("734", "0734")],
)  # fmt: skip
def test_the_service_number_is_called_with_or_without_a_city(
    before: str, city: str | None, service: str
) -> None:
    assert dialled(before + service, service) == (service, city)
    assert called_number(parse_uri(f"sip:{before}{service}@192.0.2.1"), service) == (service, city)


def test_another_number_is_called_as_it_is() -> None:
    assert dialled("12580", "10086") == ("12580", None)
    assert dialled("0731-10086", "10086") == ("10086", "0731")
    assert dialled("100861", "10086") == ("100861", None)
    assert dialled("073110010", "10086") == ("073110010", None)


@pytest.mark.parametrize("written", [*WRITINGS, "139-0000-0001", "139 0000 0001"])
def test_no_writing_of_a_subscriber_is_read_in_a_log(written: str) -> None:
    assert re.search("0000.?0001", mask(f"call from {written}: refused")) is None
    assert mask(SUBSCRIBER) == masked(SUBSCRIBER) == "139****0001"


@pytest.mark.parametrize("number", ["", "1", "10086", "1065751234"])
def test_of_a_short_number_nothing_is_shown(number: str) -> None:
    assert masked(number) == "****"


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [("", ""), ("0", "0"), ("86", "86"), ("860", "860"), ("0086139", "0086"), ("139", "")],
)
def test_what_stands_before_a_number_that_is_being_typed(typed: str, prefix: str) -> None:
    assert prefix_of(typed) == prefix


numbers = st.one_of(
    st.from_regex(r"(\+|00)?(86)?0?[0-9]{3,15}", fullmatch=True), st.text("0123456789+86-() .", max_size=24)
)


@given(numbers)
def test_what_was_read_is_read_again_the_same(written: str) -> None:
    for reader in (mobile, segment, national):
        known = reader(written)
        assert known is None or reader(known) == known
    number, _ = dialled(written, "10086")
    assert dialled(number, "10086")[0] == number


@given(numbers)
def test_signs_change_nothing(written: str) -> None:
    assert national(written) == national(undressed(written))
    assert mobile(written) == mobile(undressed(written))


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "86", "+86", "0086"]))
def test_what_is_written_for_an_smsc_is_understood(number: str, prefix: str) -> None:
    assert mobile(with_country(number, prefix)) == number
