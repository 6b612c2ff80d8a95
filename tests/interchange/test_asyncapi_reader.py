"""AsyncAPI documents of both generations become definitions that can be used at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schematic import (
    AuthKind,
    AuthStrategy,
    ConnectionLifecycle,
    ConnectionParam,
    DefinitionError,
    ListStyle,
    MessageDirection,
    MessageSchema,
    ParamLocation,
    ParamType,
    Schema,
    Side,
)
from schematic.interchange.asyncapi_reader import (
    DefinitionModule,
    MeaningNeeded,
    definition_from_asyncapi,
)
from schematic.interchange.reader import modules
from support.imported import CAPTIONS, FIXTURES, ROOMS, changed, imported, loaded

CLIENT, SERVER = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT
BOTH = MessageDirection.BIDIRECTIONAL
CHANNEL = ("channels", "rooms/{room-id}/talk")
QUERY = (*CHANNEL, "bindings", "ws", "query", "properties")


@pytest.fixture(autouse=True)
def unformatted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layout takes two processes and changes no meaning; what is laid out is tested elsewhere."""
    monkeypatch.setattr(modules, "formatted", str)


def said(lifecycle: ConnectionLifecycle) -> dict[str, MessageDirection]:
    return {message.id: message.direction for message in lifecycle.every_message}


def told(module: DefinitionModule) -> str:
    """The source without its line breaks, in which comments are sentences."""
    return " ".join(line.strip(" #") for line in module.source.split("\n"))


def messages(lifecycle: ConnectionLifecycle) -> dict[str, MessageSchema]:
    return {message.id: message for message in lifecycle.every_message}


# -------------------------------------------------------------------------------- who says what


def test_what_is_under_publish_is_what_the_client_sends_if_it_is_said_to_be(
    tmp_path: Path,
) -> None:
    api = loaded(imported(ROOMS, publish_means="client-sends"), tmp_path)
    assert said(api.endpoint().endpoint.lifecycle) == {
        "Say": CLIENT, "Sound": CLIENT, "Both": BOTH, "Heard": SERVER, "Word": SERVER,
        "Packed": SERVER,
    }  # fmt: skip


def test_or_what_the_server_sends(tmp_path: Path) -> None:
    api = loaded(imported(ROOMS, publish_means="server-sends"), tmp_path)
    assert said(api.endpoint().endpoint.lifecycle) == {
        "Say": SERVER, "Sound": SERVER, "Both": BOTH, "Heard": CLIENT, "Word": CLIENT,
        "Packed": CLIENT,
    }  # fmt: skip


def test_without_being_told_both_readings_are_explained() -> None:
    with pytest.raises(MeaningNeeded) as raised:
        definition_from_asyncapi((FIXTURES / "rooms.yaml").read_text(encoding="utf-8"))
    for words in ("client sends", "the reverse", "publish: say, sound, both", "subscribe: heard,"):
        assert words in str(raised.value)


@pytest.mark.parametrize("describes", Side)
def test_what_is_sent_is_sent_by_the_side_that_is_described(
    describes: Side, tmp_path: Path
) -> None:
    api = loaded(imported(CAPTIONS, describes=describes), tmp_path)
    ours, theirs = (CLIENT, SERVER) if describes is Side.SERVER else (SERVER, CLIENT)
    assert said(api.endpoint().endpoint.lifecycle) == {
        "Audio": ours, "Ask": ours, "Answer": theirs, "Caption": theirs, "Failure": theirs,
    }  # fmt: skip


def test_channels_of_one_address_are_one_connection(tmp_path: Path) -> None:
    document = changed(CAPTIONS, "channels", "answers", "address", to="/answers")
    document["channels"]["answers"]["parameters"] = {}
    api = loaded(imported(document), tmp_path)
    assert {one.id: one.path for one in api.endpoints} == {
        "Captions": "/captions/{language}", "Answers": "/answers",
    }  # fmt: skip
    together = loaded(imported(CAPTIONS), tmp_path)
    assert [(one.id, one.path) for one in together.endpoints] == [
        ("CaptionsLanguage", "/captions/{language}")
    ]


# --------------------------------------------------------------------------------------- bodies


def test_bodies_are_types_words_bytes_or_names(tmp_path: Path) -> None:
    api = loaded(imported(ROOMS), tmp_path)
    found = messages(api.endpoint().endpoint.lifecycle)
    assert found["Sound"].schema == Schema.binary()
    assert found["Word"].schema == Schema.text("BUSY", "GONE")
    assert found["Packed"].schema == Schema("Packed")
    for name in ("Say", "Both", "Heard"):
        assert isinstance(found[name].schema.body, type)
        assert found[name].schema.name == name


