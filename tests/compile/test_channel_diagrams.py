"""Channels in pictures: a word in the connection's, and a picture of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from schematic import (
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    KeyReuse,
    OpeningStep,
    Refusal,
    Side,
)
from schematic.compile import Table, compile_lifecycle
from schematic.compile.diagram import to_markdown, to_mermaid, to_svg, to_text
from schematic.compile.diagram.picture import Carried, channel_picture, picture_of
from schematic.compile.diagram.wording import channel_facts
from support.lifecycles import channelled, keyed, message

C, S = Side.CLIENT, Side.SERVER
SVG = "{http://www.w3.org/2000/svg}"

tables = channelled().map(compile_lifecycle)


def job(**rules: Any) -> Table:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", C),
        streaming_messages=[keyed("Say", C)],
        close=keyed("Stop", C, ends_both=rules.pop("ends_both", False)),
        server_messages=[keyed("Told", S), keyed("End", S, final=True)],
    )
    channel = Channel(**{"id": "Job", "key": "key", "lifecycle": inside, "max_open": 3, **rules})
    return compile_lifecycle(
        ConnectionLifecycle(
            initialize=message("Hello", C),
            streaming_messages=[message("Note", C)],
            close=message("Bye", C),
            channels=[channel],
        )
    )


JOB_TEXT = """\
            ●
            │
    upgrade accepted
            ▼
    ╭───────────────╮
    │ INITIALIZING  │
    ╰───────┬───────╯
            │
      client: Hello
            ▼
