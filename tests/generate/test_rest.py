"""Generated REST clients: what they look like, and what they really send."""

from __future__ import annotations

import ast
import asyncio
import inspect
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import msgspec
import pytest

import schematic_definitions
from schematic import ApiResponse, AuthStrategy, Endpoint, RestApi, RestMethod, Schema
from schematic.generate.rest import rest_client, rest_files
from schematic_definitions.rest.elevenlabs import elevenlabs_rest
from schematic_definitions.rest.openai import openai_rest
from schematic_engine.rest import File, HttpError, InvalidParameter, MissingCredentials
from support.generated import running
from support.http_server import HttpServer, Part, Reply, parts_of, serving
from support.rest_apis import everything

BUNDLED = {"elevenlabs": elevenlabs_rest, "openai": openai_rest}


@pytest.fixture(scope="module")
def source() -> str:
    return rest_client(everything(), origin="schematic generate everything")


@pytest.fixture
def module(source: str) -> Iterator[ModuleType]:
    with running(source) as made:
        yield made


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as told:
        yield told


@pytest.fixture(params=["asyncio", "sync"])
def call(request: pytest.FixtureRequest, module: ModuleType, server: HttpServer) -> Any:
    """Calls a method of either client by its name."""

    def call_sync(method: str, *args: Any, **named: Any) -> Any:
        with module.SyncEveryThingRest(auth="k", url=server.url) as client:
            result = getattr(client, method)(*args, **named)
            if method != "play":
                return result
            with result as chunks:
                return b"".join(chunks)

    async def call_async(method: str, *args: Any, **named: Any) -> Any:
        async with module.EveryThingRest(auth="k", url=server.url) as client:
            result = getattr(client, method)(*args, **named)
            if method != "play":
                return await result
            async with result as chunks:
                return b"".join([chunk async for chunk in chunks])

    def run(method: str, *args: Any, **named: Any) -> Any:
        return asyncio.run(call_async(method, *args, **named))

    return run if request.param == "asyncio" else call_sync


# What is sent


def test_parameters_body_and_answer_of_a_method(
    server: HttpServer, module: ModuleType, call: Any
) -> None:
    server.reply = Reply(200, b'{"text":"hi","kind":"song","class":"c"}')
    answer = call(
        "put_note",
        "a/b",
        "c",
        module.Note(text="ü"),
        self_="me",
        list=[1, 2],
        x_mode="fast",
        filter={"a": {"b": 1}},
        level=0,
    )
    assert answer == module.Note(text="hi", kind="song", class_="c")
    got = server.last()
    assert got.method == "PUT"
    assert got.target == (
        "/notes/a%2Fb/c?self=me&list=1,2&page-size=5&filter%5Ba%5D%5Bb%5D=1&level=0"
    )
    lines = ("X-Mode", "X-Version", "X-Put", "X-Key", "Content-Type")
    assert [got.header(name) for name in lines] == ["fast", "7", "yes", "Key k", "application/json"]
    assert msgspec.json.decode(got.body) == {"text": "ü", "kind": "memo", "class": None}


def test_a_form_with_files(server: HttpServer, call: Any) -> None:
    server.reply = Reply(200, b'{"id":7}')
    receipt = call("upload", file=File(b"abc", "a.txt"), more=[b"x"], tag=["1", "2"], count=3)
    assert receipt == {"id": 7}
    assert parts_of(server.last()) == [
        Part("file", b"abc", "a.txt", "text/plain"),
        Part("more", b"x", "more", "application/octet-stream"),
        Part("tag", b"1"),
        Part("tag", b"2"),
        Part("count", b"3"),
    ]


def test_all_other_bodies_and_answers(server: HttpServer, call: Any) -> None:
    assert call("log_in", user="a b") is None
    assert server.last().body == b"user=a+b"
    server.reply = Reply(200, b"ja")
    assert call("say", "täxt") == "ja"
    assert server.last().body == "täxt".encode()
    assert call("fetch") == b"ja"
    assert server.last().method == "GET"
    server.reply = Reply(200, chunks=lambda: iter([b"1", b"2"]))
    assert call("play", b"wav") == b"12"
    assert server.last().header("Content-Type") == "audio/wav"
    server.reply = Reply(200, b'[{"text":"a"}]')
    assert [note.text for note in call("close_")] == ["a"]


def test_errors_of_either_side(server: HttpServer, module: ModuleType, call: Any) -> None:
    server.reply = Reply(403, b"no")
    with pytest.raises(HttpError, match="Fetch: HTTP 403 Forbidden: no"):
        call("fetch")
    with pytest.raises(InvalidParameter, match="X-Mode: 'odd' is not one of fast, slow"):
        call("put_note", "a", "b", module.Note(text=""), self_="", x_mode="odd")
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'file'"):
        call("upload")


