"""The demo's voice."""

from __future__ import annotations

from array import array
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from schematic_engine.cli.demo.voice import speak


@settings(max_examples=50)
@given(st.text(max_size=40), st.sampled_from([8000, 22050]))
def test_every_character_is_timed_and_the_times_go_forward(text: str, rate: int) -> None:
    speech = speak(text, rate)
    assert "".join(speech.chars) == text
    assert len(speech.starts_ms) == len(speech.durations_ms) == len(text)
    assert sorted(speech.starts_ms) == list(speech.starts_ms)
    if text:
        end = speech.starts_ms[-1] + speech.durations_ms[-1]
        assert abs(end - len(speech.pcm) / 2 * 1000 / rate) <= 2


def test_letters_can_be_heard_and_pauses_cannot() -> None:
    assert max(array("h", speak("hello", 16000).pcm)) > 5000
    assert set(array("h", speak(". ", 16000).pcm)) == {0}


def test_a_question_ends_higher_than_a_statement() -> None:
    def crossings(pcm: bytes) -> int:
        samples = array("h", pcm[-4000:])
        return sum(a < 0 <= b for a, b in pairwise(samples))

    assert crossings(speak("no?", 16000).pcm[: -2 * 2560]) > crossings(
        speak("no.", 16000).pcm[: -2 * 2560]
    )


def test_the_same_text_gives_the_same_bytes() -> None:
    assert speak("Twice the same.", 8000) == speak("Twice the same.", 8000)
