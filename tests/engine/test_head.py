from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic_engine.errors import LocalProtocolError, MessageTooBig, RemoteProtocolError
from schematic_engine.head import (
    Head,
    checked_headers,
    header_text,
    refuse_repeats,
    upgrade_lines,
)
from schematic_engine.limits import Limits
from support.frames import cut, cuts


@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"a", b"x" * 100]), max_size=8), cuts())
def test_the_end_of_a_block_does_not_depend_on_the_reads(parts: list[bytes], at: list[int]) -> None:
    def outcome(places: list[int]) -> tuple[list[bytes], bytes]:
        head, blocks = Head(Limits(max_header_size=256)), []
        try:
            for piece in cut(b"".join(parts), places):
                head.add(piece)
                while (block := head.take()) is not None:
                    blocks.append(block)
        except MessageTooBig:
            return blocks, b"too big"
        return blocks, head.rest()

    assert outcome([]) == outcome(at)


def test_a_first_byte_that_begins_no_request_is_noticed() -> None:
    head = Head(Limits())
    assert not head.starts_oddly()
    head.add(b"\x16\x03")
    assert head.starts_oddly()


@pytest.mark.parametrize("name", ["Host", "upgrade", "Content-Length", "Sec-WebSocket-Key"])
def test_headers_of_the_handshake_itself_cannot_be_set(name: str) -> None:
    with pytest.raises(LocalProtocolError, match=name):
        checked_headers([(name, "x")])


def test_white_space_around_a_value_is_not_part_of_it() -> None:
    assert checked_headers([("X-Key", " a b\t")]) == [(b"X-Key", b"a b")]


def test_repeated_lines_of_upgrade_headers_become_one() -> None:
    lines = [(b"connection", b"a"), (b"x", b"1"), (b"connection", b"Upgrade"), (b"x", b"2")]
    assert upgrade_lines(lines) == [(b"x", b"1"), (b"x", b"2"), (b"connection", b"a, Upgrade")]
    several = [(b"upgrade", b"h2c, WebSocket"), (b"upgrade", b"x")]
    assert upgrade_lines(several) == [(b"upgrade", b"websocket")]


def test_a_header_that_may_stand_once_is_refused_twice() -> None:
    once = frozenset({b"a"})
    refuse_repeats([(b"a", b""), (b"b", b""), (b"b", b"")], once)
    with pytest.raises(RemoteProtocolError, match="repeated"):
        refuse_repeats([(b"a", b""), (b"a", b"")], once)


def test_any_byte_of_a_received_value_has_a_text() -> None:
    assert header_text([(b"x", b"\xe9")]) == (("x", "\xe9"),)
