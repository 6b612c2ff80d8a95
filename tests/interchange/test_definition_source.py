"""Definitions are written as source that makes them again."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schematic
from schematic import (
    AuthStrategy,
    Breach,
    Condition,
    ConnectionLifecycle,
    Constraint,
    DefinitionError,
    OnBreach,
    ParamType,
    Schema,
    Side,
    Timer,
    WebSocketEndpoint,
)
from schematic.interchange.definition_source import source_of_definition
from schematic_engine.cli.resolve import installed, load
from support.definitions import an_api, an_endpoint, param
from support.lifecycles import asked, channelled, lifecycles, message

BUNDLED = {
    f"{name}/{endpoint.id}": endpoint
    for name, entry in installed().items()
    for endpoint in load(entry).endpoints
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    more: int | None = None


def types_in(value: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Every class that ``value`` holds anywhere, by its name."""
    if isinstance(value, type):
        found[value.__name__] = value
    elif isinstance(value, msgspec.Struct):
        types_in(type(value), found)
        types_in(list(msgspec.structs.asdict(value).values()), found)
    elif isinstance(value, tuple | list):
        for one in value:
            types_in(one, found)
    elif hasattr(value, "__args__"):
        types_in(value.__args__, found)
    elif isinstance(value, Schema):
        types_in(value.body, found)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            types_in(getattr(value, name), found)
    return found


def again(value: object) -> object:
    """What the source of ``value`` evaluates to."""
    names = {name: getattr(schematic, name) for name in schematic.__all__}
    names |= {"Any": Any, "Literal": Literal, "UNSET": msgspec.UNSET}
    written = source_of_definition(value)
    for module, name in written.imports:
        assert module in ("schematic", "typing", "msgspec")
        assert name in names
    return eval(written.text, names | types_in(value, {}))


@given(st.one_of(lifecycles(), channelled(), asked()))
def test_any_lifecycle_is_made_again(lifecycle: ConnectionLifecycle) -> None:
    assert again(lifecycle) == lifecycle


@pytest.mark.parametrize("endpoint", BUNDLED.values(), ids=list(BUNDLED))
def test_every_bundled_endpoint_is_made_again(endpoint: WebSocketEndpoint) -> None:
    assert again(endpoint) == endpoint


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_made_again(text: str, other: str) -> None:
    told = replace(message("Say", None), description=text)
    step = Timer.idle(3, message="Say", body=Told(text=other), close_reason=text)
    assert again(an_api(description=text)) == an_api(description=text)
    assert again([told, step, text, {text: other}, (other,)]) == [
        told, step, text, {text: other}, (other,),
    ]  # fmt: skip


@given(st.text(max_size=400))
def test_remarks_of_any_text_are_comments(text: str) -> None:
    lifecycle = ConnectionLifecycle(streaming_messages=[message("Say", Side.CLIENT)])
    places = [("initialize",), ("streaming_messages",), ("streaming_messages", 0), ("timers",)]
    written = source_of_definition(lifecycle, {place: [text] for place in places})
    assert ast.dump(ast.parse(written.text)) == ast.dump(
        ast.parse(source_of_definition(lifecycle).text)
    )
    assert all(len(line) <= 100 for line in written.text.split("\n"))


@pytest.mark.parametrize(
    "value",
    [
        AuthStrategy.none(),
        AuthStrategy.api_key(header="x-key", prefix="Token"),
        AuthStrategy.bearer_token(),
        AuthStrategy.bearer_token("X-Token"),
        AuthStrategy.basic(),
        AuthStrategy.any_of(AuthStrategy.api_key_query(name="key"), AuthStrategy.none()),
        AuthStrategy.subprotocol("v1", prefix="key."),
        AuthStrategy.in_message("Say", "Ask", field="payload.token"),
        Constraint.needs("token", {"encoding": ("opus", "aac"), "rate": 1}),
        Condition((("token", ()), ("rate", (1, 2)))),
        Condition((("rate", (1,)), ("rate", (2,)))),
        Condition(),
        OnBreach.close(4400, Breach.ILLEGAL, message="Say", reason="no", by=None),
        OnBreach.say("No", Breach.UNKNOWN, body=Told(text="?")),
        OnBreach.ignore(Breach.LATE, Breach.EARLY, by=Side.SERVER),
        Timer.keepalive(2.5, message="Ping", owner=Side.SERVER),
        Timer.open(3),
        replace(Timer.open(3), close_reason="made by hand"),
        Schema.text("a", "b", name="Word"),
        Schema.binary("Audio"),
        Schema("Name", frame="either"),
        Schema(Told | dict[str, Any]),
        Schema(tuple[Literal["a", 1], ...] | None),
        float("inf"),
    ],
    ids=repr,
)
def test_each_kind_of_thing_is_made_again(value: object) -> None:
    assert again(value) == value


def test_constructors_and_defaults_make_the_source_short() -> None:
    api = an_api(
        an_endpoint(param("speed", ParamType.FLOAT, choices=[1.0, 2.0]), id="Only"),
        auth=AuthStrategy.any_of(AuthStrategy.bearer_token(), AuthStrategy.api_key(header="k")),
    )
    assert ast.unparse(ast.parse(source_of_definition(api).text)) == (
        "WebSocketApi(name='Example', base_url='wss://example.com', "
        "auth=AuthStrategy.any_of(AuthStrategy.bearer_token(), AuthStrategy.api_key(header='k')), "
        "endpoints=[WebSocketEndpoint(id='Only', path='/talk', connection_params=["
        "ConnectionParam(name='speed', param_type=ParamType.FLOAT, choices=[1.0, 2.0])], "
        "lifecycle=ConnectionLifecycle(streaming_messages=[MessageSchema(id='Say', "
        "direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema('Say'))]))])"
    )


def test_what_has_no_name_is_refused() -> None:
    class Odd(msgspec.Struct):
        pass

    Odd.__name__ = "not a name"
    for value in (Schema(Odd), Schema(msgspec.Raw.__mro__), object()):
        with pytest.raises(DefinitionError, match=r"no name|cannot be written"):
            source_of_definition(value)
