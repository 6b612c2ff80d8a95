"""What a real server gets of what callers give."""

from __future__ import annotations

import io
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
import pytest
from msgspec import UNSET, Struct, UnsetType

from schematic import AuthStrategy
from schematic_engine.rest import (
    ApiRequest,
    ConnectionParam,
    Credentials,
    File,
    FormField,
    InvalidParameter,
    ListStyle,
    MissingCredentials,
    ParamLocation,
    ParamType,
    RestMethod,
    Schema,
)
from support.http_server import HttpServer, Part, parts_of
from support.rest_callers import Caller, an_api

HOSTILE = 'a/b "c"\r\nX: y;\\ü€😀%00&=+?#'


class Speech(Struct):
    text: str
    pace: float | UnsetType = UNSET


def query_of(target: str) -> list[tuple[str, str]]:
    return parse_qsl(target.partition("?")[2], keep_blank_values=True, strict_parsing=False)


# Parameters


def test_parameters_go_into_path_query_and_headers(server: HttpServer, call: Caller) -> None:
    api = an_api(
        ConnectionParam(name="many", param_type=ParamType.STRING, many=ListStyle.REPEATED),
        ConnectionParam(name="few", param_type=ParamType.INTEGER, many=ListStyle.COMMA),
        ConnectionParam(name="on", param_type=ParamType.BOOLEAN),
        ConnectionParam(name="X-Mode", param_type=ParamType.STRING, location=ParamLocation.HEADER),
        ConnectionParam(name="size", param_type=ParamType.INTEGER, required=True, default=10),
        path="/rooms/{room}/say",
    )
    params = {"room": HOSTILE, "many": [HOSTILE, "", "b"], "few": [1, 2], "on": True, "X-Mode": "x"}
    call(api, params, url=server.url + "/prefix/")
    got = server.last()
    path = got.target.partition("?")[0].split("/")
    assert [unquote(segment) for segment in path] == ["", "prefix", "rooms", HOSTILE, "say"]
    assert query_of(got.target) == [
        ("many", HOSTILE),
        ("many", ""),
        ("many", "b"),
        ("few", "1,2"),
        ("on", "true"),
        ("size", "10"),
    ]
    assert got.header("X-Mode") == "x"


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"volcie": "a"}, "volcie: Speak has no such parameter; did you mean 'voice'"),
        ({}, "voice: Speak requires it"),
        ({"voice": ""}, "voice: a segment of a path cannot be empty"),
        ({"voice": ".."}, "voice: a segment of a path cannot be empty, '.' or '..'"),
        ({"voice": "a", "seed": "b"}, "seed: 'b' is not an integer"),
        ({"voice": "\ud800"}, "voice: not UTF-8"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused_and_nothing_is_sent(
    server: HttpServer, call: Caller, params: dict[str, object], problem: str
) -> None:
    api = an_api(ConnectionParam(name="seed", param_type=ParamType.INTEGER), path="/{voice}")
    with pytest.raises(InvalidParameter, match=f"^{problem}"):
        call(api, params, url=server.url)
    assert server.received.empty()


@pytest.mark.parametrize("method", list(RestMethod))
def test_every_method_is_sent_as_it_is_described(
    server: HttpServer, call: Caller, method: RestMethod
) -> None:
    assert call(an_api(method=method), url=server.url) is None
    got = server.last()
    assert (got.method, got.target, got.body) == (method.value, "/speak", b"")


def test_header_lines_of_the_caller_replace_described_ones(
    server: HttpServer, call: Caller
) -> None:
    api = an_api(headers={"X-Version": "1", "X-Other": "o"})
    call(api, url=server.url, headers={"x-version": "2", "User-Agent": "me"})
    got = server.last()
    assert (got.header("X-Version"), got.header("X-Other")) == ("2", "o")
    assert got.header("User-Agent") == "me"


@pytest.mark.parametrize("headers", [{"A b": "c"}, {"A": "b\r\nC: d"}])
def test_a_header_that_would_break_the_request_is_refused(
    call: Caller, headers: dict[str, str]
) -> None:
    with pytest.raises(InvalidParameter, match=r"^headers: 'A"):
        call(an_api(), headers=headers)


@pytest.mark.parametrize("url", ["ftp://a", "https://a?b=c", "https://u:p@a", "a\nb"])
def test_a_url_that_is_no_base_url_is_refused(call: Caller, url: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^url: "):
        call(an_api(), url=url)


# Bodies


def test_a_json_body_is_the_value_that_was_given(server: HttpServer, call: Caller) -> None:
    api = an_api(request=ApiRequest.json(Schema(Speech)))
    call(api, body=Speech(HOSTILE), url=server.url)
    got = server.last()
    assert msgspec.json.decode(got.body) == {"text": HOSTILE}
    assert got.header("Content-Type") == "application/json"
    assert got.header("Content-Length") == str(len(got.body))


@pytest.mark.parametrize("body", [None, {"text": 5}, {"pace": 1}, Speech(5), object()])  # type: ignore[arg-type]
def test_a_json_body_that_does_not_fit_its_schema_is_refused(call: Caller, body: object) -> None:
    with pytest.raises(InvalidParameter, match=r"^body: Speech: "):
        call(an_api(request=ApiRequest.json(Schema(Speech))), body=body)


def test_a_name_alone_takes_any_json_object(server: HttpServer, call: Caller) -> None:
    api = an_api(request=ApiRequest.json(Schema("Anything")))
    call(api, body={"a": [1, None]}, url=server.url)
    assert server.last().body == b'{"a":[1,null]}'
    with pytest.raises(InvalidParameter, match="Anything: Expected `object`"):
        call(api, body=[1])


def a_form(*, urlencoded: bool = False) -> ApiRequest:
    fields = [
        FormField(name="title", required=True),
        FormField(name="tag", repeatable=True),
        FormField(name="count", param_type=ParamType.INTEGER),
        FormField(name="on", param_type=ParamType.BOOLEAN),
        FormField(name="more", param_type=ParamType.OBJECT),
    ]
    if urlencoded:
        return ApiRequest.urlencoded(*fields)
    files = [
        FormField(name="audio", file=True),
        FormField(name="images", file=True, repeatable=True),
    ]
    return ApiRequest.form_data(*fields, *files)


VALUES = {"title": HOSTILE, "tag": ["a", "", "ü"], "count": 3, "on": False, "more": {"k": 1}}
WRITTEN = [
    ("title", HOSTILE),
    ("tag", "a"),
    ("tag", ""),
    ("tag", "ü"),
    ("count", "3"),
    ("on", "false"),
    ("more", '{"k":1}'),
]


def test_an_urlencoded_form_holds_every_value(server: HttpServer, call: Caller) -> None:
    call(an_api(request=a_form(urlencoded=True)), body=VALUES, url=server.url)
    got = server.last()
    assert parse_qsl(got.body.decode(), keep_blank_values=True) == WRITTEN
    assert got.header("Content-Type") == "application/x-www-form-urlencoded"


def test_a_form_without_files_is_multipart_all_the_same(server: HttpServer, call: Caller) -> None:
    call(an_api(request=a_form()), body=VALUES, url=server.url)
    parts = parts_of(server.last())
    assert [(part.name, part.content.decode()) for part in parts] == WRITTEN
    assert {part.filename for part in parts} == {None}


def test_files_go_with_their_names_and_media_types(
    server: HttpServer, call: Caller, tmp_path: Path
) -> None:
    path = tmp_path / "ünë.wav"
    path.write_bytes(bytes(range(256)) * 700)
    with path.open("rb") as opened:
        body = {
            "title": "t",
            "audio": opened,
            "images": [b"\x00", File(b"", "b.png"), File(io.BytesIO(b"z"), "c", "image/x-odd")],
        }
        call(an_api(request=a_form()), body=body, url=server.url)
    assert parts_of(server.last()) == [
        Part("title", b"t"),
        Part("audio", path.read_bytes(), "ünë.wav", "audio/x-wav"),
        Part("images", b"\x00", "images", "application/octet-stream"),
        Part("images", b"", "b.png", "image/png"),
        Part("images", b"z", "c", "image/x-odd"),
    ]


def test_a_hostile_file_name_adds_no_header(server: HttpServer, call: Caller) -> None:
    name = 'a"\r\nX-Evil: 1\r\n\r\n.png'
    call(an_api(request=a_form()), body={"title": "t", "audio": File(b"x", name)}, url=server.url)
    _, audio = parts_of(server.last())
    assert (audio.name, audio.content) == ("audio", b"x")
    assert "\n" not in (audio.filename or "")


def test_an_empty_form_is_a_form(server: HttpServer, call: Caller) -> None:
    form = ApiRequest.form_data(FormField(name="a"))
    call(an_api(request=form), body={}, url=server.url)
    assert parts_of(server.last()) == []
    call(an_api(request=ApiRequest.urlencoded(FormField(name="a"))), url=server.url)
    assert server.last().body == b""


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (None, "title: the form requires it"),
        ({"titel": "a"}, "titel: the form has no such field. It has: title, tag"),
        ({"title": "a", "count": "many"}, "count: 'many' is not an integer"),
        ({"title": ["a", "b"]}, "title: .* is not a string"),
        ({"title": "\ud800"}, "title: not UTF-8"),
        ({"title": "a", "audio": "text"}, "audio: takes bytes or an open file, not str"),
        ({"title": "a", "audio": io.StringIO()}, "audio: a file that was opened for text"),
        ({"title": "a", "audio": File(b"", "n", "a\r\nb")}, "audio: its media type: a header"),
        ([("title", "a")], "body: a form takes names and values, not list"),
    ],
)
def test_a_form_that_is_not_the_described_one_is_refused(
    call: Caller, body: object, problem: str
) -> None:
    with pytest.raises(InvalidParameter, match=f"^{problem}"):
        call(an_api(request=a_form()), body=body)


