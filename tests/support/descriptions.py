"""Random definitions that use everything a definition can say, with any text where text may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from schematic import (
    AuthStrategy,
    AutoReply,
    Breach,
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    ConnectionParam,
    Constraint,
    DefinitionError,
    ListStyle,
    MessageDirection,
    MessageSchema,
    OnBreach,
    ParamLocation,
    ParamType,
    Schema,
    Side,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)
from support.lifecycles import asked, body_of, channelled, lifecycles

HOSTILE = (
    '"""',
    "'); import os; os.abort(); ('",
    "${jndi:ldap://x}",
    "../../../etc/passwd",
    "</script><script>alert(1)</script>",
    "# choose\n- [x](javascript:alert(1))",
    "$ref",
    "#/components/schemas/x~1y",
    "\x00\x1b[31m\u2028\u202e\ufeff",
    "{{7*7}} {name} %s \\N{BULLET} \\",
    "__proto__",
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
printable = texts.map(lambda text: "".join(c for c in text if c.isprintable())).filter(bool)
visible = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
tokens = st.text("abcXYZ019-_.!#$%&'*+^`|~", min_size=1, max_size=8)
names = st.text("abcdefXYZ_0", min_size=1, max_size=8).map(lambda text: f"n{text}")
ids = st.text("abXY_éü1", max_size=6).map(lambda text: f"I{text}")
seconds = st.integers(1, 100) | st.floats(0.1, 1000)
codes = st.sampled_from([None, 1000, 1008, 1013, 3000, 4999])


@st.composite
def params(draw: st.DrawFn, name: str, location: ParamLocation | None) -> ConnectionParam:
    """A parameter of any type."""
    kind = draw(st.sampled_from(ParamType))
    fields: dict[str, Any] = {
        "description": draw(texts),
        "required": draw(st.booleans()),
        "location": location,
    }
    values: st.SearchStrategy[Any] = {
        ParamType.STRING: visible,
        ParamType.INTEGER: st.integers(-(10**40), 10**40),
        ParamType.FLOAT: st.floats(-100, 100),
        ParamType.BOOLEAN: st.booleans(),
        ParamType.OBJECT: st.none(),
    }[kind]
    if kind is ParamType.OBJECT:
        fields["brackets"] = location is None and draw(st.booleans())
        return ConnectionParam(name=name, param_type=kind, **fields)
    choices = draw(st.lists(values, max_size=3))
    if choices:
        fields["choices"] = choices
        values = st.sampled_from(choices)
    elif kind in (ParamType.INTEGER, ParamType.FLOAT):
        fields["maximum"] = draw(st.none() | st.integers(10**41, 10**42) | st.just(1e42))
    if kind is ParamType.BOOLEAN and draw(st.booleans()):
        fields["words"] = ("on", "off")
    if location is None and draw(st.booleans()):
        fields["many"] = draw(st.lists(st.sampled_from(ListStyle), min_size=1, max_size=3))
        fields["max_items"] = draw(st.none() | st.integers(3, 9))
        values = st.lists(values, min_size=1, max_size=2).map(tuple)
    fields["default"] = draw(st.none() | values)
    return ConnectionParam(name=name, param_type=kind, **fields)


@st.composite
def valid_params(draw: st.DrawFn, *, path: str) -> list[ConnectionParam]:
    """Parameters of the query, of headers, and of the path."""
    found = [draw(params("place", None))] if "{place}" in path and draw(st.booleans()) else []
    found = [replace(one, many=(), default=None, brackets=False, max_items=None) for one in found]
    for name in draw(st.lists(printable, max_size=3, unique=True)):
        if name != "place":
            found.append(draw(params(name, draw(st.sampled_from([None, ParamLocation.QUERY])))))
    for name in draw(st.lists(tokens, max_size=1)):
        found.append(draw(params(f"x-{name}", ParamLocation.HEADER)))
    return found


def _kept(check: Callable[[], object]) -> bool:
    try:
        check()
    except DefinitionError:
        return False
    return True


def _conditions(given: Sequence[ConnectionParam]) -> st.SearchStrategy[Any]:
    """Any way to write a condition about one of these parameters."""
    terms = [(one.name, value) for one in given if not one.many for value in one.choices]
    named: st.SearchStrategy[Any] = st.sampled_from([one.name for one in given])
    if not terms:
        return named
    return named | st.sampled_from(terms).map(lambda term: {term[0]: [term[1]]})


