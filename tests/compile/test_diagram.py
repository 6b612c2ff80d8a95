from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import ConnectionLifecycle, OpeningStep, Side
from schematic.compile import Phase, Table, compile_lifecycle
from schematic.compile.diagram import to_markdown, to_mermaid, to_svg, to_text
from schematic.compile.diagram.order import crossings, order_levels
from schematic.compile.diagram.picture import Saying, picture_of
from schematic.compile.diagram.plan import plan
from schematic.compile.diagram.svg import MEASURES
from schematic.compile.diagram.wording import cells, spoken
from schematic.compile.paths import explore
from support.lifecycles import lifecycles, message

C, S = Side.CLIENT, Side.SERVER
SVG = "{http://www.w3.org/2000/svg}"

tables = lifecycles().map(compile_lifecycle)

SPEECH = compile_lifecycle(
    ConnectionLifecycle(
        initialize=message("Init", C),
        streaming_messages=[message("SendText", C), message("Hello", C, repeatable=False)],
        close=message("CloseConnection", C),
        server_messages=[
            message("Audio", S),
            message("FinalOutput", S, final=True, after=("CloseConnection",)),
        ],
    )
)
SPEECH_TEXT = """\
                 ●
                 │
         upgrade accepted
                 ▼
         ╭───────────────╮
         │ INITIALIZING  │
         ╰───────┬───────╯
                 │
           client: Init
                 ▼
╔═════════════════════════════════╗
║ STREAMING                   now ║
║ client: SendText, Hello (once)  ║
║ server: Audio                   ║
╚════════════════╤════════════════╝
                 │
      client: CloseConnection
                 ▼
     ╭───────────────────────╮
     │ CLOSING               │
     │ the client has ended  │
     │ server: Audio         │
     ╰───────────┬───────────╯
                 │
        server: FinalOutput
                 ▼
          ╭─────────────╮
          │ BOTH ENDED  │
          ╰─────────────╯
                 │
          WebSocket close
                 ▼
                 ◉

The WebSocket may be closed in any state.
"""


def three_steps() -> Table:
    return compile_lifecycle(
        ConnectionLifecycle(
            initialize=(
                message("Challenge", S),
                message("Authenticate", C),
                OpeningStep(message("Welcome", S), message("AuthInvalid", S, final=True)),
            ),
            streaming_messages=[message("Call", C)],
            close=message("Bye", C),
            server_messages=[message("Result", S)],
        )
    )


def two_choices() -> Table:
    return compile_lifecycle(
        ConnectionLifecycle(
            initialize=OpeningStep(
                message("StartTranscription", C), message("ResumeTranscription", C)
            ),
            streaming_messages=[message("Audio", C)],
            close=message("EndOfStream", C),
            server_messages=[message("Partial", S), message("Done", S, final=True)],
        )
    )


# ------------------------------------------------------------------------------------- picture


@settings(max_examples=30)
@given(tables)
def test_every_reachable_state_has_a_node_and_every_legal_message_is_in_the_picture(
    table: Table,
) -> None:
    mask = table.coupling()
    pictures = {
        state: picture_of(table, state) for state, _ in explore(table, table.start, marks=mask)
    }
    for state, picture in pictures.items():
        here = picture.current
        assert here is not None
        assert picture.nodes[here].phase is table.phase(state)
        leads = {(a.source, a.target): a.says for a in picture.arrows if a.source == here}
        for side, name, (client, server, marks) in table.steps(state):
            if re.search(rf"the {side.value} may say .*\b{name}\b", " ".join(picture.foot)):
                continue  # at any moment
            then = pictures[client, server, marks & mask]
            assert then.current is not None
            # What has been said at any moment may have led off the usual picture, and leads back.
            alike = (then.nodes, then.arrows) == (picture.nodes, picture.arrows)
            ways = [(here, then.current)] if alike else [*leads]
            says = {*picture.nodes[here].stays, *(s for way in ways for s in leads.get(way, ()))}
            assert (side, name) in {(saying.side, saying.message) for saying in says}


