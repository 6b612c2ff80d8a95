"""Where a message holds its key, and that all ways of reading it find the same."""

from __future__ import annotations

from typing import Any, Literal, TypedDict
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType, field

from schematic import (
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    MessageSchema,
    Schema,
    Side,
)
from schematic.compile import compile_endpoint
from schematic_engine.events import Message
from schematic_engine.keys import KindKeys, keys_of, with_key
from schematic_engine.session import Session
from support.lifecycles import DIRECTIONS, bound, keyed

CLIENT, SERVER = Side


class Job(Struct):
    id: str | int | UnsetType | None = UNSET


class Plain(Struct):
    key: str | int


class Optional(Struct):
    key: str | UnsetType | None = UNSET


class Renamed(Struct):
    job_key: str = field(name="key")


class Chosen(Struct):
    key: Literal["a", "b"]


class Nested(Struct):
    job: Job | UnsetType | None = UNSET


class Numbered(Struct):
    key: UUID


class Defaulted(Struct):
    key: str = "main"


class DefaultedAround(Struct):
    job: Job = field(default_factory=lambda: Job(id="main"))


class EitherJob(Struct):
    job: Job | str


class Mapped(TypedDict):
    key: str


class Open(Struct):
    job: dict[str, Any]


FROM_THE_BODY = [Plain, Optional, Renamed, Chosen, Nested, Numbered]
FROM_THE_PAYLOAD = [Defaulted, DefaultedAround, EitherJob, Mapped, Open, Any]


def keys_for(body: Any, default: str | None = None) -> KindKeys:
    """What is read of messages with such a body, which open a channel."""
    path = "job.id" if "job" in getattr(body, "__annotations__", {}) else "key"
    opens = MessageSchema(id="Opens", direction=DIRECTIONS[CLIENT], schema=Schema(body))
    channel = Channel(
        id="Job",
        key=ChannelKey(client=path, server=path, default=default),
        lifecycle=ConnectionLifecycle(initialize=opens),
    )
    endpoint = compile_endpoint(bound(ConnectionLifecycle(channels=[channel])))
    return keys_of(endpoint.kinds[0], endpoint.table)


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from("ab"), st.uuids().map(str)
)
values = scalars | st.dictionaries(st.just("id"), scalars) | st.lists(scalars, max_size=1)
payloads = st.dictionaries(st.sampled_from(["key", "job"]), values) | st.lists(values, max_size=1)


@given(
    st.sampled_from([*FROM_THE_BODY, *FROM_THE_PAYLOAD]),
    st.sampled_from([None, "default"]),
    payloads,
)
def test_a_decoded_body_tells_no_other_key_than_its_payload(
    body: Any, default: str | None, value: object
) -> None:
    keys, payload = keys_for(body, default), msgspec.json.encode(value)
    try:
        decoded = msgspec.json.decode(payload, type=body)
        found = None if keys.in_body is None else keys.in_body(decoded)
    except ValueError:
        return  # then the payload is asked
    if keys.in_body is not None:
        assert keys.key is not None
        assert found == keys.key(payload)


@pytest.mark.parametrize("body", FROM_THE_BODY)
def test_the_key_of_a_struct_needs_no_second_look_at_the_payload(body: Any) -> None:
    assert keys_for(body).in_body is not None


@pytest.mark.parametrize("body", FROM_THE_PAYLOAD)
def test_where_a_body_may_tell_another_key_its_payload_is_looked_at(body: Any) -> None:
    assert keys_for(body).in_body is None


def test_a_key_that_is_an_object_in_python_is_what_was_written() -> None:
    keys, key = keys_for(Numbered), "00000000-0000-0000-0000-00000000000A"
    payload = msgspec.json.encode({"key": key})
    assert keys.key is not None
    assert keys.in_body is not None
    assert keys.key(payload) == key
    with pytest.raises(ValueError, match="a key is a text or an integer"):
        keys.in_body(msgspec.json.decode(payload, type=Numbered))  # so the payload is asked


def test_a_key_is_written_where_its_path_leads_and_beside_what_is_there() -> None:
    assert with_key({}, ("key",), "a") == {"key": "a"}
    assert with_key({}, ("job", "ref", "id"), 7) == {"job": {"ref": {"id": 7}}}
    body: dict[str, Any] = {"n": 1, "job": {"id": "old", "n": 2}}
    assert with_key(body, ("job", "id"), "new") == {"n": 1, "job": {"id": "new", "n": 2}}


def test_a_frame_without_keys_is_on_the_inner_channel_that_its_sender_is_in() -> None:
    audio = MessageSchema(id="Audio", direction=DIRECTIONS[SERVER], schema=Schema.binary())
    part = Channel(
        id="Part",
        key="inner",
        lifecycle=ConnectionLifecycle(initialize=keyed("Begin", SERVER), server_messages=[audio]),
    )
    turn = Channel(
        id="Turn",
        key="key",
        lifecycle=ConnectionLifecycle(initialize=keyed("Started", SERVER), channels=[part]),
    )
    endpoint = compile_endpoint(bound(ConnectionLifecycle(channels=[turn])))
    client, server = Session(endpoint, CLIENT), Session(endpoint, SERVER)
    heard = []
    for name, body in (
        ("Started", {"key": "t"}),
        ("Begin", {"key": "t", "inner": "p"}),
        ("Audio", b"\0"),
    ):
        event = client.receive(server.send(name, body))
        assert isinstance(event, Message)
        heard.append(event.key)
    assert heard == ["t", ("t", "p"), ("t", "p")]
