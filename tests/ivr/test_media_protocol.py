"""The lines between hall and media process, good and bad."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.media import protocol

NUMBER = st.integers(0, 2**40)
MESSAGES = st.one_of(
    st.builds(protocol.Hello, NUMBER, NUMBER),
    st.builds(protocol.Open, NUMBER),
    st.builds(
        protocol.Remote,
        *(NUMBER, st.text(), NUMBER, st.sampled_from([0, 8]), st.none() | NUMBER),
        *(st.sampled_from(sorted(protocol.DIRECTIONS)), st.lists(st.text(), max_size=3)),
    ),
    st.builds(protocol.Play, NUMBER, NUMBER, st.lists(st.lists(NUMBER, min_size=3, max_size=3), max_size=5)),
    st.builds(protocol.KeyPressed, NUMBER, st.text(max_size=1), st.floats(0, 1e9)),
    st.builds(protocol.Vanished, NUMBER, st.booleans()),
    st.builds(protocol.Measured, st.dictionaries(st.text(), NUMBER, max_size=3)),
)


@given(st.lists(MESSAGES, max_size=6), st.integers(1, 50))
def test_messages_survive_the_wire_however_it_is_cut(messages, cut):
    wire = b"".join(map(protocol.encode, messages))
    lines = protocol.LineSplitter()
    read = [
        protocol.decode(line or b"")
        for begin in range(0, len(wire), cut)
        for line in lines.feed(wire[begin : begin + cut])
    ]
    assert read == messages


@given(st.binary(max_size=200))
def test_any_octets_are_garbage_or_a_message(octets):
    try:
        protocol.decode(octets)
    except protocol.Garbage:
        pass


GARBAGE = [
    *(b"", b"{}", b"[]", b"[1]", b'["open"]', b'["open","1"]', b'["open",true]', b'["open",1,2]'),
    *(b'["fly",1]', b"[" * 100_000, b'["remote",1,"h",1,8,"x","sendrecv",[]]', b"\xff\xfe"),
]


@pytest.mark.parametrize("line", GARBAGE)
def test_garbage(line):
    with pytest.raises(protocol.Garbage):
        protocol.decode(line)


def test_a_line_too_long_costs_only_itself():
    lines = protocol.LineSplitter()
    octets = b'["open",1]\n' + b"x" * (2 * protocol.MAX_LINE) + b'\n["open",2]\n'
    read = [
        line for begin in range(0, len(octets), 5000) for line in lines.feed(octets[begin : begin + 5000])
    ]
    assert read == [b'["open",1]', None, b'["open",2]']