def test_a_choice_of_payloads_is_one_message_with_a_name(tmp_path: Path) -> None:
    api = loaded(imported(CAPTIONS), tmp_path)
    assert messages(api.endpoint().endpoint.lifecycle)["Failure"].schema.name == "Failure"


def test_traits_win_in_version_2_and_lose_in_version_3(tmp_path: Path) -> None:
    rooms = loaded(imported(ROOMS), tmp_path).endpoint().endpoint.lifecycle
    captions = loaded(imported(CAPTIONS), tmp_path).endpoint().endpoint.lifecycle
    assert messages(rooms)["Say"].description == "From the trait, which wins in AsyncAPI 2."
    assert messages(captions)["Caption"].description == "Some words."


@pytest.mark.parametrize(
    ("content_type", "schema"),
    [
        ("application/json; charset=utf-8", None),
        ("application/vnd.rooms+json", None),
        ("audio/ogg", Schema.binary()),
        ("application/octet-stream", Schema.binary()),
        ("application/x-protobuf", Schema.binary()),
        ("text/plain;charset=utf-8", Schema.text()),
    ],
)
def test_the_content_type_says_how_a_body_travels(
    content_type: str, schema: Schema | None, tmp_path: Path
) -> None:
    document = changed(ROOMS, "components", "messages", "heard", "contentType", to=content_type)
    module = imported(document)
    found = messages(loaded(module, tmp_path).endpoint().endpoint.lifecycle)["Heard"].schema
    assert (found == schema) if schema is not None else (found.name == "Heard")
    assert ("taken for a binary frame" in told(module)) is ("protobuf" in content_type)


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        ({"type": "string"}, str),
        ({"type": "array", "items": {"type": "integer"}}, list[int]),
        ({"type": ["number", "null"]}, float | None),
        ({"type": "object", "additionalProperties": {"type": "string"}}, dict[str, str]),
        ({"type": "null"}, dict[str, Any]),
        ({"not": {}}, Any),
        (False, Any),
    ],
    ids=str,
)
def test_a_body_need_not_be_an_object(
    payload: dict[str, Any], body: object, tmp_path: Path
) -> None:
    document = changed(ROOMS, "components", "messages", "heard", "payload", to=payload)
    found = messages(loaded(imported(document), tmp_path).endpoint().endpoint.lifecycle)
    assert found["Heard"].schema == Schema(body, name="Heard")


@pytest.mark.parametrize("payload", [{}, True, None])
def test_a_body_that_is_not_described_is_any_object_and_that_is_told(
    payload: object, tmp_path: Path
) -> None:
    module = imported(changed(ROOMS, "components", "messages", "heard", "payload", to=payload))
    found = messages(loaded(module, tmp_path).endpoint().endpoint.lifecycle)
    assert found["Heard"].schema == Schema("Heard")
    assert "choose: a type; the document describes no payload" in told(module)


def test_objects_that_nothing_tells_apart_are_any_object_and_that_is_told(tmp_path: Path) -> None:
    alike = [{"type": "object", "properties": {name: {"type": "string"}}} for name in "ab"]
    document = changed(ROOMS, "components", "messages", "heard", "payload", to={"oneOf": alike})
    module = imported(document)
    found = messages(loaded(module, tmp_path).endpoint().endpoint.lifecycle)
    assert found["Heard"].schema == Schema(dict[str, Any], name="Heard")
    assert "choose: types; nothing tells the objects of its schema apart" in told(module)


# ---------------------------------------------------------------------------------- the request


def test_addresses_and_bindings_are_parameters(tmp_path: Path) -> None:
    endpoint = loaded(imported(ROOMS), tmp_path).endpoint().endpoint
    assert endpoint.path == "/rooms/{room_id}/talk"
    assert endpoint.subprotocols == ("rooms.v1", "rooms.v2")
    assert endpoint.connection_params == (
        ConnectionParam(
            name="room_id",
            param_type=ParamType.INTEGER,
            required=True,
            description="Which room.",
            minimum=1,
        ),
        ConnectionParam(
            name="codec",
            param_type=ParamType.STRING,
            required=True,
            default="opus",
            description="How sound is coded.",
            choices=["opus", "pcm"],
        ),
        ConnectionParam(
            name="rate", param_type=ParamType.INTEGER, default=16000, choices=[8000, 16000]
        ),
        ConnectionParam(name="loud", param_type=ParamType.BOOLEAN),
        ConnectionParam(name="tag", param_type=ParamType.STRING, many=ListStyle.REPEATED),
        ConnectionParam(name="anything", param_type=ParamType.STRING, description="Nobody knows."),
        ConnectionParam(name="X-Trace", param_type=ParamType.STRING, location=ParamLocation.HEADER),
    )


