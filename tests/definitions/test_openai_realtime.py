"""OpenAI's realtime API: how a conversation goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from wsproto.events import TextMessage

from schematic import AuthKind, Breach, Side
from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
from schematic_definitions.openai import openai
from schematic_definitions.openai.audio import AudioInput, ServerVad, Transcription
from schematic_definitions.openai.client_messages import (
    AsideCreate,
    ConversationItemCreate,
    ConversationItemDelete,
    ConversationItemRetrieve,
    ConversationItemTruncate,
    InputAudioBufferAppend,
    InputAudioBufferClear,
    InputAudioBufferCommit,
    ResponseCancel,
    ResponseCreate,
    SessionUpdate,
)
from schematic_definitions.openai.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputText,
    Item,
    Message,
    OutputText,
)
from schematic_definitions.openai.responses import (
    AsideOptions,
    AsideResponse,
    ConversationResponse,
    Response,
    ResponseOptions,
    ResponseStatus,
    ResponseUsage,
    UnmarkedAsideResponse,
)
from schematic_definitions.openai.server_messages import (
    AsideCreated,
    BilledDuration,
    ConversationItemAdded,
    ConversationItemDeleted,
    ConversationItemDone,
    ConversationItemRetrieved,
    ConversationItemTruncated,
    Error,
    ErrorDetails,
    InputAudioBufferCleared,
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    RateLimit,
    RateLimitsUpdated,
    ResponseContentPartAdded,
    ResponseContentPartDone,
    ResponseCreated,
    ResponseDone,
    ResponseFunctionCallArgumentsDelta,
    ResponseFunctionCallArgumentsDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseOutputTextDone,
    SessionCreated,
    SessionUpdated,
    TextPart,
    TranscriptionCompleted,
    TranscriptionDelta,
    UnmarkedAsideCreated,
)
from schematic_definitions.openai.session import (
    RealtimeAudio,
    RealtimeSession,
    TranscriptionAudio,
    TranscriptionSession,
)
from schematic_engine.address import header_params, target_for
from schematic_engine.credentials import Credentials, credentials_for
from schematic_engine.errors import IllegalMessage, InvalidParameter, LocalInvalidMessage
from schematic_engine.events import Message as Heard
from schematic_engine.events import Violation
from schematic_engine.mock import MockServer
from support.conversation import Line, client, play, server, stands
from support.loops import on_a_strict_loop
from support.raw_peer import raw_client
from support.recordings import found, judged, opened
from support.recordings import said as trace_line

ENDPOINT = openai().endpoint()

SESSION = RealtimeSession(model="gpt-realtime", output_modalities=("text",))
GREETING = SessionCreated(event_id="e", session=SESSION)
LIMITS = RateLimitsUpdated(
    event_id="e", rate_limits=(RateLimit(name="tokens", limit=1000, remaining=990),)
)


def text_item(item_id: str, *text: str) -> Message:
    return Message(id=item_id, role="assistant", content=tuple(OutputText(t) for t in text))


def user_item(item_id: str) -> Message:
    return Message(id=item_id, role="user", content=(InputText("hi"),))


def created(response_id: str) -> ResponseCreated:
    response = ConversationResponse(id=response_id, status="in_progress", conversation_id="conv")
    return ResponseCreated(event_id="e", response=response)


def aside_created(response_id: str) -> AsideCreated:
    response = AsideResponse(id=response_id, status="in_progress", conversation_id=None)
    return AsideCreated(event_id="e", response=response)


def refusal(event_id: str | None, code: str = "conversation_already_has_active_response") -> Error:
    details = ErrorDetails(type="invalid_request_error", code=code, message="no", event_id=event_id)
    return Error(event_id="e", error=details)


def done(response_id: str, status: str = "completed") -> ResponseDone:
    response = Response(
        id=response_id,
        status=status,
        status_details=ResponseStatus(type=status),
        usage=ResponseUsage(total_tokens=5, input_tokens=3, output_tokens=2),
    )
    return ResponseDone(event_id="e", response=response)


def item_added(response_id: str, item: Item) -> ResponseOutputItemAdded:
    return ResponseOutputItemAdded(event_id="e", response_id=response_id, output_index=0, item=item)


def item_done(response_id: str, item: Item) -> ResponseOutputItemDone:
    return ResponseOutputItemDone(event_id="e", response_id=response_id, output_index=0, item=item)


def delta(response_id: str, item_id: str, text: str) -> ResponseOutputTextDelta:
    return ResponseOutputTextDelta(
        event_id="e",
        response_id=response_id,
        item_id=item_id,
        output_index=0,
        content_index=0,
        delta=text,
    )


def spoken(response_id: str, item_id: str, text: str) -> Iterator[Line]:
    """A response of one item of one text, all but its beginning and its end."""
    place: dict[str, Any] = {"event_id": "e", "response_id": response_id, "item_id": item_id}
    place.update(output_index=0, content_index=0)
    yield server.says(item_added(response_id, text_item(item_id)))
    yield server.says(ResponseContentPartAdded(**place, part=TextPart("")))
    for word in text.split():
        yield server.says(delta(response_id, item_id, word))
    yield server.says(ResponseOutputTextDone(**place, text=text))
    yield server.says(ResponseContentPartDone(**place, part=TextPart(text)))
    yield server.says(item_done(response_id, text_item(item_id, text)))


def test_what_is_found_is_how_the_api_is() -> None:
    # Both sides may begin a response; aside, and in a response, there may be any number.
    found = {finding.rule for finding in verify(compile_endpoint(ENDPOINT))}
    assert found == {"mixed-choice", "unbounded-channels"}


def test_the_user_writes_and_the_model_answers() -> None:
    play(
        ENDPOINT,
        server.says(GREETING),
        client.says(ConversationItemCreate(item=user_item("i1"))),
        server.says(ConversationItemAdded(event_id="e", item=user_item("i1"))),
        server.says(ConversationItemDone(event_id="e", item=user_item("i1"))),
        client.says(ResponseCreate(response=ResponseOptions(output_modalities=("text",)))),
        server.says(LIMITS),
        server.says(created("r1")),
        *spoken("r1", "i2", "Hello world"),
        server.says(done("r1")),
        stands(Phase.STREAMING),
    )


def test_the_greeting_is_the_first_word_and_holds_nobody_back() -> None:
    update = SessionUpdate(session=SESSION)
    play(
        ENDPOINT,
        client.says(update),
        server.cannot(SessionUpdated(event_id="e", session=SESSION), because="SessionCreated"),
        server.says(Error(event_id="e", error=ErrorDetails(type="t", message="m"))),
        server.says(LIMITS),
        server.says(GREETING),
        server.cannot(GREETING, because="SessionCreated"),
        server.says(SessionUpdated(event_id="e", session=SESSION)),
    )


def test_what_only_answers_is_not_said_unasked() -> None:
    play(
        ENDPOINT,
        server.says(GREETING),
        server.cannot(SessionUpdated(event_id="e", session=SESSION), because="SessionUpdate"),
        server.cannot(ConversationItemDeleted(event_id="e", item_id="i"), because="ItemDelete"),
        server.cannot(
            ConversationItemRetrieved(event_id="e", item=user_item("i")), because="ItemRetrieve"
        ),
        server.cannot(InputAudioBufferCleared(event_id="e"), because="BufferClear"),
        client.says(ConversationItemRetrieve(item_id="i")),
        server.says(ConversationItemRetrieved(event_id="e", item=user_item("i"))),
        client.says(ConversationItemDelete(item_id="i")),
        server.says(ConversationItemDeleted(event_id="e", item_id="i")),
        client.says(InputAudioBufferClear()),
        server.says(InputAudioBufferCleared(event_id="e")),
    )


def test_the_server_hears_a_turn_and_answers_it_by_itself() -> None:
    heard = AudioInput(turn_detection=ServerVad(), transcription=Transcription(model="whisper-1"))
    session = RealtimeSession(audio=RealtimeAudio(input=heard))
    turn = Message(id="i1", role="user", content=(InputAudio(transcript=None),))
    play(
        ENDPOINT,
        server.says(GREETING),
        client.says(SessionUpdate(session=session)),
        server.says(SessionUpdated(event_id="e", session=session)),
        client.says(InputAudioBufferAppend(audio="AAEA")),
        client.says(InputAudioBufferAppend(audio="AAEA")),
        server.says(InputAudioBufferSpeechStarted(event_id="e", item_id="i1", audio_start_ms=100)),
        server.says(InputAudioBufferSpeechStopped(event_id="e", item_id="i1", audio_end_ms=900)),
        server.says(InputAudioBufferCommitted(event_id="e", item_id="i1", previous_item_id=None)),
        server.says(ConversationItemAdded(event_id="e", item=turn, previous_item_id=None)),
        server.says(ConversationItemDone(event_id="e", item=turn, previous_item_id=None)),
        server.says(created("r1")),
        server.says(TranscriptionDelta(event_id="e", item_id="i1", content_index=0, delta="he")),
        server.says(item_added("r1", text_item("i2"))),
        server.says(
            TranscriptionCompleted(
                event_id="e",
                item_id="i1",
                content_index=0,
                transcript="hello",
                usage=BilledDuration(1),
            )
        ),
        server.says(item_done("r1", text_item("i2"))),
        server.says(done("r1")),
        client.says(ConversationItemTruncate(item_id="i2", content_index=0, audio_end_ms=10)),
        server.says(
            ConversationItemTruncated(event_id="e", item_id="i2", content_index=0, audio_end_ms=10)
        ),
    )


def test_the_model_calls_a_function() -> None:
    call = FunctionCall(id="i1", name="add", call_id="c1", arguments="")
    place = {"event_id": "e", "response_id": "r1", "item_id": "i1", "call_id": "c1"}
    play(
        ENDPOINT,
        server.says(GREETING),
        client.says(ResponseCreate()),
        server.says(created("r1")),
        server.says(item_added("r1", call)),
        server.says(ResponseFunctionCallArgumentsDelta(**place, output_index=0, delta='{"a":1}')),
        server.says(
            ResponseFunctionCallArgumentsDone(
                **place, output_index=0, name="add", arguments='{"a":1}'
            )
        ),
        server.says(item_done("r1", call)),
        server.says(done("r1")),
        client.says(ConversationItemCreate(item=FunctionCallOutput(call_id="c1", output="2"))),
        client.says(ResponseCreate()),
        server.says(created("r2")),
        server.says(done("r2")),
    )


ASIDE = AsideCreate(response=AsideOptions(metadata={"for": "a title"}))
RUNNING = "1 of at most 1 Response channels are open already"


def test_one_response_of_the_conversation_runs_at_a_time() -> None:
    play(
        ENDPOINT,
        server.says(GREETING),
        client.says(ResponseCreate()),
        client.refrains(ResponseCreate(), because=RUNNING),
        server.says(created("r1")),
        client.refrains(ResponseCreate(), because=RUNNING),
        server.cannot(created("r2"), because="1 of at most 1 Response channels are being answered"),
        server.says(done("r1")),
        client.says(ResponseCreate()),
        server.says(created("r2")),
    )


def test_any_number_of_responses_run_aside_and_interleave() -> None:
    play(
        ENDPOINT,
        server.says(GREETING),
        client.says(ResponseCreate()),
        server.says(created("r1")),
        client.says(ASIDE),
        client.says(ASIDE),
        client.says(ASIDE),
        server.says(aside_created("a1")),
        server.says(item_added("a1", text_item("i1"))),
        server.says(aside_created("a2")),
        server.says(item_added("a2", text_item("i2"))),
        *spoken("r1", "i3", "Hello world"),
        server.says(done("a2")),
        server.says(done("r1")),
        client.says(ResponseCreate()),
        server.says(aside_created("a3")),
        server.says(item_done("a1", text_item("i1"))),
        server.says(done("a1")),
        server.says(created("r2")),
        server.says(done("a3")),
        server.says(done("r2")),
    )


def encoded(body: object) -> str:
    return msgspec.json.encode(body).decode()


def begun(response_id: str, **said: Any) -> str:
    """A ``response.created`` as it is on the wire, with nothing in it but an id and ``said``."""
    response = {"id": response_id, **said}
    return json.dumps({"type": "response.created", "event_id": "e", "response": response})


@pytest.mark.parametrize(
    ("aside_waits", "running", "expected"),
    [
        (False, False, "ResponseCreated"),
        (True, False, "ResponseCreated"),
        (True, True, "UnmarkedAsideCreated"),
    ],
)
def test_the_moment_tells_which_response_begins_where_nothing_in_it_does(
    aside_waits: bool, running: bool, expected: str
) -> None:
    ends = play(ENDPOINT, server.says(GREETING))
    asked = [one for one, is_so in ((ResponseCreate(), running), (ASIDE, aside_waits)) if is_so]
    answers = [*([begun("r1")] if running else []), begun("a1"), encoded(done("a1"))]
    sent = [ends.client.send(one) for one in asked]
    heard = [ends.client.receive(one) for one in answers]
    assert all(isinstance(event, Heard) for event in heard), heard
    begins = heard[-2]
    assert isinstance(begins, Heard)
    assert (begins.id, begins.key) == (expected, "a1")
    lines = [opened(), trace_line(Side.SERVER, encoded(GREETING))]
    lines += [trace_line(Side.CLIENT, one) for one in sent]
    lines += [trace_line(Side.SERVER, one) for one in answers]
    assert found(judged(ENDPOINT, lines)) == []


def test_what_nobody_asked_for_is_no_response_aside_because_it_does_not_say_so() -> None:
    ends = play(ENDPOINT, server.says(GREETING), client.says(ResponseCreate()))
    assert isinstance(ends.client.receive(begun("r1", conversation_id="c")), Heard)
    for wrong in (begun("r2"), begun("r2", conversation_id="c")):
        event = ends.client.receive(wrong)
        assert isinstance(event, Violation)
        assert "1 of at most 1 Response channels are being answered" in str(event.error)
    ends.client.send(ASIDE)
    assert isinstance(ends.client.receive(begun("r2", conversation_id="c")), Violation)
    assert isinstance(ends.client.receive(begun("a1", conversation_id=None)), Heard)


def test_who_begins_a_response_aside_marks_it_where_it_would_be_taken_for_another() -> None:
    ends = play(ENDPOINT, server.says(GREETING), client.says(ASIDE))
    unmarked = UnmarkedAsideCreated(event_id="e", response=UnmarkedAsideResponse(id="a1"))
    with pytest.raises(LocalInvalidMessage, match="would read this body as ResponseCreated"):
        ends.server.send(unmarked)
    for line in (
        client.says(ResponseCreate()),
        server.says(created("r1")),
        server.says(unmarked),
        server.says(done("a1")),
        server.says(done("r1")),
    ):
        line(ends)


def test_the_server_begins_nothing_aside_by_itself() -> None:
    ends = play(ENDPOINT, server.says(GREETING), server.says(created("r1")))
    with pytest.raises(IllegalMessage, match="no AsideCreate waits for an answer"):
        ends.server.send(aside_created("a1"))
    event = ends.client.receive(msgspec.json.encode(aside_created("a1")))
    assert isinstance(event, Violation)


def test_the_server_begins_a_response_while_the_client_asks_for_one() -> None:
    ends = play(ENDPOINT, server.says(GREETING))
    begun = ends.server.send(created("r1"))
    asked = ends.client.send(ResponseCreate(event_id="mine"))
    assert isinstance(ends.server.receive(asked), Heard)  # nobody is to blame: they crossed
    assert isinstance(ends.client.receive(begun), Heard)
    assert isinstance(ends.client.receive(ends.server.send(refusal("mine"))), Heard)
    for line in (
        *spoken("r1", "i1", "Hello"),
        client.refrains(ResponseCreate(), because=RUNNING),
        server.says(done("r1")),
        client.says(ResponseCreate()),
        server.says(created("r2")),
    ):
        line(ends)


def test_an_error_refuses_the_response_that_it_names() -> None:
    play(
        ENDPOINT,
        server.says(GREETING),
        client.says(ResponseCreate(event_id="mine")),
        server.says(refusal("another", "item_not_found")),
        client.refrains(ResponseCreate(), because=RUNNING),
        server.says(refusal("mine")),
        client.says(ResponseCreate()),
        server.says(created("r1")),
    )


def test_a_response_that_is_cancelled_is_done_all_the_same() -> None:
    play(
        ENDPOINT,
        server.says(GREETING),
        client.says(ResponseCreate()),
        server.says(created("r1")),
        server.says(item_added("r1", text_item("i1"))),
        client.says(ResponseCancel(response_id="r1")),
        server.says(item_done("r1", text_item("i1"))),
        server.says(done("r1", "cancelled")),
        client.says(ResponseCancel(event_id="mine")),
        server.says(refusal("mine", "response_cancel_not_active")),
    )


def test_nothing_is_said_of_a_response_that_is_not_there() -> None:
    play(
        ENDPOINT,
        server.says(GREETING),
        server.cannot(item_added("r0", text_item("i")), because="'r0'"),
        server.cannot(done("r0"), because="'r0'"),
        client.says(ResponseCreate()),
        server.says(created("r1")),
        server.cannot(created("r1"), because="'r1'"),
        server.says(done("r1")),
        server.cannot(item_added("r1", text_item("i")), because="'r1'"),
        server.cannot(done("r1"), because="'r1'"),
    )


def test_an_item_is_added_then_filled_and_then_done() -> None:
    part = ResponseContentPartAdded(
        event_id="e",
        response_id="r1",
        item_id="i1",
        output_index=0,
        content_index=0,
        part=TextPart(""),
    )
    play(
        ENDPOINT,
        server.says(GREETING),
        client.says(ResponseCreate()),
        server.says(created("r1")),
        server.cannot(part, because="ResponseOutputItemAdded"),
        server.says(item_added("r1", text_item("i1"))),
        server.cannot(delta("r1", "i1", "Hello"), because="ResponseContentPartAdded"),
        server.says(part),
        server.says(delta("r1", "i1", "Hello")),
        server.cannot(delta("r1", "i2", "Hello"), because="i2"),
        server.says(item_done("r1", text_item("i1", "Hello"))),
        server.cannot(delta("r1", "i1", "world"), because="i1"),
        server.cannot(item_done("r1", text_item("i1")), because="i1"),
        server.says(done("r1")),
    )


def test_messages_say_of_which_response_and_item_they_are() -> None:
    ends = play(
        ENDPOINT, server.says(GREETING), client.says(ResponseCreate()), server.says(created("r1"))
    )
    for said, key in (
        (item_added("r1", text_item("i1")), ("r1", "i1")),
        (item_done("r1", text_item("i1")), ("r1", "i1")),
        (done("r1"), "r1"),
    ):
        event = ends.client.receive(ends.server.send(said))
        assert isinstance(event, Heard)
        assert event.key == key


def test_a_transcription_answers_nothing() -> None:
    heard = AudioInput(transcription=Transcription(model="whisper-1"), turn_detection=None)
    session = TranscriptionSession(audio=TranscriptionAudio(heard))
    play(
        ENDPOINT,
        server.says(SessionCreated(event_id="e", session=session)),
        client.says(InputAudioBufferAppend(audio="AAEA")),
        client.says(InputAudioBufferCommit()),
        server.says(InputAudioBufferCommitted(event_id="e", item_id="i1")),
        server.says(
            TranscriptionCompleted(
                event_id="e",
                item_id="i1",
                content_index=0,
                transcript="hello",
                usage=BilledDuration(1),
            )
        ),
    )


def test_where_it_is_and_for_whom() -> None:
    asked = {"intent": "transcription", "OpenAI-Safety-Identifier": "u-1"}
    assert target_for(ENDPOINT, asked) == "/v1/realtime?intent=transcription"
    assert header_params(ENDPOINT, asked) == (("OpenAI-Safety-Identifier", "u-1"),)
    with pytest.raises(InvalidParameter, match="model, or call_id, or intent"):
        target_for(ENDPOINT)
    with pytest.raises(InvalidParameter, match="model and call_id exclude each other"):
        target_for(ENDPOINT, {"model": "m", "call_id": "c"})


def test_a_key_goes_in_the_header_or_where_a_browser_can_put_it() -> None:
    carried = credentials_for(openai(), Credentials("sk"))
    assert carried.headers == (("Authorization", "Bearer sk"),)
    carried = credentials_for(openai(), Credentials("sk", via=AuthKind.SUBPROTOCOL))
    assert carried.headers == ()
    assert carried.subprotocols == ("realtime", "openai-insecure-api-key.sk")


@on_a_strict_loop
@pytest.mark.parametrize(
    ("wrong", "breach", "about"),
    [
        ('{"type": "session.upgrade"}', Breach.UNKNOWN, "There is no such event."),
        ('{"type": "conversation.item.delete"}', Breach.INVALID, "The event is malformed."),
        ("no JSON", Breach.INVALID, "The event is malformed."),
    ],
)
async def test_the_mock_tells_what_is_wrong_and_the_session_goes_on(
    wrong: str, breach: Breach, about: str
) -> None:
    async with (
        MockServer(openai()) as server,
        raw_client(server.port, "/v1/realtime?model=m") as service,
    ):
        await service.next()
        assert json.loads(await service.next_text())["type"] == "session.created"
        service.put(TextMessage(wrong))
        told = json.loads(await service.next_text())
        assert (told["type"], told["error"]["message"]) == ("error", about)
        service.put_json({"type": "input_audio_buffer.clear"})
        assert json.loads(await service.next_text())["type"] == "input_audio_buffer.cleared"
    assert [violation.breach for violation in server.violations] == [breach]
