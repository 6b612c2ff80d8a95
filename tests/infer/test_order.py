"""The order of messages: what is taken for a rule, and what is not."""

from __future__ import annotations

import pytest
from infer.drafts import CLIENT, SERVER, Turn, drafted, gathered, messages, recording, tagged

from schematic_engine.infer import definition_of

HELLO, SAY, BYE = (CLIENT, tagged("hello")), (CLIENT, tagged("say")), (CLIENT, tagged("bye"))
WELCOME, SAID, ENDED = (
    (SERVER, tagged("welcome")),
    (SERVER, tagged("said")),
    (SERVER, tagged("ended")),
)
WHOLE = [HELLO, WELCOME, SAY, SAID, BYE, SAID, ENDED]


def opening(*talks: list[Turn]) -> list[tuple[str, bool]]:
    """The steps of the opening that talks come to, and whether they are gating."""
    steps = drafted(*map(recording, talks)).lifecycle.opening
    return [(step.messages[0].id, step.gating) for step in steps]


def test_a_whole_conversation_gives_the_four_parts_of_a_lifecycle() -> None:
    endpoint = drafted(recording(WHOLE))
    lifecycle, found = endpoint.lifecycle, messages(endpoint)
    assert opening(WHOLE) == [("Hello", True), ("Welcome", False)]
    assert [one.id for one in lifecycle.streaming_messages] == ["Say"]
    assert lifecycle.close is found["Bye"]
    assert (found["Ended"].final, found["Ended"].after) == (True, ("Bye",))
    assert (found["Said"].final, found["Said"].repeatable) == (False, True)


def test_a_greeting_that_nobody_asked_for_holds_nobody_back() -> None:
    greeted = [WELCOME, SAY, SAID, SAY]
    assert opening(*[greeted] * 20) == [("Welcome", False)]


def test_an_answer_to_the_opening_is_waited_for_once_three_conversations_show_it() -> None:
    assert opening(WHOLE, WHOLE) == [("Hello", True), ("Welcome", False)]
    assert opening(WHOLE, WHOLE, WHOLE) == [("Hello", True), ("Welcome", True)]
    crossed = [HELLO, SAY, WELCOME, SAID, BYE, ENDED]
    assert opening(WHOLE, WHOLE, WHOLE, crossed) == [("Hello", True), ("Welcome", False)]


def test_what_comes_again_is_no_opening() -> None:
    assert opening([SAY, SAID, SAY], [SAY, SAID, SAY]) == []


def test_what_comes_first_by_chance_is_no_opening() -> None:
    first, other = (CLIENT, tagged("first")), (CLIENT, tagged("other"))
    assert opening([first, SAID, other], [first, SAID, other]) == []


def test_the_last_word_of_a_client_that_closes_is_no_close_message() -> None:
    talk = [HELLO, WELCOME, SAY, SAID, SAY, (CLIENT, tagged("thanks"))]
    assert drafted(recording(talk, ended_by=CLIENT)).lifecycle.close is None


def test_nothing_is_a_close_message_after_which_its_side_says_more() -> None:
    again = [HELLO, WELCOME, BYE, SAY, SAID]
    assert drafted(recording(WHOLE), recording(again)).lifecycle.close is None


def test_an_answer_waits_for_what_it_is_called_after() -> None:
    flush, flushed = (CLIENT, tagged("flush")), (SERVER, tagged("flushed"))
    found = messages(drafted(recording([HELLO, SAY, SAID, flush, flushed, SAY])))
    assert found["Flushed"].after == ("Flush",)
    assert found["Said"].after == ()
    early = recording([HELLO, flushed, flush, SAY])
    assert messages(drafted(recording([HELLO, flush, flushed]), early))["Flushed"].after == ()


@pytest.mark.parametrize("count", [4, 5])
def test_what_always_follows_a_message_waits_for_it_from_five_conversations_on(count: int) -> None:
    found = messages(drafted(*[recording([SAY, (SERVER, tagged("heard")), SAY])] * count))
    assert found["Heard"].after == (("Say",) if count == 5 else ())


def test_errors_and_pings_may_come_at_any_moment() -> None:
    error, ping = (SERVER, tagged("error")), (SERVER, tagged("ping"))
    found = messages(drafted(recording([HELLO, ping, WELCOME, SAY, error, SAID])))
    assert {name for name, one in found.items() if one.ambient} == {"Error", "Ping"}


def test_an_error_is_final_when_two_conversations_end_with_it() -> None:
    talk = recording([HELLO, WELCOME, (SERVER, tagged("error"))])
    assert not messages(drafted(talk))["Error"].final
    assert messages(drafted(talk, talk))["Error"].final


@pytest.mark.parametrize("count", [4, 5])
def test_what_was_said_once_each_time_is_remarked_on_and_no_rule(count: int) -> None:
    talk = [HELLO, WELCOME, SAY, SAID, (CLIENT, tagged("once")), SAY, SAID]
    definition = definition_of(gathered(*[recording(talk)] * count))
    [notes] = definition.endpoint_notes.values()
    told = [note for some in notes.values() for note in some if "repeatable=False" in note]
    assert len(told) == (count == 5)
    assert all(one.repeatable for one in definition.api.endpoints[0].lifecycle.streaming_messages)


def test_a_recording_without_its_beginning_shows_kinds_and_no_order() -> None:
    late = [line for line in recording(WHOLE[2:]) if '"open"' not in line]
    endpoint = drafted(late)
    assert set(messages(endpoint)) == {"Say", "Said", "Bye", "Ended"}
    assert endpoint.lifecycle.opening == ()
    assert endpoint.lifecycle.close is None
