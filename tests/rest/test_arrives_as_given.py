"""Whatever is given arrives as it is, or is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic_engine.rest import (
    ApiRequest,
    ConnectionParam,
    File,
    FormField,
    InvalidParameter,
    ListStyle,
    ParamType,
    Schema,
    SyncRestClient,
)
from support.http_server import HttpServer, parts_of, serving
from support.rest_callers import an_api

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ANY_TEXTS = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def speaks(shared: HttpServer) -> Iterator[SyncRestClient]:
    api = an_api(
        ConnectionParam(name="q[1]&=é", param_type=ParamType.STRING, many=ListStyle.REPEATED),
        ConnectionParam(name="n", param_type=ParamType.INTEGER),
        path="/a/{one}-x/{two}",
        request=ApiRequest.json(Schema(object, name="Any")),
    )
    with SyncRestClient(api, url=shared.url) as client:
        yield client


@pytest.fixture(scope="module")
def forms(shared: HttpServer) -> Iterator[SyncRestClient]:
    fields = [FormField(name='n"a\\m=é', repeatable=True), FormField(name="f", file=True)]
    with SyncRestClient(an_api(request=ApiRequest.form_data(*fields)), url=shared.url) as client:
        yield client


@given(
    placed=st.tuples(ANY_TEXTS, ANY_TEXTS),
    texts=st.lists(TEXTS, max_size=4),
    number=st.integers(),
)
def test_parameters(
    shared: HttpServer,
    speaks: SyncRestClient,
    placed: tuple[str, str],
    texts: list[str],
    number: int,
) -> None:
    one, two = placed
    try:
        speaks.call("Speak", {"one": one, "two": two, "q[1]&=é": texts or None, "n": number}, {})
    except InvalidParameter:
        lone = any("\ud800" <= character <= "\udfff" for character in one + two)
        assert lone or "" in placed or two in (".", "..") or abs(number) >= 10**100
        assert shared.received.empty()
        return
    path, _, query = shared.last().target.partition("?")
    assert [unquote(part) for part in path.split("/")[2:]] == [f"{one}-x", two]
    sent = [*(("q[1]&=é", text) for text in texts), ("n", str(number))]
    assert parse_qsl(query, keep_blank_values=True) == sent


@given(body=JSON)
def test_json(shared: HttpServer, speaks: SyncRestClient, body: object) -> None:
    speaks.call("Speak", {"one": "1", "two": "2"}, body)
    assert msgspec.json.decode(shared.last().body) == body


@given(texts=st.lists(TEXTS, max_size=4), content=st.binary(max_size=50), name=TEXTS)
def test_forms(
    shared: HttpServer, forms: SyncRestClient, texts: list[str], content: bytes, name: str
) -> None:
    forms.call("Speak", body={'n"a\\m=é': texts, "f": File(content, name or "f", "a/b")})
    *values, file = parts_of(shared.last())
    assert [value.content.decode() for value in values] == texts
    assert (file.name, file.content, file.media_type) == ("f", content, "a/b")
