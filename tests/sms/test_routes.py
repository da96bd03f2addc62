"""The way back for an answer, as it lies on the disk: whatever an SMSC calls the sender."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sms.routes import LinkRoute, read_route, written
from sms.smpp.pdu import MessagePdu

NAMES = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
OCTETS = st.integers(0, 255)
ADDRESSES = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=20)


@given(NAMES, OCTETS, OCTETS, ADDRESSES)
@example("one", 1, 1, "13 9")
@example("one", 5, 0, " 10086 ")
@example("one", 1, 1, "")
@example("one", 0, 1, "+86 139")
def test_what_was_written_is_read_again(link: str, ton: int, npi: int, address: str) -> None:
    mo = MessagePdu("13900000001", "10086", b"", source_ton=ton, source_npi=npi, written=address)
    route = read_route(written(link, mo))
    if not address and (ton, npi) == (0, 1):
        assert route == LinkRoute(link)
    else:
        assert route == LinkRoute(link, ton, npi, (address or "13900000001").lstrip("+"))