def test_what_may_be_said_at_any_moment_is_told_once_below_the_picture() -> None:
    table = compile_lifecycle(
        ConnectionLifecycle(
            initialize=message("Init", C),
            close=message("Bye", C),
            server_messages=[
                message("Audio", S),
                message("Warning", S, ambient=True),
                message("Hint", S, ambient=True, repeatable=False),
                message("Error", S, ambient=True, final=True),
                message("Late", S, ambient=True, after_end=True),
                message("Answer", S, ambient=True, after="Bye"),
                message("Pause", S, ambient=True),
                message("Done", S, after="Pause", final=True),
            ],
        )
    )
    picture = picture_of(table)
    assert picture.foot == (
        "At any moment the server may say Hint (once) or Warning.",
        "At any moment the server may say Error, which is its last word.",
        "The WebSocket may be closed in any state.",
    )
    drawn = [*picture.nodes[0].stays, *(s for arrow in picture.arrows for s in arrow.says)]
    assert not {"Hint", "Warning", "Error"} & {saying.message for saying in drawn}
    assert {"Late", "Pause"} <= {saying.message for saying in drawn}
    ended = (0, len(table.server) - 1, 0)
    beyond = picture_of(table, ended)
    assert beyond.current is not None
    assert beyond.nodes[beyond.current].notes[-1] == "the server has ended"
    assert beyond.foot == ("The WebSocket may be closed in any state.",)
    for drawing in (to_text(table), to_svg(table), to_mermaid(table)):
        assert "Error, which is its last word." in drawing


def test_in_a_picture_of_halves_alone_what_waits_says_for_what() -> None:
    waited = [message(f"W{n}", C) for n in range(4)]
    waiting = [message(f"A{n}", S, after=(f"W{n}",)) for n in range(4)]
    both = message("Both", S, after=("W0", "W1"))
    table = compile_lifecycle(
        ConnectionLifecycle(
            streaming_messages=waited,
            server_messages=[message("Free", S), *waiting, both],
            close=message("Bye", C),
        )
    )
    drawing = to_text(table)
    for line in ("server: Free", "server after W0: A0", "server after W0 and W1: Both"):
        assert line in drawing
    assert drawing.index("client: W0") < drawing.index("server: Free")


def test_many_names_make_a_paragraph_wide() -> None:
    def width(count: int) -> int:
        said = [Saying(C, f"Message{n:02}") for n in range(count)]
        return max(cells(line.text) for line in spoken(said, width=34))

    assert width(10) <= 34 < width(11) <= 68


def test_messages_that_change_nothing_are_in_the_node_and_others_are_arrows() -> None:
    picture = picture_of(SPEECH)
    assert [node.title for node in picture.nodes] == [
        "INITIALIZING",
        "STREAMING",
        "CLOSING",
        "BOTH ENDED",
    ]
    streaming = picture.nodes[1]
    assert [saying.message for saying in streaming.stays] == ["SendText", "Hello", "Audio"]
    assert [saying.once for saying in streaming.stays] == [False, True, False]
    assert [(a.source, a.target, a.says[0].message) for a in picture.arrows] == [
        (0, 1, "Init"),
        (1, 2, "CloseConnection"),
        (2, 3, "FinalOutput"),
    ]


def test_states_with_the_same_future_are_one_node() -> None:
    done = [message(f"Done{n}", S, final=True, repeatable=False) for n in range(4)]
    table = compile_lifecycle(
        ConnectionLifecycle(close=message("Bye", C, repeatable=False), server_messages=done)
    )
    titles = [node.title for node in picture_of(table).nodes]
    assert titles == ["STREAMING", "CLOSING", "CLOSING", "BOTH ENDED"]


def test_a_crowd_of_states_is_drawn_as_the_halves_alone() -> None:
    waited = [message(f"W{n}", C) for n in range(6)]
    waiting = [message(f"A{n}", S, after=(f"W{n}",)) for n in range(6)]
    table = compile_lifecycle(
        ConnectionLifecycle(streaming_messages=waited, server_messages=waiting)
    )
    assert len(list(explore(table, table.start, marks=table.coupling()))) == 64
    picture = picture_of(table)
    assert len(picture.nodes) == 1
    assert len(picture.nodes[0].stays) == 12