@st.composite
def _extended(
    draw: st.DrawFn, plain: ConnectionLifecycle, given: Sequence[ConnectionParam]
) -> ConnectionLifecycle:
    """The same with texts, words, frames, a reply, a notice, timers, codes and breaches."""
    when: Any = draw(st.just({}) | _conditions(given)) if given else {}
    server, client = MessageDirection.SERVER_TO_CLIENT, MessageDirection.CLIENT_TO_SERVER
    said = [
        MessageSchema(
            id="Warn",
            description=draw(texts),
            direction=server,
            schema=Schema(body_of("Warn"), frame=draw(st.sampled_from(["text", "either"]))),
            ambient=True,
        ),
        MessageSchema(
            id="Bang",
            direction=server,
            schema=Schema(body_of("Bang"), name=draw(names)),
            final=True,
            ambient=True,
            closes=CloseNotice(code=draw(codes | st.just("number")), reason=draw(st.none())),
        ),
        MessageSchema(
            id="Sound", direction=server, schema=Schema.binary(draw(texts)), when=when, ambient=True
        ),
    ]
    heard = [
        MessageSchema(
            id="Words", direction=client, schema=Schema.text(*draw(st.lists(texts, max_size=3)))
        ),
        MessageSchema(
            id="Answer",
            direction=client,
            schema=Schema(body_of("Answer")),
            ambient=True,
            replies=AutoReply(to="Warn", copies=draw(st.sampled_from([(), "number"]))),
        ),
        MessageSchema(id="Named", direction=client, schema=Schema(draw(ids)), until="Warn"),
    ]
    warning = body_of("Warn")(draw(st.integers(-5, 5)))
    timers = [
        Timer.idle(draw(seconds), message="Warn", body=warning, close_code=draw(codes)),
        Timer.initialize(draw(seconds), message="Warn", close_reason=draw(texts)[:30]),
        Timer.open(draw(seconds)),
    ]
    meanings = draw(st.lists(texts.filter(str.strip), max_size=3))
    described = tuple(
        CloseCode(
            code=4000 + number,
            meaning=meaning,
            by=draw(st.sampled_from([None, *Side])),
            normal=draw(st.booleans()),
            retry=draw(st.sampled_from([None, True, False])),
        )
        for number, meaning in enumerate(meanings)
    )
    return replace(
        plain,
        streaming_messages=[*plain.streaming_messages, *heard],
        server_messages=[*plain.server_messages, *said],
        timers=timers,
        closing=Closing(by=draw(st.sampled_from([None, *Side])), codes=described),
        on_breach=[
            OnBreach.say("Warn", Breach.UNKNOWN, body=warning),
            OnBreach.close(4000, Breach.EARLY, reason=draw(texts)[:30], by=None),
            OnBreach.ignore(Breach.LATE, message="Words"),
        ],
    )


def _described(lifecycle: ConnectionLifecycle, text: str) -> ConnectionLifecycle:
    """The same with a description of each channel."""
    channels = [
        replace(one, description=text, lifecycle=_described(one.lifecycle, text))
        for one in lifecycle.channels
    ]
    return replace(lifecycle, channels=channels)


@st.composite
def endpoints(draw: st.DrawFn, name: str = "Only") -> WebSocketEndpoint:
    """An endpoint that says all sorts of things."""
    path = draw(st.sampled_from(["/", "/talk", "/a/{place}/b", "/x~1/{place}"]))
    given = draw(valid_params(path=path))
    plain = draw(st.one_of(lifecycles(), channelled(), asked()))
    constraints = []
    if len({one.name for one in given}) > 1:
        first, second = given[0].name, given[1].name
        constraints = [Constraint.needs(first, second), Constraint.at_most_one(second, first)]
    endpoint = WebSocketEndpoint(
        id=name,
        path=path,
        description=draw(texts),
        connection_params=given,
        constraints=constraints,
        subprotocols=draw(st.lists(tokens, max_size=2, unique=True)),
        unagreed=draw(st.sampled_from([400, 426, 1008, 4406])),
        lifecycle=draw(_extended(_described(plain, draw(texts)), given)),
    )
    assume(_kept(endpoint.check))
    return endpoint


strategies = st.one_of(
    st.just(AuthStrategy.none()),
    st.builds(AuthStrategy.api_key, header=st.just("X-Key"), prefix=st.none() | tokens),
    st.builds(AuthStrategy.bearer_token),
    st.builds(AuthStrategy.basic),
    st.builds(AuthStrategy.api_key_query, name=printable.map(lambda name: f"key{name}")),
    st.builds(AuthStrategy.subprotocol, tokens, prefix=st.none() | tokens),
    st.just(AuthStrategy.in_message("Answer", field="key.inner")),
)


@st.composite
def apis(draw: st.DrawFn) -> WebSocketApi:
    """An API of one endpoint or two."""
    ways = draw(st.lists(strategies, min_size=1, max_size=3, unique=True))
    fields: dict[str, Any] = {
        "name": draw(st.sampled_from(["Example", "An A.P-I_0"])),
        "description": draw(texts),
        "base_url": draw(st.sampled_from(["ws://127.0.0.1:8000", "wss://x.example/v1/"])),
        "docs_url": draw(st.sampled_from([None, "https://x.example/?a=%22#b"])),
        "auth": ways[0] if len(ways) == 1 else AuthStrategy.any_of(*ways),
        "env_auth": draw(st.lists(names, max_size=2)),
        "env_username": draw(st.lists(names, max_size=1)),
        "headers": draw(st.lists(st.tuples(tokens.map("X-".__add__), visible), max_size=2)),
        "endpoints": [
            draw(endpoints(one)) for one in ("First", "Second")[: draw(st.integers(1, 2))]
        ],
    }
    try:
        return WebSocketApi(**fields)
    except DefinitionError:
        assume(False)
        raise
