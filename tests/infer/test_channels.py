"""Channels: which fields are keys, who opens, and what ends."""

from __future__ import annotations

from typing import Any

from infer.drafts import CLIENT, SERVER, Turn, drafted, recording, tagged

from schematic import Channel


def asked(key: str, name: str = "id") -> list[Turn]:
    """A question, two answers, and the end."""
    return [
        (CLIENT, tagged("ask", **{name: key})),
        (SERVER, tagged("part", id=key)),
        (SERVER, tagged("part", id=key)),
        (SERVER, tagged("over", id=key)),
    ]


def channels(*talks: list[Turn]) -> tuple[Channel, ...]:
    return tuple(drafted(*map(recording, talks)).lifecycle.channels)


def ids(listed: Any) -> list[str]:
    return [one.id for one in listed]


def test_a_repeated_key_makes_a_channel_with_an_opener_and_an_end() -> None:
    [channel] = channels([*asked("a"), *asked("b")])
    assert channel.keys.client == channel.keys.server == "id"
    assert ids(channel.lifecycle.opening[0].messages) == ["Ask"]
    found = {one.id: one for one in channel.messages}
    assert {name for name, one in found.items() if one.ends} == {"Over"}


def test_channels_may_overlap() -> None:
    first, second = asked("a"), asked("b")
    mixed = [turn for pair in zip(first, second, strict=True) for turn in pair]
    [channel] = channels(mixed)
    assert ids(one for one in channel.messages if one.ends) == ["Over"]


def test_a_key_may_be_nested_or_spelled_in_another_way() -> None:
    def spoken(key: str) -> list[Turn]:
        return [
            (CLIENT, tagged("open", contextId=key)),
            (SERVER, tagged("begun", context={"id": key})),
            (SERVER, tagged("part", context_id=key)),
            (SERVER, tagged("over", context_id=key)),
        ]

    [channel] = channels([*spoken("a"), *spoken("b")])
    found = {one.id: one for one in channel.messages}
    assert (channel.id, channel.keys.client, channel.keys.server) == (
        "Context",
        "contextId",
        "context_id",
    )
    assert found["Begun"].key == "context.id"


def test_bytes_that_were_said_on_a_channel_alone_belong_to_it() -> None:
    def speech(key: str) -> list[Turn]:
        return [
            (SERVER, tagged("begun", id=key)),
            (SERVER, b"sound"),
            (SERVER, tagged("over", id=key)),
        ]

    [channel] = channels([*speech("a"), *speech("b")])
    assert "Binary" in {one.id for one in channel.messages}
    [channel] = channels([*speech("a"), (SERVER, b"sound"), *speech("b")])
    assert "Binary" not in {one.id for one in channel.messages}


def test_the_id_of_a_session_is_no_key() -> None:
    assert (
        channels(*([(side, tagged(kind, session_id=name)) for side, kind in TALK] for name in "ab"))
        == ()
    )


TALK = [(CLIENT, "hello"), (SERVER, "welcome"), (CLIENT, "say"), (SERVER, "said")]


def test_ids_of_messages_are_no_keys() -> None:
    numbers = iter(range(100))
    assert channels([(side, tagged(kind, event_id=next(numbers))) for side, kind in TALK * 3]) == ()


def test_an_end_that_was_said_on_no_channel_is_ignored_there() -> None:
    stop = (CLIENT, tagged("stop", id="zzz"))
    stopped = [*asked("c")[:2], (CLIENT, tagged("stop", id="c"))]
    talk = [turn for key in "abdefghijk" for turn in asked(key)]
    [channel] = channels([*talk, *stopped, stop])
    assert channel.ignores == ("Stop",)
