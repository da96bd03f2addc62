"""The codec against smpplib, which is another hand's, and against everything that may come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import smpp

from sms.smpp import pdu
from sms.smpp.pdu import MessagePdu, PduError
from sms.smpp.rare import Bind, decode_bind, encode_bind

address = st.text("0123456789+", max_size=20)
messages = st.builds(
    MessagePdu,
    source=address,
    destination=address,
    body=st.binary(max_size=254),
    coding=st.integers(0, 255),
    esm=st.integers(0, 255),
    registered=st.integers(0, 255),
    sequence=st.integers(1, 0x7FFFFFFF),
    source_ton=st.integers(0, 255),
    destination_ton=st.integers(0, 255),
    tlvs=st.dictionaries(st.integers(0x1400, 0x3FFF), st.binary(max_size=20), max_size=3),
    source_npi=st.integers(0, 255),
    destination_npi=st.integers(0, 255),
    written=st.just(""),
)


class _Counter:
    sequence = 1

    def next_sequence(self) -> int:
        return 1


@given(messages, st.sampled_from([pdu.SUBMIT_SM, pdu.DELIVER_SM]))
def test_a_message_comes_back_as_it_was(message: MessagePdu, command: int) -> None:
    frame = pdu.encode_message(command, message, message.sequence)
    assert pdu.header(frame) == (len(frame), command, 0, message.sequence)
    assert pdu.decode_message(frame) == message


@given(messages)
def test_smpplib_reads_what_we_write(message: MessagePdu) -> None:
    frame = pdu.encode_message(pdu.SUBMIT_SM, message._replace(tlvs={}), 77)
    read = smpp.parse_pdu(frame, client=_Counter())
    assert (read.command, read.sequence) == ("submit_sm", 77)
    assert (read.source_addr or b"").decode() == message.source
    assert (read.destination_addr or b"").decode() == message.destination
    assert (read.short_message or b"") == message.body
    assert (read.data_coding, read.esm_class) == (message.coding, message.esm)


@given(messages)
def test_we_read_what_smpplib_writes(message: MessagePdu) -> None:
    written = smpp.make_pdu(
        "deliver_sm",
        client=_Counter(),
        source_addr=message.source,
        destination_addr=message.destination,
        short_message=message.body,
        data_coding=message.coding,
        esm_class=message.esm,
    )
    written.sequence = message.sequence
    read = pdu.decode_message(written.generate())
    assert read[:5] == message[:5]
    assert read.sequence == message.sequence


def test_a_long_body_goes_as_message_payload_and_comes_back() -> None:
    message = MessagePdu("10086", "13900000001", b"x" * 300)
    read = pdu.decode_message(pdu.encode_message(pdu.SUBMIT_SM, message, 1))
    assert read.body == message.body
    assert read.tlvs == {pdu.MESSAGE_PAYLOAD: message.body}


@given(messages, st.data())
def test_every_truncation_is_a_pdu_error_with_a_status(message: MessagePdu, data: st.DataObject) -> None:
    frame = pdu.encode_message(pdu.DELIVER_SM, message._replace(tlvs={}), 1)
    cut = data.draw(st.integers(16, len(frame) - 1))
    with pytest.raises(PduError) as caught:
        pdu.decode_message(frame[:cut])
    assert caught.value.status in {pdu.INVALID_MESSAGE_LENGTH, pdu.INVALID_COMMAND_LENGTH}


@given(st.binary(min_size=16, max_size=400))
def test_any_octets_are_a_message_or_a_pdu_error(octets: bytes) -> None:
    status = 0
    try:
        pdu.decode_message(octets)
    except PduError as error:
        status = error.status
    assert status in {0, 1, 2, 0x0A, 0x0B, 0xC0}


@pytest.mark.parametrize("address", ["\x01", "139\n0001", "10086\x7f", "\x85", "139 \x1b[2J"])
def test_an_address_with_a_control_character_is_nobodys(address: str) -> None:
    for message, status in (
        (MessagePdu(address, "10086", b"x"), pdu.INVALID_SOURCE),
        (MessagePdu("10086", address, b"x"), pdu.INVALID_DESTINATION),
    ):
        with pytest.raises(PduError) as caught:
            pdu.decode_message(pdu.encode_message(pdu.DELIVER_SM, message, 1))
        assert caught.value.status == status


def test_addresses_with_letters_and_blanks_are_somebodys() -> None:
    for address in ("CMCC", "+86 139", "Mobil-Ä", ""):
        message = MessagePdu(address, address, b"x", sequence=1)
        assert pdu.decode_message(pdu.encode_message(pdu.DELIVER_SM, message, 1)) == message


@given(st.binary(max_size=2000))
def test_a_number_is_one_that_every_database_keeps(octets: bytes) -> None:
    number = MessagePdu("1", "2", b"", tlvs={pdu.USER_MESSAGE_REFERENCE: octets}).number(
        pdu.USER_MESSAGE_REFERENCE
    )
    fits = (0 < len(octets) <= 4 and octets[:1] < b"\x80") or 0 < len(octets) < 4
    assert number == (int.from_bytes(octets, "big") if fits else None)


def test_an_id_longer_than_any_is_none() -> None:
    longest = b"9" * pdu.LONGEST_ID
    for octets, id in (
        (longest, longest.decode()),
        (longest + b"9", None),
        (longest + b"\0more", longest.decode()),
    ):
        read = MessagePdu("1", "2", b"", tlvs={pdu.RECEIPTED_MESSAGE_ID: octets})
        assert read.string(pdu.RECEIPTED_MESSAGE_ID) == id
        assert pdu.decode_message_id(b"\0" * 16 + octets) == (id or "")


@pytest.mark.parametrize("tail", [b"\x00", b"\x02\x04\x00", b"\x02\x04\x00\x05\x00", b"\x02\x04\xff\xff7"])
def test_what_is_cut_off_behind_a_whole_text_is_passed_over(tail: bytes) -> None:
    tlvs = {pdu.USER_MESSAGE_REFERENCE: b"\x07"}
    frame = pdu.encode_message(pdu.DELIVER_SM, MessagePdu("1", "2", b"0101", tlvs=tlvs), 1)
    read = pdu.decode_message(frame + tail)
    assert (read.body, read.tlvs) == (b"0101", tlvs)


def test_a_nul_behind_the_text_hides_no_optional_parameter() -> None:
    tlvs = {pdu.SAR_REFERENCE: b"\0\x07", pdu.SAR_TOTAL: b"\x02", pdu.SAR_NUMBER: b"\x01"}
    bare = pdu.encode_message(pdu.DELIVER_SM, MessagePdu("1", "2", b"0101"), 1)
    assert pdu.decode_message(bare + b"\0" + pdu.encode_tlvs(tlvs)).tlvs == tlvs


def test_a_text_that_is_cut_off_itself_is_refused_for_half_a_command_is_another() -> None:
    bare = pdu.encode_message(pdu.DELIVER_SM, MessagePdu("1", "2", b""), 1)
    with pytest.raises(PduError) as caught:
        pdu.decode_message(bare + b"\x04\x24\0\x090101 136")
    assert caught.value.status == pdu.INVALID_TLV_STREAM


@given(messages)
def test_a_data_sm_comes_back_as_it_was(message: MessagePdu) -> None:
    read = pdu.decode_data(pdu.encode_message(pdu.DATA_SM, message, message.sequence))
    assert read._replace(tlvs=message.tlvs) == message
    assert read.tlvs == {**message.tlvs, pdu.MESSAGE_PAYLOAD: message.body}


@given(st.binary(min_size=16, max_size=400))
def test_any_octets_are_a_data_sm_or_a_pdu_error(octets: bytes) -> None:
    status = 0
    try:
        pdu.decode_data(octets)
    except PduError as error:
        status = error.status
    assert status in {0, 2, 0x0A, 0x0B, 0xC0}


def test_tlvs_of_odd_lengths_keep_their_alignment() -> None:
    tlvs = {pdu.USER_MESSAGE_REFERENCE: b"\x07", pdu.RECEIPTED_MESSAGE_ID: b"abc", 0x1403: b"?"}
    read = pdu.decode_message(pdu.encode_message(pdu.DELIVER_SM, MessagePdu("1", "2", b"x", tlvs=tlvs), 1))
    assert read.number(pdu.USER_MESSAGE_REFERENCE) == 7
    assert read.string(pdu.RECEIPTED_MESSAGE_ID) == "abc", "no NUL, and nothing of it is lost"
    assert read.tlvs[0x1403] == b"?"
    assert (read.number(0x9999), read.string(0x9999)) == (None, None)


def test_a_bind_comes_back_and_its_password_is_not_shown() -> None:
    bind = Bind(pdu.BIND_TRANSCEIVER, "hall", "geheim", "type")
    frame = encode_bind(bind, 9)
    assert pdu.header(frame) == (len(frame), pdu.BIND_TRANSCEIVER, 0, 9)
    assert decode_bind(frame) == bind
    assert "geheim" not in repr(bind)


@given(st.binary(min_size=16, max_size=60))
def test_any_octets_are_a_bind_or_a_pdu_error(octets: bytes) -> None:
    try:
        decode_bind(octets)
    except PduError:
        pass


def test_a_bind_that_the_protocol_cannot_hold_is_refused_here() -> None:
    with pytest.raises(PduError):
        encode_bind(Bind(pdu.BIND_TRANSCEIVER, "x" * 16, "p"), 1)