def test_a_node_says_what_tells_it_from_its_like() -> None:
    steps = [node.notes for node in picture_of(three_steps()).nodes[:3]]
    assert steps == [("step 1 of 3",), ("step 2 of 3",), ("step 3 of 3",)]
    greeting = compile_lifecycle(
        ConnectionLifecycle(
            initialize=OpeningStep(message("Hello", S), gating=False),
            streaming_messages=[message("A", C), message("B", C, after=("X",))],
            server_messages=[message("X", S)],
        )
    )
    assert [node.notes for node in picture_of(greeting).nodes] == [
        ("the server is still opening",),
        (),
        ("X from the server has passed",),
    ]


# -------------------------------------------------------------------------------------- layout


@settings(max_examples=30)
@given(tables)
def test_no_two_things_in_a_picture_overlap(table: Table) -> None:
    drawn = plan(picture_of(table), MEASURES)
    boxes = [box for box in drawn.layout.boxes if box.half]
    for one, other in combinations(boxes, 2):
        apart = abs(one.x - other.x) >= one.half + other.half
        assert apart or one.top + one.height <= other.top or other.top + other.height <= one.top
    for box in boxes:
        assert box.half <= box.x <= drawn.layout.width - box.half
        assert 0 <= box.top <= box.top + box.height <= drawn.layout.height


@settings(max_examples=30)
@given(tables)
def test_arrows_only_lead_down_and_turn_between_the_levels(table: Table) -> None:
    layout = plan(picture_of(table), MEASURES).layout
    for route in layout.routes:
        assert route.y0 <= route.y1
        if route.x0 != route.x1:
            assert route.y0 < route.turn < route.y1
            assert not any(
                box.top < route.turn < box.top + box.height
                and min(route.x0, route.x1) < box.x + box.half
                and max(route.x0, route.x1) > box.x - box.half
                for box in layout.boxes
            )


@settings(max_examples=30)
@given(tables)
def test_no_two_arrows_share_a_horizontal_stretch(table: Table) -> None:
    routes = [r for r in plan(picture_of(table), MEASURES).layout.routes if r.x0 != r.x1]
    for one, other in combinations(routes, 2):
        if one.turn == other.turn:
            low, high = sorted((sorted((one.x0, one.x1)), sorted((other.x0, other.x1))))
            assert low[1] < high[0]


def test_crossings_that_can_be_avoided_are_avoided() -> None:
    links = [(0, 5), (1, 4), (2, 3)]
    levels = [0, 0, 0, 1, 1, 1]
    assert crossings([[0, 1, 2], [3, 4, 5]], links) == 3
    assert crossings(order_levels(levels, links), links) == 0


# ---------------------------------------------------------------------------------------- text


def test_the_text_picture_shows_where_the_conversation_stands() -> None:
    assert to_text(SPEECH, current=(1, 0, 1)) == SPEECH_TEXT
    assert "now" not in to_text(SPEECH)


@settings(max_examples=30)
@given(tables)
def test_the_ascii_picture_is_ascii_and_has_the_same_shape(table: Table) -> None:
    fancy, plain = to_text(table), to_text(table, ascii_only=True)
    assert plain.isascii()
    assert [len(line) for line in fancy.split("\n")] == [len(line) for line in plain.split("\n")]
    assert not any(line.endswith(" ") for line in fancy.split("\n"))


@settings(max_examples=30)
@given(tables)
def test_every_message_can_be_read_in_the_text_picture(table: Table) -> None:
    drawn = to_text(table)
    for _, name, _ in table.steps(table.start):
        assert name in drawn


def test_wide_letters_take_two_cells_and_combining_ones_none() -> None:
    assert cells("数据") == 4
    assert cells("e\u0301") == 1
    table = compile_lifecycle(
        ConnectionLifecycle(
            streaming_messages=[message("数据", C), message("re\u0301sume\u0301", C)]
        )
    )
    boxed = [line for line in to_text(table).split("\n") if "│ " in line or "╭" in line]
    assert len({cells(line) for line in boxed}) == 1


# ----------------------------------------------------------------------------------------- svg