@pytest.mark.parametrize(
    ("schema", "param"),
    [
        ({"type": ["integer", "null"], "maximum": 3}, {"maximum": 3, "type": ParamType.INTEGER}),
        ({"enum": [1, 2]}, {"choices": [1, 2], "type": ParamType.INTEGER}),
        ({"enum": [True]}, {"choices": [True], "type": ParamType.BOOLEAN}),
        ({"const": 1.5}, {"choices": [1.5], "type": ParamType.FLOAT}),
        ({"enum": [1, "a"]}, {"choices": ["1", "a"], "type": ParamType.STRING}),
        ({"type": "object"}, {"type": ParamType.OBJECT}),
        ({"anyOf": [{"type": "number"}, {"type": "number"}]}, {"type": ParamType.FLOAT}),
        ({"oneOf": [{"type": "number"}, {"type": "boolean"}]}, {"type": ParamType.STRING}),
        ({"$ref": "#/components/schemas/Any"}, {"type": ParamType.STRING}),
    ],
    ids=str,
)
def test_schemas_of_parameters_are_types_and_bounds(
    schema: dict[str, Any], param: dict[str, Any], tmp_path: Path
) -> None:
    document = changed(ROOMS, *QUERY, to={"p": schema})
    document["components"]["schemas"]["Any"] = {"anyOf": [{"$ref": "#/components/schemas/Any"}]}
    endpoint = loaded(imported(document), tmp_path).endpoint().endpoint
    fields = {"param_type": param.pop("type"), **param}
    assert ConnectionParam(name="p", **fields) in endpoint.connection_params


def test_servers_give_the_address_and_the_others_are_told() -> None:
    source = imported(ROOMS).source
    assert 'base_url="wss://eu.rooms.example:443/v1"' in source
    assert "# The variable region of the server's address is eu, one of: eu, us" in source
    assert "# Another server is testing: ws://localhost:8080" in source
    assert "# queues/jobs is not at this server, and left out" in source
    assert 'base_url="ws://localhost:8080"' in imported(ROOMS, server="testing").source
    given = imported(ROOMS, base_url="wss://elsewhere.example")
    assert 'base_url="wss://elsewhere.example"' in given.source


def test_security_is_the_strategies_of_which_each_is_enough(tmp_path: Path) -> None:
    assert loaded(imported(ROOMS), tmp_path).auth == AuthStrategy.any_of(
        AuthStrategy.api_key(header="X-Key"), AuthStrategy.basic(), AuthStrategy.none()
    )
    captions = imported(CAPTIONS)
    assert loaded(captions, tmp_path).auth == AuthStrategy.any_of(
        AuthStrategy.bearer_token(), AuthStrategy.api_key_query(name="key")
    )
    assert "choose: auth=, for the security scheme 1 (oauth2)" in told(captions)
    assert "By way of the account." in told(captions)


@pytest.mark.parametrize(
    ("scheme", "auth"),
    [
        ({"type": "userPassword"}, AuthStrategy.basic()),
        ({"type": "http", "scheme": "Token"}, AuthStrategy.api_key(
            header="Authorization", prefix="Token")),
        ({"type": "http", "scheme": "digest"}, None),
        ({"type": "httpApiKey", "in": "cookie", "name": "c"}, None),
        ({"type": "httpApiKey", "in": "header", "name": "Sec-WebSocket-Protocol"}, None),
        ({"type": "apiKey", "in": "user"}, None),
        ({"type": "X509"}, None),
        ({}, None),
    ],
    ids=str,
)  # fmt: skip
def test_each_security_scheme_is_a_strategy_or_is_named(
    scheme: dict[str, str], auth: AuthStrategy | None, tmp_path: Path
) -> None:
    document = changed(ROOMS, "servers", "main", "security", to=[{"odd": []}])
    document["components"]["securitySchemes"]["odd"] = scheme
    module = imported(document)
    assert loaded(module, tmp_path).auth == (auth or AuthStrategy.none())
    assert ("choose: auth=, for the security scheme odd" in module.source) is (auth is None)


