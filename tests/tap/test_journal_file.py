"""A recording on disk can be read whatever became of the process that wrote it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_engine.conformance import BadLine, Record, RecordKind, examine, read_trace
from schematic_engine.tap import Journal, JournalFile
from support.lifecycles import LOGIN, bound


def text(payload: str, connection: int = 0) -> Record:
    return Record(
        line=1, connection=connection, side=Side.CLIENT, kind=RecordKind.TEXT, payload=payload
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace.jsonl"


def test_a_file_cut_off_anywhere_is_read_up_to_there(path: Path) -> None:
    with JournalFile(path) as file:
        for word in ("one", "two", "three"):
            assert file.write(Journal(), text(word))
        assert file.lines == 3
    data = path.read_bytes()
    for cut in range(len(data) + 1):
        read = list(read_trace(data[:cut].splitlines(keepends=True)))
        whole = data[:cut].count(b"\n")
        assert [one for one in read[:whole] if isinstance(one, BadLine)] == []
        assert len(read) - whole in (0, 1)


def test_only_its_owner_can_read_it(path: Path) -> None:
    path.write_text("something else\n")
    path.chmod(0o644)
    with JournalFile(path) as file:
        file.write(Journal(), text("x"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().count(b"\n") == 1


@pytest.mark.parametrize("kind", [RecordKind.OPEN, RecordKind.HTTP, RecordKind.LOST])
def test_what_was_there_stays_until_a_server_has_answered(path: Path, kind: RecordKind) -> None:
    path.write_text("something else\n")
    asked = Record(line=1, connection=0, side=Side.CLIENT, kind=kind, target="/")
    gone = Record(line=2, connection=0, side=Side.SERVER, kind=RecordKind.CLOSE, code=1006)
    answered = Record(line=3, connection=1, side=Side.SERVER, kind=RecordKind.ACCEPTED)
    with JournalFile(path) as file:
        for number, record in enumerate((asked, gone), 1):
            assert file.write(Journal(), record)
            assert file.lines == number
    assert path.read_text() == "something else\n"
    with JournalFile(path) as file:
        for record in (asked, gone, answered):
            assert file.write(Journal(), record)
        assert file.lines == 3
        kinds = [
            one.kind
            for one in read_trace(path.read_bytes().splitlines())
            if isinstance(one, Record)
        ]
    assert kinds == [kind, RecordKind.CLOSE, RecordKind.ACCEPTED]


def test_requests_without_an_answer_are_not_held_back_for_ever(path: Path) -> None:
    path.write_text("something else\n")
    asked = Record(line=1, connection=0, side=Side.CLIENT, kind=RecordKind.OPEN, target="/")
    with JournalFile(path) as file:
        while path.read_bytes().startswith(b"something"):
            assert file.write(Journal(), asked)
            assert file.lines < 1 << 20
        size = path.stat().st_size
    assert 1 << 20 < size < (1 << 20) + 1000


def test_an_appended_file_goes_on_with_its_numbers_behind_half_a_line(path: Path) -> None:
    whole = Journal().line(text("x", 6))
    path.write_bytes(whole + b"\n{broken\n" + whole[:20])
    with JournalFile(path, append=True) as file:
        assert (file.lines, file.connections) == (4, 7)
        file.write(Journal(), text("y", file.connections))
        assert file.lines == 5
    *_, last = read_trace(path.read_bytes().splitlines())
    assert isinstance(last, Record)
    assert (last.line, last.connection, last.payload) == (5, 7, "y")


def test_a_file_that_is_not_there_can_be_appended_to(path: Path) -> None:
    with JournalFile(path, append=True) as file:
        assert (file.lines, file.connections) == (0, 0)


def test_a_full_file_says_so_on_each_connection_and_grows_no_more(path: Path) -> None:
    journal = Journal()
    with JournalFile(path, max_size=2000) as file:
        told = [file.write(journal, text("x" * 100, n % 3)) for n in range(40)]
        assert not file.write(journal, text("late", 9))
        assert file.is_full
    assert path.stat().st_size <= 2000
    assert told == sorted(told, reverse=True)
    read = [one for one in read_trace(path.read_bytes().splitlines()) if isinstance(one, Record)]
    assert {one.connection for one in read} == {0, 1, 2}
    lost = [one for one in read if one.kind is RecordKind.LOST]
    assert [one.connection for one in lost] == [one.connection for one in read][-3:]
    assert {one.reason for one in lost} == {"the recording is full"}
    endpoint = compile_endpoint(bound(LOGIN))
    with path.open("rb") as lines:
        found = {shown.finding.rule.id for shown in examine(endpoint, "t", lines).findings}
    assert {"SCH-908"} <= found


def test_a_connection_that_has_ended_leaves_its_room_to_others(path: Path) -> None:
    with JournalFile(path, max_size=600) as file:
        for number in range(3):
            file.write(Journal(), text("x", number))
            file.end(number)
        assert not file.is_full
