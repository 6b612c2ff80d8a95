"""Reading recordings: every line is a record or a bad line, and nothing ends the run."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import Side
from schematic_engine.conformance import BadLine, Record, RecordKind, read_trace
from schematic_engine.conformance.trace import lines_of
from support.recordings import closed, line, opened, said

LINES = [opened(), said(Side.CLIENT, "hi", 3), said(Side.SERVER, b"\x00\xff"), closed(Side.SERVER)]


@given(st.lists(st.binary(max_size=60) | st.sampled_from([line.encode() for line in LINES])))
def test_any_bytes_are_records_or_bad_lines_with_their_numbers(lines: list[bytes]) -> None:
    read = list(read_trace(lines))
    assert [one.line for one in read] == [n for n, line in enumerate(lines, 1) if line.strip()]
    assert all(isinstance(one, Record | BadLine) for one in read)


def test_the_kinds_of_lines_are_read_for_what_they_hold() -> None:
    _, text, binary, close = read_trace(line.encode() for line in LINES)
    assert isinstance(text, Record)
    assert (text.connection, text.side, text.payload) == (3, Side.CLIENT, "hi")
    assert isinstance(binary, Record)
    assert (binary.kind, binary.payload) == (RecordKind.BINARY, b"\x00\xff")
    assert isinstance(close, Record)
    assert (close.line, close.code, close.payload) == (4, 1000, None)


def test_the_request_and_the_choice_are_read_and_never_shown() -> None:
    asked = line("open", Side.CLIENT, path="/talk?key=s3cret", subprotocols=["a", "s3cret"])
    answer = line("accepted", Side.SERVER, subprotocol="s3cret")
    request, accepted = read_trace([asked.encode(), answer.encode()])
    assert isinstance(request, Record)
    assert (request.target, request.offered) == ("/talk?key=s3cret", ("a", "s3cret"))
    assert isinstance(accepted, Record)
    assert (accepted.chosen, accepted.offered) == ("s3cret", None)
    assert "s3cret" not in f"{request!r} {accepted!r}"
    assert repr(request) == "Record(1, 0, client, open)"


def test_a_line_that_is_too_long_is_told_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schematic_engine.conformance.trace._LONGEST", 1 << 20)
    stream = io.BytesIO(said(Side.CLIENT, "x" * (1 << 20)).encode() + b"\n" + opened().encode())
    bad, request = read_trace(lines_of(stream))
    assert isinstance(bad, BadLine)
    assert bad.problem == "it is longer than 1 MiB"
    assert isinstance(request, Record)


def test_headers_are_not_kept() -> None:
    [record] = read_trace([opened().encode()])
    assert "sk-header" not in repr(record)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "\udcff",
        json.dumps({"conn": 7, "dir": "client", "kind": "text"}),
        json.dumps({"conn": 7, "dir": "client", "kind": "shrug", "data": ""}),
        json.dumps({"conn": 7, "dir": "nobody", "kind": "text", "data": ""}),
        json.dumps({"conn": 7, "dir": "client", "kind": "binary", "data": "AAA"}),
        json.dumps({"conn": 7, "dir": "client", "kind": "binary", "data": "né=="}),
        json.dumps({"conn": "x", "dir": "client", "kind": "text", "data": ""}),
    ],
)
def test_a_line_that_cannot_be_read_says_why_and_whose_it_is_if_that_is_known(line: str) -> None:
    [bad, good] = read_trace([line.encode(errors="surrogateescape"), LINES[0].encode()])
    assert isinstance(bad, BadLine)
    assert bad.problem
    assert bad.connection == (7 if '"conn": 7' in line else None)
    assert isinstance(good, Record)