╭───────────────────────╮
│ STREAMING             │
│ client: Note          │
│ [Job] client, server  │
╰───────────┬───────────╯
"""


def test_in_the_picture_of_the_connection_a_channel_is_one_word() -> None:
    picture = picture_of(job())
    says = [[saying.message for saying in node.stays] for node in picture.nodes]
    assert says == [[], ["Note"], []]
    assert [node.carries for node in picture.nodes] == [
        (),
        (Carried("Job", (C, S)),),
        (Carried("Job", (S,)),),
    ]
    assert to_text(job()).startswith(JOB_TEXT)


def test_a_channel_is_drawn_from_a_free_key_to_a_free_key() -> None:
    (spec,) = job().channels
    picture = channel_picture(spec)
    assert (picture.entry, picture.exit) == ("a free key", "the key is free again")
    assert [node.title for node in picture.nodes] == [
        "NOT OPEN",
        "STREAMING",
        "CLOSING",
        "CLOSING",
        "BOTH ENDED",
    ]


@pytest.mark.parametrize(
    ("rules", "notes"),
    [
        ({}, [("the client has ended",), ("the server has ended",)]),
        (
            {"reuse": KeyReuse.IMMEDIATE},
            [("the client has ended", "the key is free again"), ("the server has ended",)],
        ),
        (
            {"ends_both": True},
            [
                ("the client has ended it for both", "the key is free again"),
                ("the server has ended",),
            ],
        ),
        (
            {"ends_both": True, "reuse": KeyReuse.NEVER},
            [("the client has ended it for both",), ("the server has ended",)],
        ),
    ],
)
def test_a_node_says_that_its_key_may_be_used_again(
    rules: dict[str, Any], notes: list[tuple[str, ...]]
) -> None:
    (spec,) = job(**rules).channels
    assert [node.notes for node in channel_picture(spec).nodes if node.title == "CLOSING"] == notes


def test_a_channel_with_several_opening_steps_counts_them_from_the_second() -> None:
    inside = ConnectionLifecycle(
        initialize=[keyed("Ask", C), keyed("Grant", S)], streaming_messages=[keyed("Use", C)]
    )
    channel = Channel(id="Job", key="key", lifecycle=inside)
    (spec,) = compile_lifecycle(ConnectionLifecycle(channels=[channel])).channels
    shown = [(node.title, node.notes) for node in channel_picture(spec).nodes]
    assert shown == [("NOT OPEN", ()), ("INITIALIZING", ("step 2 of 2",)), ("STREAMING", ())]


@pytest.mark.parametrize(
    ("rules", "facts"),
    [
        (
            {},
            (
                "key: key",
                "at most 3 open at once",
                "a key is used again when both sides have ended",
            ),
        ),
        (
            {"max_open": None, "reuse": KeyReuse.NEVER},
            ("key: key", "any number open at once", "a key is never used again"),
        ),
        (
            {
                "key": ChannelKey(client="job_id", server="job.id", default="main"),
                "reuse": KeyReuse.IMMEDIATE,
            },
            (
                "key: job_id from the client, job.id from the server",
                "no key means 'main'",
                "at most 3 open at once",
                "a key is used again when the client has ended",
            ),
        ),
    ],
)
def test_what_there_is_to_know_about_keys(rules: dict[str, Any], facts: tuple[str, ...]) -> None:
    table = job(**rules)
    assert channel_facts(table.channels[0]) == facts
    drawn = to_svg(table), to_text(table), to_markdown(table), to_mermaid(table)
    for text in drawn:
        readable = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)
        assert all(fact in readable.replace("\\", "") for fact in facts)


def test_how_a_channel_comes_to_the_key_that_it_was_opened_without_is_told() -> None:
    answers = [
        keyed("Created", S, answers=["Create", "Retry"]),
        keyed("CreatedAside", S, answers="Aside"),
    ]
    response = Channel(
        id="Response",
        key=ChannelKey(server="key"),
        lifecycle=ConnectionLifecycle(
            initialize=[
                OpeningStep(keyed("Create", C), keyed("Retry", C), keyed("Aside", C)),
                OpeningStep(*answers),
            ],
            server_messages=[keyed("Done", S, final=True)],
        ),
        max_answered=2,
        unasked="Created",
        uncounted=["CreatedAside", "Aside"],
        refused_by=Refusal(message="Fault"),
    )
    table = compile_lifecycle(
        ConnectionLifecycle(server_messages=[message("Fault", S)], channels=[response])
    )
    assert channel_facts(table.channels[0]) == (
        "key: none from the client, key from the server",
        "any number open at once",
        "Created answers Create or Retry, first in, first out",
        "CreatedAside answers Aside, first in, first out",
        "the server has at most 2 under way at once",
        "the server may open one unasked, with Created",
        "Aside, CreatedAside count for no limit",
        "Fault may refuse it",
        "a key is used again when both sides have ended",
    )


def test_a_channel_that_is_opened_once_for_each_key_starts_from_a_new_one() -> None:
    (spec,) = job(reuse=KeyReuse.NEVER).channels
    picture = channel_picture(spec)
    assert (picture.entry, picture.exit) == ("a new key", "the key is never used again")


@settings(max_examples=20)
@given(tables)
def test_every_message_of_every_channel_can_be_read_in_every_drawing(table: Table) -> None:
    drawings = to_text(table), to_mermaid(table), to_markdown(table), to_svg(table)
    for spec in table.channels:
        for name in (n for side in Side for n in spec.table.vocabulary(side)):
            assert all(name in drawn for drawn in drawings)


@settings(max_examples=20)
@given(tables)
def test_the_svg_with_channels_is_well_formed_and_has_a_panel_for_each(table: Table) -> None:
    root = ElementTree.fromstring(to_svg(table, current=table.start))
    panels = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "panel"]
    assert len(panels) == len(list(table.every_channel()))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for panel in panels:
        assert float(panel.get("width", 0)) < width
        assert float(panel.get("height", 0)) < height
    assert to_text(table, ascii_only=True).isascii()


@settings(max_examples=20)
@given(tables)
def test_mermaid_draws_a_channel_as_a_state_of_its_own(table: Table) -> None:
    lines = to_mermaid(table).splitlines()
    assert [line for line in lines if line.startswith("    state ")] == [
        f'    state "Channel {name}" as c{number} {{'
        for number, (name, _) in enumerate(table.every_channel())
    ]
    assert sum(line == "    }" for line in lines) == len(list(table.every_channel()))


def test_markdown_gives_a_channel_one_line_and_tables_of_its_own() -> None:
    drawn = to_markdown(job())
    assert drawn.count("messages of *Job*") == 2
    assert "**Channel Job**: key: key; at most 3 open at once; a key is used again" in drawn
    assert "What the server may say on Job:\n\n| State |" in drawn
    assert "| streaming | Told | stays | opening step 1 (Open) is finished | |" in drawn


@pytest.mark.parametrize("draw", [to_mermaid, to_markdown, to_svg, to_text])
def test_channels_are_drawn_the_same_each_time(draw: Callable[[Table], str]) -> None:
    assert draw(job()) == draw(job())
