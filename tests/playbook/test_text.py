"""Playbooks as text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Side
from schematic_engine.conformance.examples import captions
from schematic_engine.playbook import (
    ANY,
    ANY_NUMBER,
    MAYBE,
    ONCE,
    SOME,
    Closes,
    Playbook,
    PlaybookError,
    Says,
    Sends,
    Times,
    between,
    client,
    exactly,
    matching,
    named,
    read_playbook,
    server,
    write_playbook,
)
from schematic_engine.playbook.patterns import Named

LIVE = captions().endpoint("Live")
TEXT = """\
# A caption for each line.
param room = "7"
param speed = 0.5..2

client Start   {"language": "en"}
client Line    {"text": "Hello."}
server Caption + {"text": any}          after 100ms
client Line x2
    {"text": /[a-z\\/]+/}
server sends "nobody \\"knows\\" this"  violates SCH-203
client Stop
server Done    after 1.5s
server closes 1000
"""


def test_a_text_is_read_as_it_looks() -> None:
    book = read_playbook(TEXT, LIVE, name="hello.play")
    assert book.params == {"room": "7", "speed": between(0.5, 2)}
    assert [(step.place.partition(":")[2], str(step)) for step in book.steps] == [
        ("5", 'client Start {"language": "en"}'),
        ("6", 'client Line {"text": "Hello."}'),
        ("7", 'server Caption + {"text": any}'),
        ("8", 'client Line x2 {"text": /[a-z\\/]+/}'),
        ("10", 'server sends "nobody \\"knows\\" this"'),
        ("11", "client Stop"),
        ("12", "server Done"),
        ("13", "server closes 1000"),
    ]
    assert [step.after for step in book.steps if step.after] == [0.1, 1.5]
    assert [step.violates for step in book.steps if step.violates] == ["SCH-203"]


names = st.sampled_from(["Start", "Any", "x", "closes", "sends", "Caption"])
simple = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=8),
)
bounds = st.one_of(st.integers(-9, 9), st.floats(-9, 9).map(lambda x: round(x, 3)))
open_places = st.one_of(
    st.just(ANY),
    st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,5}", fullmatch=True).map(named),
    st.sampled_from(["a+", "[a-z/]*", r"\d{2}", r"\\", "x|y"]).map(matching),
    st.tuples(bounds, bounds).map(lambda both: between(min(both), max(both))),
    bounds.map(between),
    bounds.map(lambda high: between(None, high)),
)
patterns = st.recursive(
    simple | open_places,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3),
        inner.map(exactly),
    ),
    max_leaves=6,
)
delays = st.sampled_from([0.0, 0.1, 2.0, 0.000125, 3600.0])
rules = st.sampled_from([None, "SCH-101"])
sides = st.sampled_from([client, server])
times = st.sampled_from([ONCE, SOME, ANY_NUMBER, MAYBE, Times(3, 3), Times(2, 5)])


@st.composite
def steps(draw: st.DrawFn) -> Says | Sends | Closes:
    who, after, rule = draw(sides), draw(delays), draw(rules)
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return who.closes(draw(st.none() | st.integers(1000, 4999)), after=after, violates=rule)
    if kind == 1:
        payload = draw(st.text(st.characters(codec="utf-8"), max_size=9) | st.binary(max_size=9))
        return who.sends(payload, after=after, violates=rule)
    body = draw(st.just(ANY) | patterns)
    return who.says(draw(names), body, times=draw(times), after=after, violates=rule)


@settings(max_examples=100)
@given(st.lists(steps(), max_size=4))
def test_what_is_written_is_read_as_the_same_steps(
    given_steps: list[Says | Sends | Closes],
) -> None:
    book = Playbook(LIVE, *given_steps, checked=False, params={"room": named("where")})
    again = read_playbook(write_playbook(book), LIVE, checked=False)
    assert again.params == book.params
    assert [_plain(step) for step in again.steps] == [_plain(step) for step in book.steps]


def _plain(step: Says | Sends | Closes) -> tuple[object, ...]:
    rest = (step.side, step.after, step.violates)
    if isinstance(step, Says):
        return (step.message, step.body, step.times, *rest)
    return (step.payload if isinstance(step, Sends) else step.code, *rest)


@settings(max_examples=100)
@given(st.text(max_size=60) | st.text('client server Start {}[]"$/.:,=+*?x123 \n', max_size=60))
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    place = "any.play"
    try:
        read_playbook(text, LIVE, name=place)
    except PlaybookError as error:
        place = error.place
    assert place.startswith("any.play")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("nonsense", "t:1", "is no step: write"),
        ("\n\nclient Start {", "t:3", "a value is missing|names of fields"),
        ('client Start {"language": en}', "t:1", "en is no value: texts stand in quotes"),
        ('client Start {"language" "en"}', "t:1", "':' is missing before"),
        ('client Start {"language": "en"} later', "t:1", "'later' is not understood there"),
        ('client Start {"language": /(/}', "t:1", "no regular expression"),
        ('client Start {"language": 5..1}', "t:1", "no number is between 5 and 1"),
        ('client Start {"language": base64"?"}', "t:1", "not base64"),
        ('client Start {"language": "en", }', "t:1", "names of fields stand in quotes"),
        ("client Start " + "[" * 200, "t:1", "nested too deeply"),
        ("client closes soon", "t:1", "soon is no value"),
        ('client closes "1000"', "t:1", "closes takes a close code"),
        ("client sends 5", "t:1", "sends takes a text"),
        ("client Stop", "t:1", "illegal here"),
        ("param room", "t:1", "is no step"),
    ],
)
def test_a_text_that_is_wrong_is_refused_with_its_line(text: str, place: str, words: str) -> None:
    with pytest.raises(PlaybookError, match=words) as caught:
        read_playbook(text, LIVE, name="t")
    assert caught.value.place == place


def test_an_endpoint_is_found_by_its_name_where_somebody_can() -> None:
    text = "endpoint captions/Live\nclient Start\n"
    assert read_playbook(text, find=lambda name: LIVE).endpoint.name == "Captions/Live"
    with pytest.raises(PlaybookError, match="pass the endpoint"):
        read_playbook(text)
    with pytest.raises(PlaybookError, match="say what is spoken"):
        read_playbook("client Start")


def test_a_text_without_an_end_is_refused() -> None:
    with pytest.raises(PlaybookError, match="at most"):
        read_playbook("#" * (1 << 21), LIVE)


def test_a_server_that_rejects_is_written_and_read() -> None:
    book = read_playbook("server rejects 401\n", LIVE)
    assert book.rejects == 401
    assert read_playbook(write_playbook(book), LIVE).rejects == 401


def test_names_are_read_as_names() -> None:
    book = read_playbook('client Start {"language": $lang}', LIVE)
    step = book.steps[0]
    assert isinstance(step, Says)
    assert (step.side, step.body) == (Side.CLIENT, {"language": Named("lang")})
