"""Charts of conversations, as exact pictures, and as what any conversation's chart keeps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schematic import Side
from schematic.compile.diagram import to_sequence
from schematic.compile.diagram.wording import cells
from schematic.compile.scenario import Heard, Said, Scenario, Step, told

C, S = Side.CLIENT, Side.SERVER


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Anything that two queues allow, whether a lifecycle does or not."""
    steps: list[Step] = []
    waiting = dict.fromkeys(Side, 0)
    for _ in range(draw(st.integers(0, 12))):
        side = draw(st.sampled_from(Side))
        if waiting[side] and draw(st.booleans()):
            waiting[side] -= 1
            steps.append(Heard(side))
        else:
            waiting[side.other] += 1
            name = draw(st.sampled_from(["Hi", "CreateResponse", "A" * 30, "Grüße", "挨拶"]))
            steps.append(Said(side, name, draw(st.sampled_from([None, "a"]))))
    return Scenario(tuple(steps), draw(st.sampled_from(["", "wrong " * 30])), draw(st.booleans()))


def drawn(*steps: Step, remark: str = "", fault: bool = True) -> str:
    return "\n" + to_sequence(Scenario(steps, remark, fault)) + "\n"


def test_what_is_heard_at_once_goes_straight_across() -> None:
    assert (
        drawn(*told([(C, "Hello"), (S, "Welcome")], "a"), fault=False)
        == """
client                    server
   │────── Hello [a] ──────▶│
   │◀──── Welcome [a] ──────│
"""
    )


def test_messages_that_cross_are_drawn_crossing() -> None:
    assert (
        drawn(
            *told([(C, "Hello")]),
            Said(C, "Stop", "a"),
            Said(S, "Data", "a"),
            Heard(S),
            Heard(C),
            remark="of the old a, or of the new one?",
        )
        == """
client                                server
   │────────────── Hello ──────────────▶│
   │───────────── Stop [a] ───────────╮ │
   │ ╭─────────── Data [a] ───────────┼─│
   │ │                                ╰▶│
   │✗╯                                  │
   │ ✗ of the old a, or of the new one? │
"""
    )


def test_a_message_may_wait_while_others_pass_it_and_never_arrive() -> None:
    assert (
        drawn(
            Said(S, "Late"),
            *told([(C, "Bye"), (C, "Again")]),
            Said(C, "One"),
            Said(C, "Two"),
            Heard(S),
            Said(C, "Three"),
            Heard(C),
            fault=False,
        )
        == """
client                    server
   │ ╭───── Late ───────────│
   │─┼─────── Bye ─────────▶│
   │─┼────── Again ────────▶│
   │─┼─────── One ────────╮ │
   │─┼────── Two ───────╮ │ │
   │ │                  │ ╰▶│
   │─┼──── Three ─────╮ │   │
   │◀╯                │ │   │
"""
    )


def test_a_fault_of_a_state_is_told_below_the_conversation() -> None:
    assert (
        drawn(Said(C, "Hello"), remark="stuck")
        == """
client                    server
   │─────── Hello ────────╮ │
   │ ✗ stuck                │
"""
    )


def test_a_fault_that_lies_not_in_the_last_message_is_not_marked_there() -> None:
    scenario = Scenario(told([(C, "Hello")]), "no way on", last=False)
    assert "▶│" in to_sequence(scenario)
    assert "✗ no way on" in to_sequence(scenario)


def test_what_is_only_to_be_known_is_not_marked() -> None:
    assert (
        drawn(*told([(S, "Hi")]), remark="the client waits", fault=False)
        == """
client                    server
   │◀───────── Hi ──────────│
   │ the client waits       │
"""
    )


def test_a_long_remark_is_wrapped() -> None:
    lines = drawn(remark="it is told in many words " * 5).strip("\n").split("\n")
    assert len(lines) == 4
    assert max(map(cells, lines)) <= 72


def test_terminals_that_know_only_ascii_get_no_more() -> None:
    steps = (Said(C, "Stop"), Said(S, "Data"), Heard(C), Heard(S))
    assert (
        "\n" + to_sequence(Scenario(steps, "late"), ascii_only=True) + "\n"
        == """
client                    server
   |-------- Stop --------+ |
   |<-------- Data -------+-|
   |                      +x|
   | x late                 |
"""
    )


@given(scenarios())
def test_any_chart_keeps_its_lines_straight_and_names_every_message(scenario: Scenario) -> None:
    for ascii_only in (False, True):
        chart = to_sequence(scenario, ascii_only=ascii_only)
        head, *rows = chart.split("\n")
        right = head.index("server") + 2
        for row in rows:
            assert row[3] in "│|"
            assert row[-1] in "│|"
            assert cells(row) == right + 1
        for said in (step for step in scenario.steps if isinstance(step, Said)):
            assert f" {said.message}{f' [{said.key}]' if said.key else ''} " in chart


@given(scenarios())
def test_as_many_arrows_arrive_as_messages_are_heard(scenario: Scenario) -> None:
    chart = to_sequence(scenario)
    heard = sum(isinstance(step, Heard) for step in scenario.steps)
    remark_mark = bool(scenario.fault and scenario.remark)
    assert sum(map(chart.count, "▶◀✗")) - remark_mark == heard
