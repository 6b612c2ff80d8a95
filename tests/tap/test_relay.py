"""What goes through a proxy stays what it is; with enforcement, what is illegal does not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from schematic import ConnectionLifecycle, Side
from schematic.compile import compile_endpoint, compile_lifecycle
from schematic_engine.address import Address, parse_url
from schematic_engine.conformance import (
    Catalog,
    Finding,
    Judge,
    Record,
    RecordKind,
    Report,
    Severity,
    examine,
)
from schematic_engine.limits import Limits
from schematic_engine.tap import JournalFile, Recorder, Relay
from schematic_engine.tap.frames import Closing, frame_readers
from support.echo import TALK
from support.frames import PING, TEXT, close_frame, cut, cuts, deflated, frame
from support.lifecycles import bound, channelled, lifecycles
from support.upgrades import request, switching
from support.walks import body, keys_of

UPSTREAM = parse_url("wss://api.example:8443/base")
ENDPOINT = compile_endpoint(TALK)
HERE = "127.0.0.1:9999"
ASK = request(first="GET /talk/hall HTTP/1.1")
ANSWER = switching("token")
Bytes = list[tuple[Side, bytes]]


def relay(*, enforce: bool = False, keep_host: bool = False) -> tuple[Relay, Recorder]:
    recorder = Recorder(ENDPOINT)
    return Relay(recorder, UPSTREAM, enforce=enforce, keep_host=keep_host), recorder


def run(one: Relay, stream: Bytes, places: list[int] | None = None) -> dict[Side, bytes]:
    """Let it all pass; what was written to either side."""
    out = dict.fromkeys(Side, b"")
    for side, data in stream:
        for piece in cut(data, places or []):
            one.receive(side, piece, 1.0)
            for to in Side:
                out[to] += one.data_to(to)
    return out


def ended(one: Relay, out: dict[Side, bytes]) -> dict[Side, bytes]:
    for side in Side:
        one.eof(side, 2.0)
    return {side: out[side] + one.data_to(side) for side in Side}


def rules(report: Report) -> list[str]:
    return [shown.finding.rule.id for trace in report.traces for shown in trace.findings]


def hello(tag: str = "hello", **fields: object) -> bytes:
    return frame(TEXT, json.dumps({"type": tag, **fields}).encode(), masked=True)


# ------------------------------------------------------------------------------ what is changed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"GET /a?b=c HTTP/1.1", b"GET /base/a?b=c HTTP/1.1"),
        (b"GET ws://other/a HTTP/1.1", b"GET /base/a HTTP/1.1"),
        (b"Host: " + HERE.encode(), b"Host: api.example:8443"),
        (b"hOST:\t" + HERE.encode() + b" ", b"hOST: api.example:8443"),
        (b"Origin: http://" + HERE.encode(), b"Origin: https://api.example:8443"),
        (b"Origin: https://elsewhere.example", b"Origin: https://elsewhere.example"),
        (b"Cookie: a=b;  c", b"Cookie: a=b;  c"),
        (b"X-Odd : 1", b"X-Odd : 1"),
    ],
)
def test_of_a_request_only_where_it_goes_to_is_changed(before: bytes, after: bytes) -> None:
    lines = [
        b"GET /a?b=c HTTP/1.1",
        b"Host: " + HERE.encode(),
        b"Upgrade: websocket",
        b"connection:  keep-alive, Upgrade",
        b"Sec-WebSocket-Key: x",
    ]
    wanted = [b"GET /base/a?b=c HTTP/1.1", b"Host: api.example:8443", *lines[2:]]
    at = 0 if before.startswith(b"GET") else 1 if before.lower().startswith(b"host") else None
    if at is None:
        lines.append(before)
        wanted.append(after)
    else:
        lines[at], wanted[at] = before, after
    out = run(relay()[0], [(Side.CLIENT, b"\r\n".join(lines) + b"\r\n\r\n")])
    # A header name with a space is not valid HTTP, and such a request stays what it is.
    kept = lines if before.startswith(b"X-Odd") else wanted
    assert out[Side.SERVER] == b"\r\n".join(kept) + b"\r\n\r\n"


def test_the_host_can_be_kept() -> None:
    ask = request(f"Origin: http://{HERE}", first="GET /a HTTP/1.1")
    out = run(relay(keep_host=True)[0], [(Side.CLIENT, ask)])
    assert out[Side.SERVER] == ask.replace(b"GET /a", b"GET /base/a")


@pytest.mark.parametrize("line", ["Connection: keep-alive\r\n", ""])
def test_a_plain_request_is_the_only_one_of_its_connection(line: str) -> None:
    plain = f"POST /v1/voices HTTP/1.1\r\nHost: {HERE}\r\n{line}Content-Length: 4\r\n\r\n".encode()
    out = run(relay(enforce=True)[0], [(Side.CLIENT, plain + b"body"), (Side.SERVER, b"any")])
    head, _, body = out[Side.SERVER].partition(b"\r\n\r\n")
    assert sorted(head.split(b"\r\n")) == [
        b"Connection: close",
        b"Content-Length: 4",
        b"Host: api.example:8443",
        b"POST /base/v1/voices HTTP/1.1",
    ]
    assert (body, out[Side.CLIENT]) == (b"body", b"any")


PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([ASK, ANSWER, b"HTTP/1.1 103 Hints\r\n\r\n", b"HTTP/1.1 403 No\r\n\r\n"]),
    st.sampled_from([hello(), hello("say"), close_frame(1000), b"HTTP/1.1 ", b"\x16\x03"]),
    st.sampled_from([frame(TEXT, b'{"type":"heard","text":""}'), frame(TEXT, b"x", fin=False)]),
)
STREAMS = st.lists(st.tuples(st.sampled_from(Side), PIECES), max_size=8)
OPENED = st.sampled_from([[], [(Side.CLIENT, ASK)], [(Side.CLIENT, ASK), (Side.SERVER, ANSWER)]])


def sent(stream: Bytes, side: Side) -> bytes:
    return b"".join(data for by, data in stream if by is side)


@settings(max_examples=200)
@given(OPENED, STREAMS, cuts())
def test_every_byte_after_the_request_passes_as_it_is(
    opened: Bytes, stream: Bytes, places: list[int]
) -> None:
    one, _ = relay()
    out = ended(one, run(one, opened + stream, places))
    assert out[Side.CLIENT] == sent(opened + stream, Side.SERVER)
    asked = sent(opened + stream, Side.CLIENT)
    if opened:
        assert out[Side.SERVER].partition(b"\r\n\r\n")[2] == asked[len(ASK) :]
    elif b"\n\r\n" not in asked and b"\n\n" not in asked:
        assert out[Side.SERVER] == asked
    assert one.finished == set(Side)


@settings(max_examples=200)
@given(OPENED, STREAMS, cuts())
def test_enforcement_changes_nothing_where_nothing_is_illegal(
    opened: Bytes, stream: Bytes, places: list[int]
) -> None:
    plain, _ = relay()
    strict, recorder = relay(enforce=True)
    out = run(strict, opened + stream, places)
    if strict.closing:
        found = rules(recorder.report())
        assert any(rule < "SCH-9" for rule in found)
        return
    whole = run(plain, opened + stream, places)
    told = "SCH-908" in rules(recorder.report())
    kept, left = ended(strict, out), ended(plain, whole)
    assert all(left[side].startswith(kept[side]) for side in Side)
    assert strict.finished == set(Side)
    if kept != left and not told:  # half of something, of which the rest never came
        assert "SCH-908" in rules(recorder.report())


# --------------------------------------------------------------------------------- enforcement


def conversation(*said: tuple[Side, bytes]) -> Bytes:
    return [(Side.CLIENT, ASK), (Side.SERVER, ANSWER), *said]


def heard(out: dict[Side, bytes], side: Side) -> list[object]:
    """What ``side`` was told in frames."""
    data = out[side].partition(b"\r\n\r\n")[2]
    reader = frame_readers("", Limits())[side.other]
    found = list[object](reader.receive(data))
    assert reader.problem == ""
    return found


ILLEGAL = hello("say", text="too early")
LATE = "SCH-101 illegal-order: Say from the client is illegal here: "


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_an_illegal_message_does_not_pass_and_both_sides_are_told_why(size: int) -> None:
    one, recorder = relay(enforce=True)
    stream = conversation((Side.CLIENT, ILLEGAL + hello()))
    out = run(one, stream, list(range(0, 4000, size)) if size < 100 else [])
    for side in Side:
        (close,) = heard(out, side)
        assert isinstance(close, Closing)
        assert close.code == 1008
        assert close.reason.startswith(LATE)
    assert one.closing
    assert one.finished == set()
    run(one, [(Side.SERVER, close_frame(1008)), (Side.CLIENT, hello())])
    assert one.finished == set()
    run(one, [(Side.CLIENT, close_frame(1008, masked=True))])
    assert one.finished == set(Side)
    one.end()
    assert rules(recorder.report()) == ["SCH-101", "SCH-908"]


def test_what_is_nested_too_deeply_to_be_judged_does_not_pass() -> None:
    one, recorder = relay(enforce=True)
    deep = frame(TEXT, b"[" * 5000 + b"]" * 5000, masked=True)
    out = run(one, conversation((Side.CLIENT, hello() + deep)))
    passed, close = heard(out, Side.SERVER)
    assert passed == '{"type": "hello"}'
    assert isinstance(close, Closing)
    one.end()
    assert rules(recorder.report()) == ["SCH-906", "SCH-908"]


def test_what_came_before_it_passes_and_what_the_other_side_says_does_not_any_more() -> None:
    one, _ = relay(enforce=True)
    more = frame(TEXT, b'{"type": "heard", "text": "x"}')
    stream = conversation((Side.CLIENT, hello() + hello()[:9]), (Side.SERVER, more))
    out = run(one, stream)
    assert heard(out, Side.SERVER) == ['{"type": "hello"}']
    assert heard(out, Side.CLIENT) == ['{"type": "heard", "text": "x"}']
    again = run(one, [(Side.CLIENT, hello()[9:] + hello()), (Side.SERVER, more)])
    assert again[Side.CLIENT].count(b"heard") == 0
    assert isinstance(
        frame_readers("", Limits())[Side.CLIENT].receive(again[Side.SERVER])[0], Closing
    )


@settings(max_examples=80)
@given(st.one_of(lifecycles(), channelled()), st.data())
def test_what_passes_is_what_the_checker_finds_legal_up_to_the_first_breach(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    endpoint, table = compile_endpoint(bound(lifecycle)), compile_lifecycle(lifecycle)
    kinds = [
        (side, json.dumps({"type": name, **body(key)}))
        for side in Side
        for name in table.vocabulary(side)
        for key in (*keys_of(table, side, name, ("a", "b")), None)
    ]
    said = data.draw(st.lists(st.sampled_from([*kinds, *kinds, (Side.CLIENT, "{}")]), max_size=12))
    judge, broken = Judge(endpoint), False
    legal: dict[Side, list[object]] = {side: [] for side in Side}
    for n, (side, text) in enumerate(said, 1):
        record = Record(line=n, connection=0, side=side, kind=RecordKind.TEXT, payload=text)
        opening = [structs.replace(record, kind=RecordKind.OPEN, payload=None)] if n == 1 else []
        *_, verdict = [judge.feed(one) for one in (*opening, record)]
        broken = any(one.rule.severity is Severity.ERROR for one in verdict.findings)
        if broken:
            break
        legal[side.other].append(text)
    one = Relay(Recorder(endpoint), UPSTREAM, enforce=True)
    ask = request(first="GET /only HTTP/1.1")
    stream = [(by, frame(TEXT, t.encode(), masked=by is Side.CLIENT)) for by, t in said]
    out = run(one, [(Side.CLIENT, ask), (Side.SERVER, ANSWER), *stream])
    for side in Side:
        *passed, last = [*heard(out, side), None] if not broken else heard(out, side)
        assert passed == legal[side]
        assert isinstance(last, Closing) is broken
    assert one.closing is broken


def test_fragments_wait_for_the_last_one_with_the_pings_between_them() -> None:
    one, _ = relay(enforce=True)
    start = frame(TEXT, b'{"type": "he', fin=False, masked=True)
    ping, end = frame(PING, b"?", masked=True), frame(0, b'llo"}', masked=True)
    run(one, conversation())
    assert run(one, [(Side.CLIENT, start + ping)])[Side.SERVER] == b""
    assert run(one, [(Side.CLIENT, end[:5])])[Side.SERVER] == b""
    assert run(one, [(Side.CLIENT, end[5:])])[Side.SERVER] == start + ping + end
    assert run(one, [(Side.CLIENT, ping)])[Side.SERVER] == ping
    assert run(one, [(Side.CLIENT, start)])[Side.SERVER] == b""
    close = close_frame(1001, masked=True)
    assert run(one, [(Side.CLIENT, close)])[Side.SERVER] == start + close


def test_compressed_messages_are_enforced_and_pass_as_they_are() -> None:
    extension = "Sec-WebSocket-Extensions: permessage-deflate"
    one, _ = relay(enforce=True)
    run(one, [(Side.CLIENT, ASK), (Side.SERVER, switching("t", extension))])
    good = frame(TEXT, deflated(b'{"type": "hello"}'), rsv=4, masked=True)
    assert run(one, [(Side.CLIENT, good)])[Side.SERVER] == good
    run(one, [(Side.CLIENT, frame(TEXT, deflated(b'{"type": "nothing"}'), rsv=4, masked=True))])
    assert one.closing


def test_a_request_that_breaks_a_rule_is_answered_by_the_proxy() -> None:
    one, recorder = relay(enforce=True)
    out = run(one, [(Side.CLIENT, request(first="GET /nowhere/at/all HTTP/1.1"))])
    assert out[Side.SERVER] == b""
    assert out[Side.CLIENT].startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"SCH-402 other-path" in out[Side.CLIENT]
    assert one.finished == set(Side)
    one.end()
    assert rules(recorder.report()) == ["SCH-402", "SCH-908"]


def test_an_answer_that_breaks_a_rule_is_answered_by_the_proxy() -> None:
    one, recorder = relay(enforce=True)
    answer = b"HTTP/1.1 103 Wait\r\n\r\n" + switching("t", "Sec-WebSocket-Protocol: odd")
    out = run(one, [(Side.CLIENT, ASK), (Side.SERVER, answer)], [5, 30, 100])
    assert out[Side.CLIENT].startswith(b"HTTP/1.1 502 Bad Gateway\r\n") or out[
        Side.CLIENT
    ].startswith(b"HTTP/1.1 103")
    assert b"SCH-401" in out[Side.CLIENT]
    assert b"101" not in out[Side.CLIENT]
    assert "SCH-401" in rules(recorder.report())


def test_what_comes_after_a_close_frame_is_kept_back_without_a_second_close_frame() -> None:
    one, recorder = relay(enforce=True)
    close = close_frame(1000, masked=True)
    out = run(one, conversation((Side.CLIENT, hello() + close + hello())))
    assert heard(out, Side.SERVER) == ['{"type": "hello"}', Closing(1000, "")]
    (told,) = heard(out, Side.CLIENT)
    assert isinstance(told, Closing)
    assert told.reason.startswith("SCH-103 after-close-frame")
    run(one, [(Side.SERVER, close_frame(1000))])
    assert one.finished == set(Side)
    assert "SCH-103" in rules(recorder.report())


def test_what_cannot_be_followed_passes_unjudged() -> None:
    one, recorder = relay(enforce=True)
    odd = frame(TEXT, b"x", rsv=2, masked=True)
    out = run(one, conversation((Side.CLIENT, hello() + odd + ILLEGAL)))
    assert out[Side.SERVER].endswith(odd + ILLEGAL)
    assert rules(recorder.report()) == ["SCH-908"]


def test_a_connection_whose_endpoint_is_not_known_passes_unjudged() -> None:
    recorder = Recorder(Catalog([TALK]))
    one = Relay(recorder, UPSTREAM, enforce=True)
    ask = request(first="GET /elsewhere HTTP/1.1")
    out = run(one, [(Side.CLIENT, ask), (Side.SERVER, ANSWER), (Side.CLIENT, ILLEGAL)])
    assert out[Side.SERVER].endswith(ILLEGAL)
    assert rules(recorder.report()) == ["SCH-907"]
    assert recorder.report().exit_code() == 2


# ---------------------------------------------------------------------------- ends of one side

GOOD = frame(TEXT, b'{"type": "heard", "text": "x"}')
EVIL = frame(TEXT, b'{"type": "evil"}')
STEPS = st.lists(
    st.sampled_from(
        [
            *((Side.CLIENT, data) for data in (hello(), ILLEGAL, hello()[:9], hello()[9:], None)),
            *((Side.SERVER, data) for data in (GOOD, EVIL, GOOD[:5], close_frame(1000), None)),
        ]
    ),
    max_size=8,
)


class Witness(Recorder):
    """A recorder that remembers what it was given, and what was wrong with it."""

    def __init__(self) -> None:
        super().__init__(ENDPOINT)
        self.legal: dict[Side, list[object]] = {side: [] for side in Side}
        self.lost_track = False

    def take(self, record: Record, headers: Iterable[tuple[str, str]] = ()) -> tuple[Finding, ...]:
        found = super().take(record, headers)
        if record.is_message and all(one.rule.severity is not Severity.ERROR for one in found):
            self.legal[record.side].append(record.payload)
        self.lost_track |= record.kind is RecordKind.LOST and ": it " not in record.reason
        return found


@settings(max_examples=200)
@given(st.integers(0, 3), STEPS)
def test_whoever_ends_when_nothing_passes_before_it_was_judged(
    answered: int, steps: list[tuple[Side, bytes | None]]
) -> None:
    witness = Witness()
    one = Relay(witness, UPSTREAM, enforce=True)
    out = dict.fromkeys(Side, b"")
    stream = [(Side.CLIENT, ASK), *steps]
    stream.insert(answered + 1, (Side.SERVER, ANSWER))
    over: set[Side] = set()
    for side, data in [*stream, (Side.CLIENT, None), (Side.SERVER, None)]:
        if side in over:
            continue
        if data is None:
            over.add(side)
            one.eof(side, 1.0)
        else:
            one.receive(side, data, 1.0)
        for to in Side:
            out[to] += one.data_to(to)
    one.end()
    assert one.finished == set(Side)
    for side in Side:
        said = frame_readers("", Limits())[side].receive(out[side.other].partition(b"\r\n\r\n")[2])
        passed = [text for text in said if isinstance(text, str)]
        assert passed == witness.legal[side][: len(passed)] or witness.lost_track


def test_a_client_that_ends_before_it_is_answered_is_judged_by_the_answer() -> None:
    one, recorder = relay(enforce=True)
    one.receive(Side.CLIENT, ASK + ILLEGAL, 1.0)
    one.eof(Side.CLIENT, 1.0)
    one.data_to(Side.SERVER)
    assert one.finished == set()
    out = run(one, [(Side.SERVER, ANSWER)])
    (told,) = frame_readers("", Limits())[Side.CLIENT].receive(out[Side.SERVER])
    assert isinstance(told, Closing)
    assert told.reason.startswith(LATE)
    assert rules(recorder.report()) == ["SCH-101", "SCH-908"]
    run(one, [(Side.SERVER, close_frame(1008))])
    assert one.finished == set(Side)


def test_a_server_is_told_of_an_early_end_after_what_came_before_it() -> None:
    one, _ = relay(enforce=True)
    one.receive(Side.CLIENT, ASK + hello(), 1.0)
    one.eof(Side.CLIENT, 1.0)
    assert one.finished == set()
    assert run(one, [(Side.SERVER, ANSWER)])[Side.SERVER].endswith(hello())
    assert one.finished == {Side.SERVER}


@pytest.mark.parametrize("enforce", [True, False])
def test_what_a_server_says_after_its_client_has_ended_is_judged(enforce: bool) -> None:
    one, recorder = relay(enforce=enforce)
    run(one, conversation((Side.CLIENT, hello())))
    one.eof(Side.CLIENT, 1.0)
    out = run(one, [(Side.SERVER, GOOD + EVIL)])
    assert rules(recorder.report()) == ["SCH-201", "SCH-908"][: 1 + enforce]
    assert (EVIL in out[Side.CLIENT]) is not enforce
    assert GOOD in out[Side.CLIENT]


@pytest.mark.parametrize("enforce", [True, False])
@pytest.mark.parametrize(
    ("stream", "why"),
    [
        ([(Side.CLIENT, ASK + hello())], "from the client: it went on before it was answered"),
        ([(Side.CLIENT, ASK[:20])], "from the client: it ended within its request"),
        ([(Side.CLIENT, ASK), (Side.SERVER, ANSWER[:20])], "from the server: it ended within its"),
        (conversation((Side.CLIENT, hello()[:5])), "from the client: it ended within a message"),
        (conversation((Side.SERVER, GOOD[:1])), "from the server: it ended within a message"),
    ],
)
def test_what_was_not_read_is_told(stream: Bytes, why: str, enforce: bool) -> None:
    one, recorder = relay(enforce=enforce)
    out = ended(one, run(one, stream))
    assert one.finished == set(Side)
    (trace,) = recorder.report().traces
    (told,) = (one.finding for one in trace.findings if one.finding.rule.id == "SCH-908")
    assert why in told.text
    last = stream[-1][1]
    assert any(data.endswith(last[-5:]) for data in out.values()) is not enforce


# --------------------------------------------------------------------------------- other ends


def test_a_client_is_told_when_its_server_cannot_be_reached() -> None:
    one, recorder = relay()
    one.receive(Side.CLIENT, ASK, 1.0)
    one.give_up(502, "the proxy cannot reach api.example:\x1b[31m no")
    out = one.data_to(Side.CLIENT)
    assert out.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert out.endswith(b"\\x1b[31m no\n")
    assert one.data_to(Side.SERVER) == b""
    one.end()
    (connection,) = recorder.report().traces[0].connections
    assert connection.code == 1006


def test_a_recording_is_judged_as_the_connection_was(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    key = "key-1234567890"
    with JournalFile(path) as file:
        recorder = Recorder(ENDPOINT, file=file, name="trace.jsonl", secrets=["tok-42"])
        for _ in range(2):
            one = Relay(recorder, UPSTREAM)
            ask = request(f"x-key: {key}", first="GET /talk/hall HTTP/1.1")
            said = hello() + ILLEGAL + hello("say", text=f"{key} and tok-42") + hello("x")
            run(one, [(Side.CLIENT, ask), (Side.SERVER, ANSWER), (Side.CLIENT, said)])
            one.eof(Side.SERVER, 2.0)
            one.end()
    written = path.read_text()
    assert key not in written
    assert "tok-42" not in written
    with path.open("rb") as lines:
        again = examine(ENDPOINT, "trace.jsonl", lines)
    (live,) = recorder.report().traces
    assert again.connections == live.connections
    assert again.counts == live.counts
    assert [one.finding for one in again.findings] == [one.finding for one in live.findings]
    assert key not in recorder.report().as_text()


def test_a_full_disk_ends_the_recording_and_not_the_connection(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "trace.jsonl")
    recorder = Recorder(ENDPOINT, file=file)
    one = Relay(recorder, UPSTREAM)
    run(one, [(Side.CLIENT, ASK)])
    file.close()
    out = run(one, [(Side.SERVER, ANSWER)])
    assert out[Side.CLIENT] == ANSWER
    assert recorder.problem == "Bad file descriptor"


def test_the_address_of_the_server_needs_no_prefix() -> None:
    one = Relay(Recorder(ENDPOINT), Address("ws", "localhost", 80))
    assert run(one, [(Side.CLIENT, ASK)])[Side.SERVER] == ASK.replace(b"example.org", b"localhost")
