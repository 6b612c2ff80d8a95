"""Generated clients of all bundled endpoints, and conversations for them to have."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import msgspec

from schematic import ParamType, Side
from schematic.compile import CompiledEndpoint
from schematic.define import AuthKind
from schematic_engine.client import Wrapped
from schematic_engine.codec import codecs_of
from schematic_engine.keyed import Keys
from schematic_engine.keys import with_key
from schematic_engine.mock import sample
from schematic_engine.policy import Policy
from support.mocked import MockTalk
from support.walks import KEYS, sayable

__all__ = ["CLIENTS", "Generated", "Line", "conversations"]

_MODULES = (
    *("assemblyai_ws", "deepgram_agent_ws", "elevenlabs_agents_ws", "elevenlabs_on_premises_ws"),
    *("graphql_transport_ws_client", "openai_ws"),
    *(f"deepgram_ws.{one}" for one in ("listen_v1", "listen_v2", "speak_v1", "speak_v2")),
    *(f"elevenlabs_ws.{one}" for one in ("speech_to_text", "stream_multi_context")),
    "elevenlabs_ws.stream_text_to_speech",
)


@dataclass(frozen=True)
class Line:
    """One message of the client's, and what the mock answers.

    Attributes:
        id: the message.
        key: the key of its channel.
        message: what the generated module has for it.
        body: the same for the plain engine.
        heard: the ids of the answers.
    """

    id: str
    key: Keys | None
    message: Any
    body: Any
    heard: tuple[str, ...]


class Generated:
    """One generated module.

    Attributes:
        module: the module.
        prefix: what the names of its clients begin with.
    """

    def __init__(self, name: str) -> None:
        self.module: ModuleType = importlib.import_module(f"schematic_definitions.{name}")
        found = [one for one in vars(self.module) if one.endswith("Callbacks")]
        self.prefix = min(found, key=len).removesuffix("Callbacks")

    @functools.cached_property
    def endpoint(self) -> CompiledEndpoint:
        compiled: CompiledEndpoint = self.surface("Ws").endpoint.compiled
        return compiled

    @property
    def classes(self) -> dict[str, type[Any]]:
        """The class of each message, by the message's id."""
        classes: dict[str, type[Any]] = self.surface("Ws").endpoint.classes
        return classes

    def surface(self, kind: str, colour: str = "") -> Any:
        """A class of the module: ``surface("Phases", "Sync")``."""
        return getattr(self.module, f"{colour}{self.prefix}{kind}")

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of `connect` that have to be there; answers are given by hand."""
        given: dict[str, Any] = {"model": "gpt-realtime"} if self.prefix == "OpenAI" else {}
        names = {wire: name for name, wire in self._renamed.items()}
        for param in self.endpoint.endpoint.params:
            if param.required and param.default is None:
                given[names.get(param.name, param.name)] = _value(param)
        if self.endpoint.api.auth.ways[0].kind is not AuthKind.NONE:
            given["auth"] = "a secret"
        return {**given, "policy": Policy(replies=False)}

    @property
    def _renamed(self) -> dict[str, str]:
        renamed: dict[str, str] = self.surface("Ws").endpoint._data.get("params", {})
        return renamed

    def message(self, name: str, body: Any) -> Any:
        """What the module has for the message ``name`` with this body."""
        of: Any = self.classes[name]
        kind = codecs_of(self.endpoint)[Side.CLIENT].kinds[name]
        made = kind.decode(kind.encode(body))
        return of(made) if Wrapped in of.__mro__ else made

    @functools.cached_property
    def greeting(self) -> tuple[str, ...]:
        """What the mock says before the client has said anything."""
        return tuple(MockTalk(self.endpoint).heard)

    @property
    def server(self) -> tuple[str, ...]:
        """What the server can say."""
        return tuple(kind.id for kind in self.endpoint.kinds if kind.side is Side.SERVER)

    @functools.cached_property
    def conversations(self) -> list[list[Line]]:
        return list(conversations(self))


def _value(param: Any) -> Any:
    if param.choices:
        return param.choices[0]
    return {ParamType.STRING: "one", ParamType.INTEGER: 1, ParamType.BOOLEAN: True}[
        param.param_type
    ]


CLIENTS = {name: Generated(name) for name in _MODULES}


def conversations(client: Generated) -> Iterator[list[Line]]:
    """Conversations with a mock in which each message that can be said is said at least once.

    In each the client says what is new, and last what ends its half.
    """
    known: set[tuple[str, Keys | None]] = set()
    ids: set[str] = set()
    while True:
        lines, before = [], len(known)
        talk = MockTalk(client.endpoint)
        while (said := _next(talk, known, ids)) is not None:
            name, key = said
            body = _body(client.endpoint, name, key)
            heard = [one.partition(" ")[0] for one in talk.say(name, body)]
            known.add(said)
            ids.add(name)
            lines.append(Line(name, key, client.message(name, body), body, tuple(heard)))
        if len(known) == before:
            return
        yield lines


def _next(
    talk: MockTalk, known: set[tuple[str, Keys | None]], ids: set[str]
) -> tuple[str, Keys | None] | None:
    """What is not said yet, if possible something that leaves most to be said."""
    legal = [*sayable(talk.client.machine, Side.CLIENT), *_on_servers_channels(talk)]
    table, state = talk.client.machine.table, talk.client.machine.state

    def rank(said: tuple[str, Keys | None]) -> tuple[bool, bool, bool]:
        move = table.row(state, Side.CLIENT).moves.get(said[0])
        moves = move is not None and move.target != state[0]
        again = said in known or (said[1] not in (None, *KEYS) and said[0] in ids)
        return (again and not moves, moves, said[0] in ids)

    best = min(legal, key=rank, default=None)
    return None if best is None or rank(best)[0] else best


def _on_servers_channels(talk: MockTalk) -> Iterator[tuple[str, Keys | None]]:
    """What the client may say on channels that the mock has opened."""
    machine = talk.client.machine
    for states in machine.channels:
        for key in states.open_keys():
            for name in machine.candidates(Side.CLIENT):
                if not isinstance(key, str | int) or key in KEYS:
                    continue
                if machine.move(Side.CLIENT, name, key) is not None:
                    yield name, key


def _body(endpoint: CompiledEndpoint, name: str, key: Keys | None) -> Any:
    """What the client's message ``name`` says on the channel ``key``, in plain types."""
    kind = codecs_of(endpoint)[Side.CLIENT].kinds[name]
    made = sample(kind.schema)
    if isinstance(made, bytes | str):
        return made
    plain = msgspec.to_builtins(made)
    if key is None or kind.key_path is None:
        return plain
    assert not isinstance(key, tuple)  # no bundled client speaks within a channel's channel
    return with_key(plain, kind.key_path, key)
