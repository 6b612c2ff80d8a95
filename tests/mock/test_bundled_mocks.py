"""Every bundled endpoint has a mock that a correct client can talk to, without a handler."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Side
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_engine.cli.resolve import GROUP, load
from schematic_engine.codec import codecs_of
from schematic_engine.keyed import Keys
from schematic_engine.keys import with_key
from schematic_engine.mock import sample
from support.mocked import MockTalk
from support.walks import sayable

PROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"


def endpoints() -> dict[str, CompiledEndpoint]:
    """All that the project offers, whatever of it is installed here."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    offered = project["entry-points"][GROUP]
    apis = [load(EntryPoint(name, value, GROUP)) for name, value in offered.items()]
    made = [compile_endpoint(api.endpoint(one.id)) for api in apis for one in api.endpoints]
    return {endpoint.name: endpoint for endpoint in made}


ENDPOINTS = endpoints()


def said(endpoint: CompiledEndpoint, name: str, key: Keys | None) -> Any:
    """What the client's message ``name`` says on the channel ``key``."""
    kind = codecs_of(endpoint)[Side.CLIENT].kinds[name]
    made = sample(kind.schema)
    if key is None or kind.key_path is None:
        return made
    assert not isinstance(key, tuple)  # no bundled client speaks within a channel's channel
    return with_key(msgspec.to_builtins(made), kind.key_path, key)


@pytest.mark.parametrize("called", ENDPOINTS)
@settings(max_examples=30)
@given(data=st.data())
def test_a_default_mock_breaks_no_rule_whatever_a_correct_client_says(
    called: str, data: st.DataObject
) -> None:
    endpoint = ENDPOINTS[called]
    talk = MockTalk(endpoint)
    for _ in range(data.draw(st.integers(1, 12))):
        legal = sayable(talk.client.machine, Side.CLIENT)
        if not legal:
            return
        name, key = data.draw(st.sampled_from(legal))
        talk.say(name, said(endpoint, name, key))


def test_openais_mock_answers_what_is_asked_and_nothing_else() -> None:
    endpoint = ENDPOINTS["OpenAI/Realtime"]
    talk = MockTalk(endpoint)
    assert talk.heard == ["SessionCreated"]
    assert talk.say("SessionUpdate", said(endpoint, "SessionUpdate", None)) == ["SessionUpdated"]
    heard = [one.partition(" ")[0] for one in talk.say("ResponseCreate")]
    assert heard[:2] == ["ResponseCreated", "ResponseOutputItemAdded"]
    assert heard[-2:] == ["ResponseOutputItemDone", "ResponseDone"]
    assert {"ResponseOutputTextDelta", "ResponseOutputAudioDelta"} <= set(heard)
    assert len(set(heard)) == len(heard)
