"""From every state that a conversation can reach, every message of either side.

Nothing is sampled here: the definitions are small enough to try everything.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schematic import BoundEndpoint, ConnectionLifecycle, OpeningStep, Side
from schematic.compile import CompiledEndpoint, Kind, State, compile_endpoint
from schematic.compile.paths import Path, explore
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.errors import LocalIllegalMessage, RemoteIllegalMessage
from schematic_engine.events import Message, Unknown, Violation
from schematic_engine.session import Session
from support.apis import LISTEN, SPEECH, TAGGED
from support.lifecycles import bound, message
from support.steps import body_of_kind, check_explanation, legal_names, looks_like, payload_of

ORDERLY = bound(
    ConnectionLifecycle(
        initialize=[
            OpeningStep(message("Created", Side.SERVER), gating=False),
            OpeningStep(message("Login", Side.CLIENT), message("Anonymous", Side.CLIENT)),
            OpeningStep(message("Refused", Side.SERVER, final=True), message("Hi", Side.SERVER)),
        ],
        streaming_messages=[
            message("Setup", Side.CLIENT, repeatable=False),
            message("Say", Side.CLIENT, after="Setup"),
            message("Note", None),
            message("Beat", Side.CLIENT, ambient=True, after_end=True),
        ],
        close=message("Bye", Side.CLIENT),
        server_messages=[
            message("Told", Side.SERVER, after="Say"),
            message("Note", None),
            message("Last", Side.SERVER, final=True, after="Bye"),
        ],
    )
)
"""Everything at once: greeting, choice, refusal, once-only, gates both ways, ambient, final."""


DEFINITIONS = {
    "elevenlabs": elevenlabs().endpoint("StreamTextToSpeech"),
    "untagged": SPEECH,
    "tagged": TAGGED,
    "words": LISTEN,
    "orderly": ORDERLY,
}


@pytest.fixture(params=DEFINITIONS.values(), ids=list(DEFINITIONS))
def endpoint(request: pytest.FixtureRequest) -> CompiledEndpoint:
    given: BoundEndpoint = request.param
    return compile_endpoint(given)


def names_of(endpoint: CompiledEndpoint) -> list[str]:
    return list(dict.fromkeys(kind.id for kind in endpoint.kinds))


def everywhere(endpoint: CompiledEndpoint) -> Iterator[tuple[State, Path]]:
    table = endpoint.table
    return explore(table, table.start, marks=-1)


def arrived(endpoint: CompiledEndpoint, path: Path) -> dict[Side, Session]:
    """Two sessions that have said to each other what ``path`` says."""
    sessions = {side: Session(endpoint, side) for side in Side}
    for side, name in path:
        event = sessions[side.other].receive(
            sessions[side].send(name, body_of_kind(endpoint, name))
        )
        assert isinstance(event, Message)
        assert event.id == name
    return sessions


def test_a_message_can_be_sent_exactly_where_the_table_says_so(endpoint: CompiledEndpoint) -> None:
    table = endpoint.table
    for state, path in everywhere(endpoint):
        sessions = arrived(endpoint, path)
        for side, session in sessions.items():
            assert session.machine.state == state
            assert set(session.allowed()) == legal_names(table, state, side)
            assert set(session.expected()) == legal_names(table, state, side.other)
            for name in names_of(endpoint):
                body = body_of_kind(endpoint, name)
                if table.legal(state, side, name) is not None:
                    assert arrived(endpoint, (*path, (side, name)))
                    continue
                with pytest.raises(LocalIllegalMessage) as refused:
                    session.send(name, body)
                assert (refused.value.side, refused.value.message) == (side, name)
                check_explanation(table, state, refused.value)
                assert session.machine.state == state


def test_a_typed_body_is_refused_like_its_name(endpoint: CompiledEndpoint) -> None:
    table = endpoint.table
    for state, path in everywhere(endpoint):
        for side, session in arrived(endpoint, path).items():
            own = [kind for kind in endpoint.kinds if kind.side is side]
            for kind in own:
                body = body_of_kind(endpoint, kind.id)
                alike = [other.id for other in own if other.message.schema == kind.message.schema]
                if isinstance(body, str | bytes) or legal_names(table, state, side) & set(alike):
                    continue
                with pytest.raises(LocalIllegalMessage) as refused:
                    session.send(body)
                check_explanation(table, state, refused.value)
                assert session.machine.state == state


def test_a_message_is_accepted_exactly_where_it_may_be_one_that_is_legal(
    endpoint: CompiledEndpoint,
) -> None:
    table = endpoint.table
    for state, path in everywhere(endpoint):
        for sender in Side:
            for name in names_of(endpoint):
                payload = payload_of(endpoint, name)
                kinds = looks_like(endpoint, sender, payload)
                legal = [k.id for k in kinds if table.legal(state, sender, k.id) is not None]
                receiver = arrived(endpoint, path)[sender.other]
                event = receiver.receive(payload)
                if legal:
                    move = table.legal(state, sender, legal[0])
                    assert move is not None
                    assert isinstance(event, Message)
                    assert event.id == legal[0]
                    assert receiver.machine.state == table.after(state, sender, move)
                    continue
                assert receiver.machine.state == state
                meant = kinds or looks_like(endpoint, sender.other, payload)
                if not kinds and meant[0].shape.specificity <= (0, 0):
                    assert isinstance(event, Unknown)  # any text, any bytes: it claims nothing
                    continue
                assert isinstance(event, Violation)
                assert isinstance(event.error, RemoteIllegalMessage)
                assert event.payload == payload
                assert event.error.side is sender
                assert event.error.message in most_specific(meant)
                check_explanation(table, state, event.error)


def most_specific(kinds: list[Kind]) -> set[str]:
    return {kind.id for kind in kinds if kind.shape.specificity == kinds[0].shape.specificity}


def test_there_is_something_to_try(endpoint: CompiledEndpoint) -> None:
    states = [state for state, _ in everywhere(endpoint)]
    assert len(states) == len(set(states)) >= 2
