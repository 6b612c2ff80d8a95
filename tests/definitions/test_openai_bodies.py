"""What OpenAI's messages hold: two levels of kinds, and what is absent, null or there."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from schematic.compile import compile_endpoint
from schematic.define import Side
from schematic_definitions.openai import openai
from schematic_definitions.openai.audio import (
    AudioInput,
    AudioOutput,
    PcmAudio,
    PcmuAudio,
    SemanticVad,
    ServerVad,
    Voice,
)
from schematic_definitions.openai.client_messages import (
    ConversationItemCreate,
    ResponseCancel,
    SessionUpdate,
)
from schematic_definitions.openai.items import (
    FunctionCall,
    InputAudio,
    InputImage,
    InputText,
    Item,
    McpCall,
    McpHttpError,
    Message,
    OutputAudio,
    OutputText,
    Part,
)
from schematic_definitions.openai.session import (
    RealtimeAudio,
    RealtimeSession,
    RetentionRatio,
    Session,
    Tracing,
    TranscriptionSession,
)
from schematic_definitions.openai.tools import (
    ApprovalFilter,
    FunctionTool,
    McpTool,
    ToolChoiceFunction,
    ToolFilter,
)

ENDPOINT = compile_endpoint(openai().endpoint())

PARTS: list[Part] = [
    InputText("a"),
    InputAudio(audio="AAEA"),
    InputImage(image_url="data:image/png;base64,AAEA"),
    OutputText("a"),
    OutputAudio(transcript="a"),
]


def tags(side: Side) -> set[str]:
    bodies = [kind.message.schema.body for kind in ENDPOINT.kinds if kind.side is side]
    return {str(getattr(body, "__struct_config__").tag) for body in bodies}  # noqa: B009


def test_the_vocabulary_is_complete() -> None:
    assert len(tags(Side.CLIENT)) == 11
    assert len(tags(Side.SERVER)) == 46


@given(
    role=st.sampled_from(["system", "user", "assistant"]),
    content=st.lists(st.sampled_from(PARTS), max_size=3),
)
def test_a_message_has_only_parts_of_its_role(role: str, content: list[Part]) -> None:
    allowed = {
        "system": (InputText,),
        "user": (InputText, InputAudio, InputImage),
        "assistant": (OutputText, OutputAudio),
    }[role]
    written = msgspec.json.encode({"type": "message", "role": role, "content": content})
    if all(isinstance(part, allowed) for part in content):
        read = msgspec.json.decode(written, type=Item)
        assert isinstance(read, Message)
        assert (read.role, list(read.content)) == (role, content)
    else:
        with pytest.raises(msgspec.ValidationError, match=f"a {role} message has no"):
            msgspec.json.decode(written, type=Item)


def test_a_message_of_a_role_is_refused_where_it_is_made() -> None:
    with pytest.raises(ValueError, match="a system message has no OutputText part"):
        Message(role="system", content=(OutputText("a"),))


@pytest.mark.parametrize(
    "item",
    [
        Message(role="user", content=(InputText("hi"), InputAudio(audio="AA", transcript=None))),
        FunctionCall(name="add", arguments='{"a": 1}', call_id="c"),
        McpCall(
            id="i",
            server_label="s",
            name="n",
            arguments="{}",
            error=McpHttpError(code=502, message="bad gateway"),
        ),
    ],
    ids=lambda item: type(item).__name__,
)
def test_an_item_is_told_by_its_type(item: Item) -> None:
    written = msgspec.json.encode(ConversationItemCreate(item=item, previous_item_id=None))
    assert msgspec.json.decode(written, type=ConversationItemCreate).item == item


@pytest.mark.parametrize(
    ("detection", "written"),
    [
        (UNSET, b"{}"),
        (None, b'{"turn_detection":null}'),
        (
            ServerVad(idle_timeout_ms=None, threshold=0.5),
            b'{"turn_detection":{"type":"server_vad","threshold":0.5,"idle_timeout_ms":null}}',
        ),
        (
            SemanticVad(eagerness="low"),
            b'{"turn_detection":{"type":"semantic_vad","eagerness":"low"}}',
        ),
    ],
)
def test_turn_detection_that_is_off_is_not_the_same_as_left_alone(
    detection: ServerVad | SemanticVad | None, written: bytes
) -> None:
    heard = AudioInput(turn_detection=detection)
    assert msgspec.json.encode(heard) == written
    assert msgspec.json.decode(written, type=AudioInput) == heard


@pytest.mark.parametrize(
    "session",
    [
        RealtimeSession(
            model="gpt-realtime",
            output_modalities=("audio",),
            audio=RealtimeAudio(input=AudioInput(format=PcmAudio(24000))),
            max_output_tokens="inf",
            tools=(
                FunctionTool(name="add", parameters={"type": "object"}),
                McpTool(
                    server_label="s",
                    allowed_tools=ToolFilter(read_only=True),
                    require_approval=ApprovalFilter(never=ToolFilter(tool_names=("a",))),
                ),
            ),
            tool_choice=ToolChoiceFunction("add"),
            tracing=Tracing(workflow_name="w"),
            truncation=RetentionRatio(retention_ratio=0.8),
        ),
        RealtimeSession(max_output_tokens=1000, tool_choice="auto", tracing="auto"),
        RealtimeSession(prompt=None, tracing=None, truncation="disabled"),
        TranscriptionSession(include=("item.input_audio_transcription.logprobs",)),
    ],
)
def test_a_session_is_read_as_it_was_written(session: Session) -> None:
    written = msgspec.json.encode(SessionUpdate(session=session))
    assert msgspec.json.decode(written, type=SessionUpdate).session == session


def test_formats_and_voices_have_several_forms() -> None:
    heard = AudioInput(format=PcmuAudio())
    assert msgspec.json.encode(heard) == b'{"format":{"type":"audio/pcmu"}}'
    spoken = AudioOutput(voice=Voice("v"))
    assert msgspec.json.encode(spoken) == b'{"voice":{"id":"v"}}'
    assert msgspec.json.decode(b'{"voice":{"id":"v"}}', type=AudioOutput) == spoken
    assert msgspec.json.decode(b'{"voice":"marin"}', type=AudioOutput).voice == "marin"


def test_keys_of_other_services_are_not_printed() -> None:
    tool = McpTool(server_label="s", authorization="s3cret", headers={"x-key": "s3cret"})
    assert "s3cret" not in repr(RealtimeSession(tools=(tool,)))


def test_an_id_of_the_clients_own_is_not_too_long() -> None:
    body = {"type": "response.cancel", "event_id": "x" * 513}
    with pytest.raises(msgspec.ValidationError, match="length <= 512"):
        msgspec.convert(body, type=ResponseCancel)
