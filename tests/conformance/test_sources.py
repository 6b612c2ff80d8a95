"""Recordings of any kind: read as the same records, whatever program wrote them."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from schematic import Side
from schematic_definitions.deepgram import deepgram
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import (
    BadLine,
    Catalog,
    Format,
    Record,
    RecordKind,
    UnreadableSourceError,
    examine_records,
    read_source,
)
from schematic_engine.conformance.sources import format_of
from support.archives import chrome_har, flow_file, json_lines, tnetstring
from support.recordings import found

CAPTURES = Path(__file__).parent.parent / "fixtures" / "captures"
CLIENT, SERVER = Side

Write = Callable[[list[Record]], bytes]


def read(content: bytes, form: Format | None = None) -> list[Record | BadLine]:
    return list(read_source(io.BytesIO(content), form))


def records_of(content: bytes) -> list[Record]:
    """What was read, with nothing bad in it."""
    read_back = read(content)
    assert all(isinstance(one, Record) for one in read_back), read_back
    return [one for one in read_back if isinstance(one, Record)]


TEXT = st.text(max_size=20)
TOKENS = st.from_regex(r"[a-z.-]{1,8}", fullmatch=True)
TIMES = st.floats(0, 2e9)


@st.composite
def recordings(draw: st.DrawFn) -> list[Record]:
    """Connections that were accepted, one after the other, each with messages and a close."""
    made: list[Record] = []
    for number in range(draw(st.integers(1, 3))):
        offered = draw(st.lists(TOKENS, max_size=2, unique=True))
        chosen = draw(st.sampled_from([None, *offered]))
        host, path = draw(TOKENS), "/" + draw(TOKENS)
        parts: list[dict[str, Any]] = [
            {"kind": RecordKind.OPEN, "host": host, "target": path, "offered": tuple(offered)},
            {"kind": RecordKind.ACCEPTED, "side": SERVER, "chosen": chosen},
        ]
        for payload in draw(st.lists(TEXT | st.binary(max_size=9), max_size=5)):
            kind = RecordKind.TEXT if isinstance(payload, str) else RecordKind.BINARY
            side = draw(st.sampled_from(Side))
            parts.append({"kind": kind, "payload": payload, "side": side})
        if draw(st.booleans()):
            parts.append({"kind": RecordKind.CLOSE, "code": 1000, "side": SERVER})
        for part in parts:
            fields: dict[str, Any] = {"side": CLIENT, "time": draw(TIMES)} | part
            made.append(Record(line=len(made) + 1, connection=number, **fields))
    return made


@given(recordings())
def test_lines_and_flows_are_read_as_what_was_written(records: list[Record]) -> None:
    assert records_of(json_lines(records)) == records
    assert records_of(flow_file(records)) == records


@given(recordings())
def test_an_archive_is_read_as_what_was_written_apart_from_its_missing_close_frames(
    records: list[Record],
) -> None:
    kept = [one for one in records if one.kind is not RecordKind.CLOSE]
    read_back = records_of(chrome_har(records))
    assert [structs.replace(one, line=0, time=None) for one in read_back] == [
        structs.replace(one, line=0, time=None) for one in kept
    ]
    assert [one.line for one in read_back] == list(range(1, len(kept) + 1))
    assert [one.time for one in read_back if one.is_message] == [
        one.time for one in kept if one.is_message
    ]


@given(recordings(), st.sampled_from([json_lines, chrome_har, flow_file]))
def test_what_is_compressed_or_begins_with_a_byte_order_mark_is_read_as_it_is(
    records: list[Record], write: Write
) -> None:
    plain = write(records)
    expected = read(plain)
    assert read(gzip.compress(plain)) == expected
    assert read(zlib.compress(plain)) == expected
    assert read(b"\xef\xbb\xbf" + plain) == expected


@given(recordings(), st.sampled_from([json_lines, chrome_har, flow_file]), st.data())
def test_a_file_that_is_broken_anywhere_is_read_as_far_as_it_goes_or_refused(
    records: list[Record], write: Write, data: st.DataObject
) -> None:
    whole = bytearray(write(records))
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        del whole[at:]
    else:
        whole[at] ^= data.draw(st.integers(1, 255))
    with suppress(UnreadableSourceError):
        read(bytes(whole))


@given(st.binary(max_size=60), st.sampled_from([None, *Format]))
def test_no_bytes_whatever_raise_anything_else(content: bytes, form: Format | None) -> None:
    with suppress(UnreadableSourceError):
        read(content, form)


@given(st.binary(max_size=60), st.sampled_from(b";,#^!~]}"))
def test_no_flow_whatever_raises_anything_else(content: bytes, kind: int) -> None:
    with_head = b"%d:%s%c" % (len(content), content, kind)
    with suppress(UnreadableSourceError):
        read(with_head, Format.MITMPROXY)


def test_a_flow_that_is_nested_too_deeply_is_refused() -> None:
    value: Any = []
    for _ in range(100):
        value = [value]
    with pytest.raises(UnreadableSourceError, match="too deeply"):
        read(tnetstring({"type": value}))


def test_a_flow_that_claims_more_than_there_is_takes_no_memory_for_it() -> None:
    with pytest.raises(UnreadableSourceError, match="too early"):
        read(b"999999999999:x}", Format.MITMPROXY)


@pytest.mark.parametrize(
    ("start", "form"),
    [
        (b'{"conn": 0, "log": {}}', Format.JSONL),
        (b'\xef\xbb\xbf {\n "log" : {"entries": []}}', Format.HAR),
        (b"1234:9:websocket;0:~}", Format.MITMPROXY),
        (b"", Format.JSONL),
    ],
)
def test_the_kind_of_a_file_is_told_from_its_beginning(start: bytes, form: Format) -> None:
    assert format_of(start) is form


def test_whoever_knows_better_says_what_a_file_is() -> None:
    odd = b'{"creator": {}, "log": {"entries": []}}'
    assert isinstance(read(odd)[0], BadLine)
    assert read(odd, Format.HAR) == []


# ------------------------------------------------------------------------- what programs wrote

EVERY = Catalog(api.endpoint(one.id) for api in (elevenlabs(), deepgram()) for one in api.endpoints)


@pytest.mark.parametrize("name", ["mitmproxy.flows", "mitmproxy.har", "chrome.har"])
def test_what_other_programs_recorded_is_judged_with_endpoints_found_by_url(name: str) -> None:
    with (CAPTURES / name).open("rb") as stream:
        trace = examine_records(EVERY, name, read_source(stream))
    assert [one.endpoint for one in trace.connections] == [
        "ElevenLabs/StreamTextToSpeech",
        "Deepgram/ListenV1",
        "",
    ]
    messages = [
        (shown.finding.rule.id, shown.finding.connection, shown.finding.message)
        for shown in trace.findings
        if shown.finding.rule.id in ("SCH-101", "SCH-907")
    ]
    assert messages == [
        ("SCH-101", 0, "SendText"),
        ("SCH-101", 1, "Metadata"),
        ("SCH-907", 2, ""),
    ]
    still_open = [rule for _, rule in found(trace, notes=True) if rule == "SCH-903"]
    assert len(still_open) == (0 if name == "mitmproxy.flows" else 2)


# --------------------------------------------------------------------------------- archives


def archive(*entries: object) -> bytes:
    return json.dumps({"log": {"entries": entries}}).encode()


def entry(*messages: object, **fields: Any) -> dict[str, Any]:
    asked = {"url": "wss://h/p", "headers": []}
    return {"request": asked, "_webSocketMessages": messages} | fields


def test_other_entries_of_an_archive_are_passed_over() -> None:
    page = {"request": {"url": "https://h/"}, "response": {"status": 200}}
    kinds = [one.kind for one in records_of(archive(page, entry(), page))]
    assert kinds == [RecordKind.OPEN]


def test_an_entry_or_a_message_that_cannot_be_read_costs_nothing_else() -> None:
    good = {"type": "send", "opcode": 1, "data": "x"}
    bad = [{}, 7, good | {"type": "sent"}, good | {"opcode": 2, "data": "é"}, good | {"data": 5}]
    read_back = read(archive({"request": 5}, entry(*bad, good)))
    assert [(type(one).__name__, one.connection) for one in read_back] == [
        ("BadLine", 0),
        ("Record", 1),
        *[("BadLine", 1)] * len(bad),
        ("Record", 1),
    ]


def test_pings_and_close_frames_without_a_code_are_passed_over() -> None:
    frames = [{"type": "receive", "opcode": code, "data": ""} for code in (9, 10, 8, -1)]
    assert [one.kind for one in records_of(archive(entry(*frames)))] == [RecordKind.OPEN]


def test_a_close_frame_with_a_code_is_one_and_an_error_is_a_loss() -> None:
    for frame, code in (
        ({"type": "receive", "opcode": 8, "data": "", "code": 4000, "reason": "x"}, 4000),
        ({"type": "error", "opcode": -1, "data": "failed"}, 1006),
    ):
        *_, close = records_of(archive(entry(frame)))
        assert (close.kind, close.code) == (RecordKind.CLOSE, code)


def test_a_fragment_is_something_that_cannot_be_read() -> None:
    assert isinstance(read(archive(entry({"type": "send", "opcode": 0, "data": "x"})))[1], BadLine)


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (101, [RecordKind.OPEN, RecordKind.ACCEPTED]),
        (200, [RecordKind.OPEN, RecordKind.ACCEPTED]),
        (403, [RecordKind.OPEN, RecordKind.REJECTED]),
        (0, [RecordKind.OPEN]),
    ],
)
def test_the_answer_to_a_request_is_told_from_its_status(
    status: int, kinds: list[RecordKind]
) -> None:
    records = records_of(archive(entry(response={"status": status})))
    assert [one.kind for one in records] == kinds


def test_nobody_is_blamed_for_subprotocols_in_headers_that_were_not_recorded() -> None:
    assert records_of(archive(entry()))[0].offered is None


def test_flows_of_old_versions_are_said_to_be_old() -> None:
    [bad] = read(tnetstring({"type": "websocket"}))
    assert isinstance(bad, BadLine)
    assert "mitmproxy 6 or earlier" in bad.problem