@pytest.mark.parametrize("text", ["", HOSTILE])
def test_a_text_is_sent_in_its_charset(server: HttpServer, call: Caller, text: str) -> None:
    call(an_api(request=ApiRequest.text()), body=text, url=server.url)
    got = server.last()
    assert (got.body.decode(), got.header("Content-Type")) == (text, "text/plain; charset=utf-8")
    call(an_api(request=ApiRequest.text('text/x; charset="latin-1"')), body="ü", url=server.url)
    assert server.last().body == b"\xfc"


@pytest.mark.parametrize(
    ("media_type", "body", "problem"),
    [
        ("text/plain", b"a", "a str, not bytes"),
        ("text/plain; charset=latin-1", "€", "holds a character that latin-1 has not"),
        ("text/plain; charset=klingon", "a", "the charset 'klingon' of"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused(
    call: Caller, media_type: str, body: Any, problem: str
) -> None:
    with pytest.raises(InvalidParameter, match=f"^body: {problem}"):
        call(an_api(request=ApiRequest.text(media_type)), body=body)


def test_bytes_are_sent_as_they_are(server: HttpServer, call: Caller, tmp_path: Path) -> None:
    api = an_api(request=ApiRequest.binary("audio/wav"))
    for data in (b"", bytes(range(256))):
        call(api, body=data, url=server.url)
        got = server.last()
        assert (got.body, got.header("Content-Type")) == (data, "audio/wav")
    path = tmp_path / "long"
    path.write_bytes(bytes(200_000))
    with path.open("rb") as opened:
        opened.read(10)
        call(api, body=opened, url=server.url)
    got = server.last()
    assert (got.body, got.header("Content-Length")) == (bytes(200_000), "200000")


def test_what_cannot_be_measured_is_sent_in_chunks(server: HttpServer, call: Caller) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    call(an_api(request=ApiRequest.binary()), body=Pipe(b"ab" * 50_000), url=server.url)
    got = server.last()
    assert (got.body, got.header("Transfer-Encoding")) == (b"ab" * 50_000, "chunked")


def test_an_endpoint_without_a_body_takes_none(call: Caller) -> None:
    with pytest.raises(InvalidParameter, match=r"^body: this endpoint takes none"):
        call(an_api(), body={})


# Credentials


KINDS = [
    (AuthStrategy.api_key(header="X-Key"), "X-Key", "s3cret"),
    (AuthStrategy.api_key(header="X-Key", prefix="Token"), "X-Key", "Token s3cret"),
    (AuthStrategy.bearer_token(), "Authorization", "Bearer s3cret"),
]


@pytest.mark.parametrize(("auth", "header", "value"), KINDS)
def test_a_key_goes_into_its_header(
    server: HttpServer, call: Caller, auth: AuthStrategy, header: str, value: str
) -> None:
    call(an_api(auth=auth), auth="s3cret", url=server.url, headers={header: "mine"})
    assert server.last().header(header) == value


def test_user_name_and_password_go_together(server: HttpServer, call: Caller) -> None:
    auth = Credentials("pä:ss", username="me")
    call(an_api(auth=AuthStrategy.basic()), auth=auth, url=server.url)
    expected = "Basic " + b64encode("me:pä:ss".encode()).decode()
    assert server.last().header("Authorization") == expected


def test_a_key_may_go_into_the_query(server: HttpServer, call: Caller) -> None:
    api = an_api(
        ConnectionParam(name="a", param_type=ParamType.STRING),
        auth=AuthStrategy.api_key_query(name="key"),
    )
    call(api, {"a": "b"}, auth="s3 &cret", url=server.url)
    assert query_of(server.last().target) == [("a", "b"), ("key", "s3 &cret")]


def test_an_api_without_credentials_gets_none(server: HttpServer, call: Caller) -> None:
    call(an_api(), auth="s3cret", url=server.url)
    assert "s3cret" not in str(server.last())


def test_credentials_come_from_the_variables_that_the_api_names(
    server: HttpServer, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = an_api(auth=AuthStrategy.bearer_token(), env_auth=("FIRST_KEY", "SECOND_KEY"))
    monkeypatch.setenv("SECOND_KEY", "from the second")
    call(api, url=server.url)
    assert server.last().header("Authorization") == "Bearer from the second"
    monkeypatch.delenv("SECOND_KEY")
    with pytest.raises(MissingCredentials, match="pass one, or set FIRST_KEY or SECOND_KEY"):
        call(api, url=server.url)