@settings(max_examples=30)
@given(tables, st.text())
def test_the_svg_is_well_formed_whatever_the_title(table: Table, title: str) -> None:
    root = ElementTree.fromstring(to_svg(table, title=title))
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title")


def test_a_hostile_title_stays_text() -> None:
    hostile = '</title><script>alert("&amp;\x00\ud800")</script>'
    drawn = to_svg(SPEECH, title=hostile)
    root = ElementTree.fromstring(drawn)
    assert not list(root.iter(f"{SVG}script"))
    assert root.findtext(f"{SVG}title") == hostile.replace("\x00", "�").replace("\ud800", "�")


def test_the_svg_emphasises_the_current_state() -> None:
    root = ElementTree.fromstring(to_svg(SPEECH, current=(1, 0, 1)))
    emphasised = [g for g in root.iter(f"{SVG}g") if "now" in g.get("class", "").split()]
    assert [g.get("class") for g in emphasised] == ["node streaming now"]
    assert "now" in "".join(emphasised[0].itertext())


def test_the_svg_knows_dark_surroundings_and_asks_for_nothing_from_elsewhere() -> None:
    drawn = to_svg(SPEECH)
    assert "prefers-color-scheme:dark" in drawn
    assert re.findall(r"https?://[^\"]*", drawn) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in drawn


# ------------------------------------------------------------------------- mermaid and markdown


@settings(max_examples=30)
@given(tables, st.text())
def test_mermaid_has_one_statement_a_line_and_no_syntax_in_its_words(
    table: Table, title: str
) -> None:
    lines = to_mermaid(table, title=title, current=table.start).splitlines()
    if title:
        assert lines[0] == lines[2] == "---"
        assert re.fullmatch(r'title: "(?:[^"\\]|\\.)*"', lines[1])
        lines = lines[3:]
    assert lines[0] == "stateDiagram-v2"
    statement = re.compile(
        r"    (?:(?:\[\*\]|s\d+) --> (?:\[\*\]|s\d+): .+|s\d+: .+|note right of s0: .+"
        r"|classDef current .+|class s0 current)"
    )
    for line in lines[1:]:
        assert statement.fullmatch(line), line
        words = line.partition(": ")[2].replace("<br>", "")
        assert re.fullmatch(r"(?:[\w ,.()'-]|#\d+;)*", words), line


def test_mermaid_marks_start_end_and_current_state() -> None:
    drawn = to_mermaid(SPEECH, current=(1, 0, 1))
    assert "[*] --> s0: upgrade accepted" in drawn
    assert "s3 --> [*]: WebSocket close" in drawn
    assert "s1 --> s2: client#58; CloseConnection" in drawn
    assert "class s1 current" in drawn


def test_markdown_lists_each_half_row_by_row() -> None:
    assert to_markdown(SPEECH) == (
        "What the client may say:\n\n"
        "| State | Message | Then | Waits until | Once |\n"
        "|---|---|---|---|---|\n"
        "| opening 1 | Init | streaming | | |\n"
        "| streaming | SendText | stays | | |\n"
        "| streaming | Hello | stays | | once |\n"
        "| streaming | CloseConnection | done | | |\n"
        "| done | nothing | | | |\n\n"
        "What the server may say:\n\n"
        "| State | Message | Then | Waits until | Once |\n"
        "|---|---|---|---|---|\n"
        "| streaming | Audio | stays | opening step 1 (Init) is finished | |\n"
        "| streaming | FinalOutput | done | opening step 1 (Init) is finished and "
        "CloseConnection from the client has passed | |\n"
        "| done | nothing | | | |\n"
    )


@pytest.mark.parametrize("draw", [to_mermaid, to_markdown, to_svg, to_text])
@pytest.mark.parametrize("make", [three_steps, two_choices])
def test_the_same_table_is_drawn_the_same(draw: object, make: object) -> None:
    assert callable(draw)
    assert callable(make)
    assert draw(make()) == draw(make())


def test_phases_are_named_as_users_know_them() -> None:
    phases = {node.phase for node in picture_of(two_choices()).nodes}
    assert phases == {Phase.INITIALIZING, Phase.STREAMING, Phase.CLOSING}
