"""OpenAI's own Python SDK, unmodified, has whole sessions with our mock in both flavours."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, TypeAlias

import pytest
from openai import AsyncOpenAI, OpenAI

from peers.service import Service
from peers.talks import HEAR, Talk, have, have_async, say
from schematic_definitions.openai import openai
from schematic_engine.events import Message
from schematic_engine.mock import Call, Handler, Reply

# The SDK connects in a way that `websockets` has deprecated.
pytestmark = pytest.mark.filterwarnings(r"ignore:connect\(\) must be:DeprecationWarning")

Converse: TypeAlias = "Callable[[Service, Talk], None]"

MODEL = "gpt-realtime"


def blocking(service: Service, talk: Talk) -> None:
    with (
        OpenAI(api_key="key", base_url=f"http://127.0.0.1:{service.port}/v1") as client,
        client.realtime.connect(model=MODEL) as connection,
    ):
        have(connection, talk)


def on_a_loop(service: Service, talk: Talk) -> None:
    async def run() -> None:
        async with (
            AsyncOpenAI(api_key="key", base_url=f"http://127.0.0.1:{service.port}/v1") as client,
            client.realtime.connect(model=MODEL) as connection,
        ):
            await have_async(connection, talk)

    asyncio.run(run())


@pytest.fixture(params=[blocking, on_a_loop])
def converse(request: pytest.FixtureRequest) -> Converse:
    one: Converse = request.param
    return one


class Model:
    """What the service says, with an ``event_id`` for everything.

    It responds with ``text`` word by word, after a call of the function ``now`` if it is given
    that tool. What is not for the conversation waits for another such request, and then both come
    at once. With ``endless`` it goes on until it is told to stop.
    """

    def __init__(self, *, text: str = "Hello there.", endless: bool = False) -> None:
        self._text = text
        self._endless = endless
        self._numbers = count(1)
        self._waiting: list[Iterator[Reply]] = []

    def answers(self) -> dict[str, Handler]:
        return {
            "SessionUpdate": self.update,
            "ConversationItemCreate": self.create_item,
            "ConversationItemDelete": self.delete_item,
            "InputAudioBufferCommit": self.commit,
            "ResponseCreate": self.respond,
            "AsideCreate": self.respond_aside,
            "ResponseCancel": self.cancel,
        }

    def event(self, name: str, /, **fields: Any) -> Reply:
        return name, {"event_id": f"event_{next(self._numbers)}", **fields}

    def update(self, call: Call, message: Message) -> Iterator[Reply]:
        yield self.event("SessionUpdated", session=message.body.session)

    def create_item(self, call: Call, message: Message) -> Iterator[Reply]:
        yield self.event("ConversationItemAdded", item=message.body.item)
        yield self.event("ConversationItemDone", item=message.body.item)

    def delete_item(self, call: Call, message: Message) -> Iterator[Reply]:
        yield self.event("ConversationItemDeleted", item_id=message.body.item_id)

    def commit(self, call: Call, message: Message) -> Iterator[Reply]:
        item = {"type": "message", "role": "user", "content": [{"type": "input_audio"}], "id": "i"}
        yield self.event("InputAudioBufferCommitted", item_id="i")
        yield self.event("ConversationItemAdded", item=item)
        yield self.event("ConversationItemDone", item=item)

    def respond(self, call: Call, message: Message) -> Iterator[Reply]:
        wanted = message.body.response
        response = f"resp_{next(self._numbers)}"
        if wanted and wanted.tools:
            yield from self.call_function(response)
        else:
            yield from self.speak(response, "conv_1", None)
        yield self.event("RateLimitsUpdated", rate_limits=[])

    def respond_aside(self, call: Call, message: Message) -> Iterator[Reply]:
        response = f"resp_{next(self._numbers)}"
        metadata = dict(message.body.response.metadata)
        self._waiting.append(self.speak(response, None, metadata))
        if len(self._waiting) == 2:
            for both in zip(*self._waiting, strict=True):
                yield from both
        yield self.event("RateLimitsUpdated", rate_limits=[])

    def speak(
        self, response: str, conversation: str | None, metadata: dict[str, str] | None
    ) -> Iterator[Reply]:
        """A response of one item with one part, which is the text."""
        about = {"id": response, "conversation_id": conversation, "metadata": metadata}
        item: dict[str, Any] = {"type": "message", "role": "assistant", "id": f"item_{response}"}
        of = {"response_id": response, "output_index": 0}
        part_of = {**of, "item_id": item["id"], "content_index": 0}
        begins = "ResponseCreated" if conversation else "AsideCreated"
        yield self.event(begins, response={**about, "status": "in_progress"})
        yield self.event("ResponseOutputItemAdded", item={**item, "content": []}, **of)
        part = {"type": "text", "text": ""}
        yield self.event("ResponseContentPartAdded", part=part, **part_of)
        for word in self._text.split():
            yield self.event("ResponseOutputTextDelta", delta=f"{word} ", **part_of)
        if self._endless and conversation:
            return
        yield self.event("ResponseOutputTextDone", text=self._text, **part_of)
        part = {"type": "text", "text": self._text}
        yield self.event("ResponseContentPartDone", part=part, **part_of)
        item["content"] = [{"type": "output_text", "text": self._text}]
        yield self.event("ResponseOutputItemDone", item=item, **of)
        done = {**about, "status": "completed", "output": [item]}
        yield self.event("ResponseDone", response=done)

    def call_function(self, response: str) -> Iterator[Reply]:
        """A response of one item, which is a call of the function ``now``."""
        about = {"id": response, "conversation_id": "conv_1"}
        item = {"type": "function_call", "name": "now", "call_id": "call_1", "id": "item_call"}
        of = {"response_id": response, "output_index": 0}
        call_of = {**of, "item_id": "item_call", "call_id": "call_1"}
        arguments = '{"zone": "UTC"}'
        yield self.event("ResponseCreated", response={**about, "status": "in_progress"})
        yield self.event("ResponseOutputItemAdded", item={**item, "arguments": ""}, **of)
        for piece in (arguments[:5], arguments[5:]):
            yield self.event("ResponseFunctionCallArgumentsDelta", delta=piece, **call_of)
        yield self.event(
            "ResponseFunctionCallArgumentsDone", name="now", arguments=arguments, **call_of
        )
        item["arguments"] = arguments
        yield self.event("ResponseOutputItemDone", item=item, **of)
        done = {**about, "status": "completed", "output": [item]}
        yield self.event("ResponseDone", response=done)

    def cancel(self, call: Call, message: Message) -> Iterator[Reply]:
        details = {"type": "cancelled", "reason": "client_cancelled"}
        about = {"id": message.body.response_id, "conversation_id": "conv_1", "output": []}
        response = {**about, "status": "cancelled", "status_details": details}
        yield self.event("ResponseDone", response=response)


def until(kind: str) -> Any:
    """Hear messages up to one of this kind; all of them."""
    heard: list[Any] = []
    while not heard or heard[-1].type != kind:
        heard.append((yield HEAR))
    return heard


TEXT_RESPONSE = [
    "response.created",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
    "rate_limits.updated",
]

QUESTION = {
    "type": "message",
    "role": "user",
    "content": [{"type": "input_text", "text": "What time is it?"}],
}


def served(model: Model) -> Service:
    return Service(openai().endpoint("Realtime"), model.answers())


def test_text_is_answered_with_text(converse: Converse) -> None:
    def talk() -> Talk:
        assert (yield HEAR).type == "session.created"
        session = {"type": "realtime", "output_modalities": ["text"], "instructions": "Be brief."}
        yield say("session.update", session=session)
        assert (yield HEAR).session.instructions == "Be brief."
        yield say("conversation.item.create", item=QUESTION)
        assert (yield HEAR).type == "conversation.item.added"
        assert (yield HEAR).item.content[0].text == "What time is it?"
        yield say("response.create")
        heard = yield from until("rate_limits.updated")
        assert [one.type for one in heard] == TEXT_RESPONSE
        assert heard[-2].response.output[0].content[0].text == "Hello there."
        yield say("conversation.item.delete", item_id="item_1")
        assert (yield HEAR).item_id == "item_1"

    with served(Model()) as service:
        converse(service, talk())
    (call,) = service.calls
    assert call.params["model"] == MODEL
    assert service.ids() == [
        *("SessionUpdate", "ConversationItemCreate", "ResponseCreate", "ConversationItemDelete")
    ]
    assert service.violations == []


def test_audio_is_appended_and_committed(converse: Converse) -> None:
    def talk() -> Talk:
        assert (yield HEAR).type == "session.created"
        for _ in range(3):
            yield say("input_audio_buffer.append", audio=base64.b64encode(b"\0\1" * 800).decode())
        yield say("input_audio_buffer.commit")
        assert (yield HEAR).item_id == "i"
        assert [(yield HEAR).type, (yield HEAR).type] == [
            "conversation.item.added",
            "conversation.item.done",
        ]

    with served(Model()) as service:
        converse(service, talk())
    assert service.ids() == ["InputAudioBufferAppend"] * 3 + ["InputAudioBufferCommit"]
    assert service.violations == []


def test_the_model_calls_a_function_and_hears_what_it_returned(converse: Converse) -> None:
    def talk() -> Talk:
        assert (yield HEAR).type == "session.created"
        tool = {"type": "function", "name": "now", "parameters": {"type": "object"}}
        yield say("response.create", response={"tools": [tool], "tool_choice": "auto"})
        heard = yield from until("rate_limits.updated")
        (call,) = heard[-2].response.output
        assert (call.type, call.name, call.arguments) == ("function_call", "now", '{"zone": "UTC"}')
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "Noon."}
        yield say("conversation.item.create", item=output)
        assert (yield HEAR).item.output == "Noon."
        assert (yield HEAR).type == "conversation.item.done"
        yield say("response.create")
        heard = yield from until("rate_limits.updated")
        assert [one.type for one in heard] == TEXT_RESPONSE

    with served(Model(text="At noon.")) as service:
        converse(service, talk())
    assert service.violations == []


def test_two_responses_beside_the_conversation_come_at_once(converse: Converse) -> None:
    def talk() -> Talk:
        assert (yield HEAR).type == "session.created"
        for topic in ("a", "b"):
            aside = {"conversation": "none", "metadata": {"topic": topic}, "input": [QUESTION]}
            yield say("response.create", response=aside)
        assert (yield HEAR).type == "rate_limits.updated"  # the first one waits for the second
        heard = yield from until("rate_limits.updated")
        created = {one.response.id for one in heard if one.type == "response.created"}
        done = {
            one.response.id: one.response.metadata for one in heard if one.type == "response.done"
        }
        assert set(done) == created
        assert [one["topic"] for one in done.values()] == ["a", "b"]
        deltas = [one.response_id for one in heard if one.type == "response.output_text.delta"]
        assert deltas == [*done, *done]  # in turn

    with served(Model()) as service:
        converse(service, talk())
    assert service.violations == []


def test_a_response_is_cancelled_while_it_is_spoken(converse: Converse) -> None:
    def talk() -> Talk:
        assert (yield HEAR).type == "session.created"
        yield say("response.create")
        heard = yield from until("rate_limits.updated")
        assert heard[-2].type == "response.output_text.delta"  # it is not over
        yield say("response.cancel", response_id=heard[0].response.id)
        done = yield HEAR
        assert (done.type, done.response.status) == ("response.done", "cancelled")
        assert done.response.id == heard[0].response.id

    with served(Model(endless=True)) as service:
        converse(service, talk())
    assert service.ids() == ["ResponseCreate", "ResponseCancel"]
    assert service.violations == []