def test_what_carries_the_credentials_is_no_parameter(tmp_path: Path) -> None:
    document = changed(ROOMS, *QUERY, to={})
    document["channels"][CHANNEL[1]]["bindings"]["ws"]["headers"]["properties"]["x-key"] = {}
    endpoint = loaded(imported(document), tmp_path).endpoint().endpoint
    assert [one.name for one in endpoint.connection_params] == ["room_id", "X-Trace"]


# -------------------------------------------------------------------------------------- the rest


def test_names_titles_and_docs_are_those_of_the_document(tmp_path: Path) -> None:
    api = loaded(imported(ROOMS), tmp_path)
    assert (api.name, api.description) == ("Rooms", "Talk in rooms.")
    assert api.docs_url == "https://rooms.example/docs"
    assert loaded(imported(CAPTIONS), tmp_path).docs_url == "https://captions.example/docs"
    assert imported(ROOMS, name="Élan & Co. 2").name == "lan_co_2"
    assert api.auth.kind is AuthKind.ANY_OF


def test_what_a_document_cannot_say_is_left_to_be_chosen() -> None:
    module = imported(CAPTIONS)
    for words in (
        "choose: initialize=, what has to be said first",
        "choose: of each message, repeatable=False",
        "choose: close=, the message",
        "choose: channels=, if Answer answers Ask (operation ask)",
        "choose: key=, of such channels: the correlation id of Ask is $message.payload#/id",
    ):
        assert words in told(module)
    assert module.to_choose == 6


def test_the_same_document_gives_the_same_module() -> None:
    assert imported(ROOMS) == imported(ROOMS)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "no AsyncAPI document: there is no key asyncapi"),
        ({"openapi": "3.1.0"}, "this is an OpenAPI document"),
        ({"asyncapi": "1.2.0"}, "'1.2.0' is not supported"),
        ({"asyncapi": "4.0.0"}, "'4.0.0' is not supported"),
        ({"asyncapi": "3.0.0"}, "#: this document has no WebSocket server .* names no server"),
        (changed(ROOMS, "servers", to={"q": {"protocol": "mqtt", "url": "h"}}), "speak mqtt"),
        (changed(ROOMS, "servers", "main", to={"protocol": "wss"}), "main: it has neither host"),
        (
            changed(ROOMS, "servers", "main", "variables", to={}),
            "main: the variable region has no default",
        ),
        (changed(ROOMS, *CHANNEL, "publish", "message", to={"oneOf": 1}), "oneOf: expected a list"),
        (changed(ROOMS, *CHANNEL, "publish", "message", to=[]), "message: expected an object"),
        (changed(ROOMS, "channels", to={}), "no operation says who sends what"),
        (changed(ROOMS, "channels", to={"a?b=1": ROOMS["channels"][CHANNEL[1]]}), "has a query"),
        (
            changed(ROOMS, "channels", to={"{a}{b}": ROOMS["channels"][CHANNEL[1]]}),
            "holds two placeholders",
        ),
        (changed(ROOMS, *QUERY, to={"\n": {}}), "is not a parameter name"),
        (changed(ROOMS, *QUERY, to={"p": 1}), "p: expected an object"),
        (
            changed(ROOMS, "servers", "main", "security", to=[{"nobody": []}]),
            "there is no security scheme 'nobody'",
        ),
        (changed(CAPTIONS, "channels", "captions", "address", to=None), "it has no address"),
        (changed(CAPTIONS, "operations", "tell", "action", to="shout"), "neither send nor receive"),
        (changed(CAPTIONS, "operations", "tell", "channel", to=None), "tell: it says no channel"),
        (
            changed(CAPTIONS, "operations", "tell", "channel", to={"$ref": "other.json"}),
            "points out of the document",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "document",
)
def test_what_cannot_be_read_is_refused_with_its_place(
    document: dict[str, Any], problem: str
) -> None:
    with pytest.raises(DefinitionError, match=problem):
        imported(document)


def test_the_messages_of_a_connection_are_bounded() -> None:
    many = [{"payload": {"type": "object"}} for _ in range(1001)]
    with pytest.raises(DefinitionError, match="has more than 1000 messages"):
        imported(changed(ROOMS, *CHANNEL, "publish", "message", to={"oneOf": many}))


def test_a_server_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(DefinitionError, match=r"no WebSocket server 'queue'\. There are: main, t"):
        imported(ROOMS, server="queue")
