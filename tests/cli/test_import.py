"""``schematic import`` writes a module that the other commands take at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.commands import run
from support.imported import CAPTIONS, FIXTURES, changed

ROOMS = str(FIXTURES / "rooms.yaml")


def test_a_document_becomes_a_module_that_can_be_shown_and_verified(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    done = run("import", str(FIXTURES / "captions.json"), "-o", str(folder))
    assert done.exit_code == 0
    file = folder / "captions.py"
    assert f"wrote {file}" in done.output
    assert "6 places are left to choose" in done.output
    assert f"schematic show {file}:captions" in done.output
    assert run("show", f"{file}:captions").exit_code == 0
    assert run("verify", f"{file}:captions").exit_code == 0


def test_the_meaning_of_publish_is_asked_for_with_the_commands_that_say_it(tmp_path: Path) -> None:
    done = run("import", ROOMS, "-o", str(tmp_path))
    assert done.exit_code == 2
    for meaning in ("client-sends", "server-sends"):
        assert f"  schematic import {ROOMS} --publish-means {meaning}" in done.output
    assert not list(tmp_path.iterdir())
    assert run("import", ROOMS, "-o", str(tmp_path), "--publish-means", meaning).exit_code == 0


def test_a_file_that_is_there_is_kept_unless_told(tmp_path: Path) -> None:
    file = tmp_path / "captions.py"
    file.write_text("mine", encoding="utf-8")
    command = ["import", str(FIXTURES / "captions.json"), "-o", str(tmp_path)]
    done = run(*command)
    assert done.exit_code == 2
    assert f"{file} is there already; --force writes over it." in done.output
    assert file.read_text(encoding="utf-8") == "mine"
    assert run(*command, "--force").exit_code == 0
    assert file.read_text(encoding="utf-8") != "mine"


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "captions.py").symlink_to(outside)
    for force in ([], ["--force"]):
        done = run("import", str(FIXTURES / "captions.json"), "-o", str(folder), *force)
        assert done.exit_code == (0 if force else 2)
        assert not outside.exists()


@pytest.mark.parametrize("title", ["../../evil", "/etc/passwd", "..", "con\0sole", "a/b\\c"])
def test_no_title_leaves_the_folder(title: str, tmp_path: Path) -> None:
    document = tmp_path / "document.json"
    document.write_text(json.dumps(changed(CAPTIONS, "info", "title", to=title)))
    folder = tmp_path / "folder"
    assert run("import", str(document), "-o", str(folder)).exit_code == 0
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != document]
    assert [path.parent for path in written] == [folder]
    assert written[0].stem.isidentifier()


def test_the_options_say_what_the_document_does_not(tmp_path: Path) -> None:
    done = run(
        *("import", ROOMS, "-o", str(tmp_path), "--publish-means", "client-sends"),
        *("--server", "testing", "--name", "My Rooms"),
    )
    assert done.exit_code == 0
    assert 'base_url="ws://localhost:8080"' in (tmp_path / "my_rooms.py").read_text("utf-8")
    captions = str(FIXTURES / "captions.json")
    done = run(
        *("import", captions, "-o", str(tmp_path), "--describes", "client"),
        *("--base-url", "wss://elsewhere.example"),
    )
    assert done.exit_code == 0
    source = (tmp_path / "captions.py").read_text("utf-8")
    assert 'base_url="wss://elsewhere.example"' in source
    assert "``send`` is what the client sends" in source


def test_an_error_that_quotes_the_document_does_nothing_to_the_terminal(tmp_path: Path) -> None:
    document = tmp_path / "document.json"
    document.write_text(json.dumps(changed(CAPTIONS, "operations", to={"\x1b[2J\x07": 1})))
    done = run("import", str(document))
    assert done.exit_code == 2
    assert "expected an object" in done.output
    assert "\x1b" not in done.output


def test_what_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    assert "cannot be read" in run("import", str(tmp_path / "nothing.yaml")).output
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in run("import", str(binary)).output
    other = tmp_path / "openapi.json"
    other.write_text('{"openapi": "3.1.0"}')
    done = run("import", str(other))
    assert (done.exit_code, "this is an OpenAPI document" in done.output) == (2, True)
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = run("import", str(FIXTURES / "captions.json"), "-o", str(blocked / "inner"))
    assert (done.exit_code, "cannot be written" in done.output) == (2, True)


def test_it_is_said_which_way_the_operations_were_read(tmp_path: Path) -> None:
    captions = str(FIXTURES / "captions.json")
    first = run("import", captions, "-o", str(tmp_path / "a"))
    assert first.stderr == (
        "Read so that send is what the server sends. If it is the other way round, "
        "say --describes client.\n"
    )
    second = run("import", captions, "-o", str(tmp_path / "b"), "--describes", "client")
    assert "send is what the client sends" in second.stderr
    assert "--describes server" in second.stderr
    old = run("import", ROOMS, "-o", str(tmp_path), "--publish-means", "client-sends")
    assert old.stderr == "Read so that publish is what the client sends.\n"


def test_where_the_document_says_the_order_no_verb_is_read(tmp_path: Path) -> None:
    file = tmp_path / "graphql.json"
    file.write_text(run("export", "graphql-transport-ws").stdout, encoding="utf-8")
    assert run("import", str(file), "-o", str(tmp_path)).stderr == ""
