"""The chart says what the lifecycle says, and nothing vanishes silently."""

from __future__ import annotations

import subprocess
import sys

import pytest
from statemachine.exceptions import TransitionNotAllowed

from schematic import ConnectionLifecycle, OpeningStep, Side
from schematic.compile.chart import build_chart, event
from support.lifecycles import message

HELLO = message("Hello", Side.CLIENT)
CHUNK = message("Chunk", Side.CLIENT)
DONE = message("Done", Side.CLIENT)
AUDIO = message("Audio", Side.SERVER)
FINAL = message("Final", Side.SERVER, final=True, after="Done")
SIMPLE = ConnectionLifecycle(
    initialize=HELLO, streaming_messages=[CHUNK], close=DONE, server_messages=[AUDIO, FINAL]
)


def test_a_conversation_walks_both_halves_to_their_ends() -> None:
    running = build_chart(SIMPLE).machine()
    for said in ("c.Hello", "c.Chunk", "s.Audio", "c.Done", "s.Audio", "s.Final"):
        running.send(said)
    active = set(running.configuration_values)
    assert {"client_done", "server_done", "step_1_open", "seen_client_Done_open"} <= active


@pytest.mark.parametrize("said", ["c.Chunk", "s.Audio", "s.Final", "c.Done"])
def test_nothing_passes_a_gating_step_that_is_open(said: str) -> None:
    running = build_chart(SIMPLE).machine()
    before = list(running.configuration_values)
    with pytest.raises(TransitionNotAllowed):
        running.send(said)
    assert list(running.configuration_values) == before


def test_a_message_that_waits_is_refused_until_the_awaited_one_has_passed() -> None:
    running = build_chart(SIMPLE).machine()
    running.send("c.Hello")
    with pytest.raises(TransitionNotAllowed):
        running.send("s.Final")
    running.send("c.Done")
    running.send("s.Final")


def test_an_informative_greeting_holds_the_other_side_back_from_nothing() -> None:
    greeting = OpeningStep(message("Greeting", Side.SERVER), gating=False)
    chart = build_chart(
        ConnectionLifecycle(
            initialize=[greeting], streaming_messages=[CHUNK], server_messages=[AUDIO]
        )
    )
    assert chart.latches == ()
    running = chart.machine()
    running.send("c.Chunk")
    with pytest.raises(TransitionNotAllowed):
        running.send("s.Audio")
    running.send("s.Greeting")
    running.send("s.Audio")


def test_messages_called_like_methods_of_a_chart_stay_messages() -> None:
    names = ["send", "configuration", "states", "current_state", "model", "name"]
    chart = build_chart(
        ConnectionLifecycle(streaming_messages=[message(name, Side.CLIENT) for name in names])
    )
    running = chart.machine()
    for name in names:
        running.send(event(Side.CLIENT, name))


def test_the_statechart_library_is_loaded_by_compiling_only() -> None:
    program = (
        "import sys, schematic, schematic.compile, schematic_engine;"
        "assert 'statemachine' not in sys.modules;"
        "from schematic_definitions.elevenlabs import elevenlabs;"
        "assert 'statemachine' not in sys.modules;"
        "endpoint = elevenlabs().endpoint('StreamTextToSpeech');"
        "schematic.compile.compile_endpoint(endpoint);"
        "assert 'statemachine' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