def test_the_key_is_read_from_the_environment(
    server: HttpServer, module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVERY_KEY", raising=False)
    with pytest.raises(MissingCredentials, match="EVERY_KEY"):
        module.SyncEveryThingRest()
    monkeypatch.setenv("EVERY_KEY", "from there")
    with module.SyncEveryThingRest(url=server.url) as client:
        client.fetch()
    assert server.last().header("X-Key") == "Key from there"


# What it looks like


def test_both_clients_have_the_same_methods(module: ModuleType) -> None:
    both = [vars(module.EveryThingRest), vars(module.SyncEveryThingRest)]
    names = [[name for name in one if not name.startswith("_")] for one in both]
    assert names[0] == names[1]
    assert names[0] == ["put_note", "upload", "log_in", "say", "play", "fetch", "close_"]
    for name in names[0]:
        first, second = (inspect.signature(one[name]).parameters for one in both)
        assert first == second


def test_arguments_have_types_and_defaults(module: ModuleType) -> None:
    parameters = inspect.signature(module.EveryThingRest.put_note).parameters
    said = {name: (one.annotation, one.default) for name, one in parameters.items()}
    required = inspect.Parameter.empty
    assert said == {
        "self": (required, required),
        "class_": ("str", required),
        "body": ("str", required),
        "body_2": ("Note", required),
        "self_": ("str", required),
        "list": ("Sequence[int] | None", None),
        "page_size": ("int", 5),
        "x_mode": ("Literal['fast', 'slow'] | None", None),
        "ratio": ("float | None", None),
        "filter": ("Mapping[str, object] | None", None),
        "level": ("Level | None", None),
    }
    assert get_args(module.Level) == (0, 1, 2, 3, 4, 5)


def test_what_is_embedded_is_the_description(module: ModuleType) -> None:
    api, embedded = everything(), module._API
    for one, other in zip(api.endpoints, embedded.endpoints, strict=True):
        assert [(p.name, p.choices, p.many) for p in one.params] == [
            (p.name, p.choices, p.many) for p in other.params
        ]
        assert (one.path, one.method, one.headers) == (other.path, other.method, other.headers)
        if one.request is not None and other.request is not None:
            assert one.request.kind == other.request.kind
    assert (embedded.auth, embedded.headers) == (api.auth, api.headers)


@pytest.mark.parametrize("name", [*BUNDLED, "everything"])
def test_a_client_is_what_a_team_would_commit(name: str) -> None:
    api = BUNDLED.get(name, everything)()
    began = time.perf_counter()
    ((path, text),) = rest_files(api, name).items()
    assert time.perf_counter() - began < 5  # a second on a machine with nothing else to do
    assert path == f"{name}_rest.py"
    assert rest_files(api, name) == {path: text}
    assert [line for line in text.splitlines() if len(line) > 100] == []
    assert "ignore" not in text
    assert f"`schematic generate {name}`" in " ".join(text.split())
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.name == "__init__" or ast.get_docstring(node), node.name


@pytest.mark.parametrize("name", BUNDLED)
def test_a_committed_rest_client_is_up_to_date(name: str) -> None:
    folder = Path(schematic_definitions.__file__).parent
    for path, text in rest_files(BUNDLED[name](), name).items():
        assert (folder / path).read_text(encoding="utf-8") == text, f"schematic generate {name}"


def test_a_method_without_a_description_says_its_route_once() -> None:
    endpoint = Endpoint(id="Ping", method=RestMethod.POST, path="/ping")
    api = RestApi(name="A", base_url="https://a.example", endpoints=[endpoint])
    with running(rest_client(api)) as module:
        assert inspect.getdoc(module.ARest.ping) == "Call ``POST /ping``."
        assert "Call ``POST /ping``." in (inspect.getdoc(module.SyncARest.ping) or "")


def test_only_bodies_with_a_name_of_their_own_get_one() -> None:
    bodies = [
        Schema(dict[str, int]),
        Schema(list[int]),
        Schema(int | str),
        Schema(list[str], name="Words"),
        Schema("Anything"),
    ]
    endpoints = [
        Endpoint(
            id=f"Get{at}", method=RestMethod.GET, path=f"/{at}", response=ApiResponse.json(body)
        )
        for at, body in enumerate(bodies)
    ]
    api = RestApi(name="A", base_url="https://a.example", endpoints=endpoints)
    with running(rest_client(api)) as module:
        assert module.__all__ == ["ARest", "Anything", "SyncARest", "Words"]
        assert module.ARest.get0.__annotations__["return"] == "dict[str, int]"
        made = [one.response.schema for one in module._API.endpoints]
        assert [one.name for one in made[:4]] == [one.name for one in bodies[:4]]


def test_an_empty_list_is_refused_with_what_to_do(module: ModuleType) -> None:
    with module.SyncEveryThingRest(auth="k") as client, pytest.raises(InvalidParameter) as refused:
        client.put_note("a", "b", module.Note(text=""), self_="me", list=[])
    assert "an empty list cannot be written: leave the parameter out" in str(refused.value)


def test_a_client_without_endpoints_or_credentials_is_a_client() -> None:
    with running(rest_client(RestApi(name="A", base_url="https://a.example"))) as module:
        assert "needs no credentials" in module.ARest.__doc__


@pytest.mark.parametrize(
    "auth",
    [
        AuthStrategy.basic(),
        AuthStrategy.bearer_token("X-Token"),
        AuthStrategy.bearer_token(),
        AuthStrategy.api_key_query(name="k"),
        AuthStrategy.api_key(header="A"),
        AuthStrategy.any_of(AuthStrategy.none(), AuthStrategy.api_key(header="A", prefix="b")),
    ],
)
def test_every_way_to_authenticate_is_embedded(auth: AuthStrategy) -> None:
    endpoint = Endpoint(id="Do", method=RestMethod.GET, path="/")
    api = RestApi(name="A", base_url="https://a.example", auth=auth, endpoints=[endpoint])
    with running(rest_client(api)) as module:
        assert api == module._API
