"""What a channel may be, and how a description of one is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from schematic import (
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    DefinitionError,
    MessageSchema,
    OpeningStep,
    Refusal,
    Side,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.define.channel_checks import channel_problems
from support.lifecycles import keyed, message

OPEN, MORE = keyed("Open", Side.CLIENT), keyed("More", Side.CLIENT)


def channel(**fields: Any) -> Channel:
    given = {"id": "Job", "key": "key", "lifecycle": ConnectionLifecycle(initialize=OPEN)}
    return Channel(**{**given, **fields})


NESTED = channel(
    id="Inner",
    lifecycle=ConnectionLifecycle(
        initialize=MORE,
        channels=[channel(lifecycle=ConnectionLifecycle(initialize=keyed("Most", Side.CLIENT)))],
    ),
)


def test_a_key_is_one_field_for_both_sides_or_one_for_each() -> None:
    assert channel().keys == ChannelKey(client="key", server="key")
    named = ChannelKey(client="context_id", server="response.id", default="main")
    assert channel(key=named).keys is named
    assert named.path(Side.SERVER) == ("response", "id")


def test_the_first_step_of_the_opening_says_who_opens() -> None:
    assert channel().opener is Side.CLIENT


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"id": "not an id"}, "Job / Jobs / lifecycle.channels[0].id: 'not an id' is not"),
        ({"key": "a..b"}, "lifecycle.channels[0].key: a key is the name of a field"),
        ({"max_open": 0}, "lifecycle.channels[0].max_open: 0 channels can never be open"),
        ({"ignores": ["Nope"]}, "lifecycle.channels[0].ignores: 'Nope' is not a message"),
        ({"lifecycle": ConnectionLifecycle()}, "needs a message that opens it"),
        (
            {"lifecycle": ConnectionLifecycle(initialize=OpeningStep(OPEN, gating=False))},
            "its first step is gating",
        ),
        (
            {
                "lifecycle": ConnectionLifecycle(
                    initialize=OPEN, streaming_messages=[keyed("Note", Side.CLIENT, ambient=True)]
                )
            },
            "Note is ambient, so it belongs to the connection",
        ),
        (
            {"lifecycle": ConnectionLifecycle(initialize=OPEN, channels=[NESTED])},
            "channels are nested once",
        ),
        (
            {"lifecycle": ConnectionLifecycle(initialize=OPEN, server_messages=[MORE])},
            "channels[0].lifecycle.server_messages[0].direction: More is client-to-server",
        ),
    ],
)
def test_a_wrong_channel_is_named_with_its_place(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        api(ConnectionLifecycle(channels=[channel(**fields)]))
    assert problem in str(caught.value)


ASK, ANSWER = keyed("Ask", Side.CLIENT), keyed("Answer", Side.SERVER, answers="Ask")
ADDED, SAID = message("Added", Side.CLIENT), message("Said", Side.CLIENT)
ONLY_WITHOUT_KEY = "it is for channels that are opened without a key"
REFUSAL = Refusal(message="Fault")


def unkeyed(*streaming: MessageSchema, answer: MessageSchema = ANSWER, **fields: Any) -> Channel:
    """A channel of which only the server writes the key, in its answer."""
    lifecycle = ConnectionLifecycle(initialize=[ASK, answer], streaming_messages=streaming)
    return channel(**{"key": ChannelKey(server="key"), "lifecycle": lifecycle, **fields})


@pytest.mark.parametrize(
    ("wrong", "place", "problem"),
    [
        (
            channel(key=ChannelKey(server="key", default="main")),
            "key",
            "a default stands for a key that is missing, so both sides need a field for it",
        ),
        (
            unkeyed(lifecycle=ConnectionLifecycle(initialize=ASK)),
            "key",
            "it is opened without a key, so some message of the other side has to answer",
        ),
        (
            channel(
                key=ChannelKey(client="key"),
                lifecycle=ConnectionLifecycle(
                    initialize=OPEN, server_messages=[keyed("Data", Side.SERVER)]
                ),
            ),
            "key",
            "the server writes no key, so nobody could tell which one it is on",
        ),
        (
            channel(lifecycle=ConnectionLifecycle(initialize=OPEN, server_messages=[ANSWER])),
            "lifecycle",
            "Answer answers nothing: these channels are opened by their key",
        ),
        (
            unkeyed(keyed("Again", Side.CLIENT, answers="Ask")),
            "lifecycle",
            "Again is an answer, so it is the server's",
        ),
        (
            unkeyed(answer=keyed("Answer", Side.SERVER, answers=["Ask", "Nope"])),
            "lifecycle",
            "Answer answers 'Nope', which does not open this channel",
        ),
        (
            unkeyed(unasked=["Ask"]),
            "unasked",
            "'Ask' is not an opening or an answer of this channel",
        ),
        (
            unkeyed(uncounted=["Nope"]),
            "uncounted",
            "'Nope' is not an opening or an answer of this channel",
        ),
        (channel(unasked=["Open"]), "unasked", "'Open' is not an opening or an answer"),
        (channel(max_answered=2), "max_answered", ONLY_WITHOUT_KEY),
        (channel(refused_by=REFUSAL), "refused_by", ONLY_WITHOUT_KEY),
        (
            unkeyed(SAID, unasked=["Answer"]),
            "unasked",
            "Said has no key, so nobody could tell which it is on",
        ),
        (
            unkeyed(keyed("Stop", Side.CLIENT, to_all=True), unasked=["Answer"]),
            "unasked",
            "Stop goes to all that its sender opened, which is not clear where the other side",
        ),
        (
            channel(
                lifecycle=ConnectionLifecycle(
                    initialize=OPEN, server_messages=[keyed("Stop", Side.SERVER, to_all=True)]
                )
            ),
            "lifecycle",
            "Stop goes to all that its sender opened, but only the client opens these",
        ),
        (
            channel(
                lifecycle=ConnectionLifecycle(
                    initialize=OPEN,
                    channels=[
                        channel(
                            id="Item",
                            lifecycle=ConnectionLifecycle(
                                initialize=ADDED, timers=[Timer.idle(3, close_code=None)]
                            ),
                        )
                    ],
                )
            ),
            "lifecycle.channels",
            "Item is within Job, which may have timers",
        ),
        (
            unkeyed(refused_by=REFUSAL),
            "refused_by",
            "'Fault' is not a message of the connection",
        ),
        (
            unkeyed(refused_by=Refusal(message="Hint")),
            "refused_by",
            "'Hint' is not the server's to say",
        ),
    ],
)
def test_a_rule_that_contradicts_who_writes_the_key_is_named_with_its_place(
    wrong: Channel, place: str, problem: str
) -> None:
    hint = message("Hint", Side.CLIENT)
    with pytest.raises(DefinitionError) as caught:
        api(ConnectionLifecycle(streaming_messages=[hint], channels=[wrong]))
    assert f"lifecycle.channels[0].{place}: {problem}" in str(caught.value)


def test_what_says_its_key_may_be_said_where_both_sides_open_channels() -> None:
    cancel = keyed("Cancel", Side.CLIENT, key="key")
    api(ConnectionLifecycle(channels=[unkeyed(cancel, unasked=["Answer"])]))


def test_of_a_channel_that_nothing_opens_no_more_is_said() -> None:
    nothing = channel(lifecycle=ConnectionLifecycle(), refused_by=REFUSAL, ignores=["Nope"])
    problem = "a channel needs a message that opens it"
    assert list(channel_problems(nothing)) == [("lifecycle.initialize", problem)]


def test_a_message_belongs_to_one_channel_or_to_the_connection() -> None:
    with pytest.raises(DefinitionError, match="'Open' is a message of the connection already"):
        api(ConnectionLifecycle(streaming_messages=[OPEN], channels=[channel()]))
    other = channel(id="Other")
    with pytest.raises(DefinitionError, match="'Open' is a message of channel Job already"):
        api(ConnectionLifecycle(channels=[channel(), other]))


def test_two_channels_need_two_names() -> None:
    twin = channel(lifecycle=ConnectionLifecycle(initialize=MORE))
    with pytest.raises(DefinitionError, match="two channels are called 'Job'"):
        api(ConnectionLifecycle(channels=[channel(), twin]))


def test_what_a_side_says_after_its_own_message_is_no_matter_of_until() -> None:
    stop, go = message("Stop", Side.CLIENT), message("Go", Side.CLIENT, until="Stop")
    with pytest.raises(DefinitionError, match="'Stop' is not the server's to say"):
        api(ConnectionLifecycle(streaming_messages=[stop, go]))


def api(lifecycle: ConnectionLifecycle) -> WebSocketApi:
    endpoint = WebSocketEndpoint(id="Jobs", path="/", lifecycle=lifecycle)
    return WebSocketApi(name="Job", base_url="ws://127.0.0.1", endpoints=[endpoint])
