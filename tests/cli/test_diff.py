from __future__ import annotations

import json
from pathlib import Path

from support.commands import run, written

VERSIONS = """\
from schematic import *
S, C = MessageDirection.SERVER_TO_CLIENT, MessageDirection.CLIENT_TO_SERVER
def message(name, direction, **flags):
    return MessageSchema(id=name, direction=direction, schema=Schema.text(name.lower()), **flags)
def endpoint(name, initialize, server_messages=()):
    lifecycle = ConnectionLifecycle(
        initialize=initialize, streaming_messages=[message("Line", C)],
        server_messages=server_messages,
    )
    return WebSocketEndpoint(id=name, path="/talk", lifecycle=lifecycle)
def api(*endpoints):
    return WebSocketApi(name="Talks", base_url="ws://h", endpoints=endpoints)
first = api(endpoint("Talk", message("Hello", C)))
hints = api(endpoint("Talk", message("Hello", C), [message("Hint", S)]))
ready = api(endpoint("Talk", [message("Hello", C), message("Ready", S)]))
more = api(*first.endpoints, endpoint("Listen", message("Hello", C)))
renamed = api(endpoint("Chat", message("Hello", C)))
"""


def compared(folder: Path, old: str, new: str, *options: str) -> tuple[int, str]:
    file = written(folder, VERSIONS)
    result = run("diff", f"{file}:{old}", f"{file}:{new}", *options)
    return result.exit_code, result.output


def test_a_version_is_compatible_with_itself(tmp_path: Path) -> None:
    assert compared(tmp_path, "first", "first") == (
        0,
        (
            "Talks/Talk: old client ↔ new server: compatible\n"
            "Talks/Talk: new client ↔ old server: compatible\n"
        ),
    )


def test_what_is_passed_over_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    code, output = compared(tmp_path, "first", "hints")
    assert code == 0
    assert output.startswith("Talks/Talk: old client ↔ new server: compatible\n\n  ignored the old")


def test_what_breaks_is_drawn(tmp_path: Path) -> None:
    code, output = compared(tmp_path, "first", "ready")
    assert code == 1
    assert (
        """\
Talks/Talk: old client ↔ new server: not compatible

  breaks the new server does not expect Line there: it has to wait until opening step 2 (Ready) is \
finished

      client                                                       server
         │────────────────────────── Hello ─────────────────────────▶│
         │────────────────────────── Line ──────────────────────────✗│
         │ ✗ it has to wait until opening step 2 (Ready) is finished │
"""
        in output
    )
    assert output.endswith("\nTalks/Talk: new client ↔ old server: not compatible\n" + STUCK)


STUCK = """\

  breaks nobody can go on: the new client waits for Ready

      client                              server
         │───────────── Hello ─────────────▶│
         │ ✗ the new client waits for Ready │
"""


def test_endpoints_are_matched_by_their_ids(tmp_path: Path) -> None:
    assert compared(tmp_path, "first", "more")[0] == 0
    assert "Talks/Listen: only in the new version\n" in compared(tmp_path, "first", "more")[1]
    code, output = compared(tmp_path, "more", "first")
    assert code == 1
    assert output.endswith("\nTalks/Listen: gone in the new version\n")


def test_two_endpoints_that_are_named_are_compared_whatever_their_ids(tmp_path: Path) -> None:
    assert compared(tmp_path, "more/Talk", "renamed/Chat")[0] == 0


def test_programs_get_the_same_as_json(tmp_path: Path) -> None:
    code, output = compared(tmp_path, "first", "ready", "--format", "json")
    assert code == 1
    (endpoint,) = json.loads(output)["endpoints"]
    assert (endpoint["endpoint"], endpoint["in"]) == ("Talks/Talk", ["old", "new"])
    assert [one["compatible"] for one in endpoint["peerings"]] == [False, False]
    assert endpoint["peerings"][0]["differences"][0] == {
        "effect": "breaks",
        "subject": "Line",
        "message": "the new server does not expect Line there: it has to wait until opening step 2 "
        "(Ready) is finished",
        "conversation": [
            {"said_by": "client", "message": "Hello", "key": None},
            {"heard_by": "server"},
            {"said_by": "client", "message": "Line", "key": None},
            {"heard_by": "server"},
        ],
    }


def test_what_cannot_be_found_cannot_be_compared(tmp_path: Path) -> None:
    assert compared(tmp_path, "first", "nothing")[0] == 2


TYPED = """\
from __future__ import annotations
from typing import Literal
from msgspec import Struct
from schematic import *
class {inner}(Struct):
    words: list[str]
class Line(Struct{tag}):
    inner: {inner}
    {field}
line = MessageSchema(id="Line", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema(Line))
talk = WebSocketEndpoint(
    id="Talk", path="/", lifecycle=ConnectionLifecycle(streaming_messages=[line])
)
api = WebSocketApi(name="Talks", base_url="ws://h", endpoints=[talk])
"""


def test_files_of_one_name_keep_their_own_types_which_tags_do_not_part(tmp_path: Path) -> None:
    references = []
    for folder, inner, tag, field in (
        ("old", "Old", ', tag="line"', ""),
        ("new", "New", "", 'type: Literal["line"] = "line"'),
    ):
        (tmp_path / folder).mkdir()
        file = written(tmp_path / folder, TYPED.format(inner=inner, tag=tag, field=field))
        references.append(f"{file}:api")
    result = run("diff", *references)
    assert (result.exit_code, result.output.count(": compatible")) == (0, 2), result.output
