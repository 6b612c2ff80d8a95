from __future__ import annotations

from schematic import Side
from schematic.compile.scenario import Heard, Said, Scenario, told

C, S = Side.CLIENT, Side.SERVER


def test_a_told_conversation_is_heard_as_it_is_said() -> None:
    assert told([(C, "Hello"), (S, "Welcome")], "a") == (
        Said(C, "Hello", "a"),
        Heard(S),
        Said(S, "Welcome", "a"),
        Heard(C),
    )


def test_the_path_of_a_scenario_is_what_is_said_heard_or_not() -> None:
    scenario = Scenario((*told([(C, "Hello")]), Said(S, "Data"), Said(C, "Stop"), Heard(C)))
    assert scenario.path == ((C, "Hello"), (S, "Data"), (C, "Stop"))
    assert Scenario().path == ()
