"""Binds, by smpplib: they happen once a connection, so that a well-kept library may do them.

smpplib asks its PDU classes for a client that counts sequence numbers; :class:`_Counter` stands in, because
parsing burns numbers, and they must not be the link's.
"""

from __future__ import annotations

from typing import NamedTuple

from smpplib import smpp

from sms.smpp.pdu import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    HEADER,
    INVALID_COMMAND_LENGTH,
    PduError,
)

NAMES = {
    BIND_RECEIVER: "bind_receiver",
    BIND_TRANSMITTER: "bind_transmitter",
    BIND_TRANSCEIVER: "bind_transceiver",
}


class _Counter:
    sequence = 1

    def next_sequence(self) -> int:
        return 1


class Bind(NamedTuple):
    """Who wants to bind, and as what. The password's repr is hidden."""

    command: int
    system_id: str
    password: str
    system_type: str = ""

    def __repr__(self) -> str:
        return f"Bind({NAMES.get(self.command)}, {self.system_id})"


def encode_bind(bind: Bind, sequence: int) -> bytes:
    """A bind request (§4.1). Raises PduError where a field is too long for the protocol."""
    if len(bind.system_id) > 15 or len(bind.password) > 8 or len(bind.system_type) > 12:
        raise PduError(INVALID_COMMAND_LENGTH, "system_id 15, password 8, system_type 12 characters at most")
    pdu = smpp.make_pdu(
        NAMES[bind.command],
        client=_Counter(),
        system_id=bind.system_id,
        password=bind.password,
        system_type=bind.system_type,
    )
    pdu.sequence = sequence  # make_pdu ignores one given to it
    return bytes(pdu.generate())


def decode_bind(frame: bytes) -> Bind:
    """A bind request, on the SMSC's side. Raises PduError."""
    try:
        pdu = smpp.parse_pdu(frame, client=_Counter(), allow_unknown_opt_params=True)
    except Exception as error:  # smpplib lets struct's, key and unicode errors through
        raise PduError(INVALID_COMMAND_LENGTH, f"not a bind: {type(error).__name__}") from None
    return Bind(
        HEADER.unpack_from(frame)[1],
        _plain(pdu.system_id),
        _plain(pdu.password),
        _plain(pdu.system_type),
    )


def _plain(value: bytes | str | None) -> str:
    if value is None:
        raise PduError(INVALID_COMMAND_LENGTH, "a field of the bind is missing")
    return value.decode("latin-1") if isinstance(value, bytes) else value


__all__ = ["NAMES", "Bind", "decode_bind", "encode_bind"]
