"""The lifecycle of a conversation: what the document knows of the order, and what is to be chosen.

AsyncAPI has no words for an order, so all messages may be said at any time, and remarks say where
to write down what is known better.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schematic.define import ConnectionLifecycle, MessageDirection, MessageSchema, Side
from schematic.generate.names import Names
from schematic.interchange.definition_source import Path
from schematic.interchange.reader.bodies import Bodies
from schematic.interchange.reader.nodes import Node
from schematic.interchange.reader.operations import Conversation, Said
from schematic.interchange.reader.words import sentence

__all__ = ["Order", "order_to_choose"]

_DIRECTIONS = {
    Side.CLIENT: MessageDirection.CLIENT_TO_SERVER,
    Side.SERVER: MessageDirection.SERVER_TO_CLIENT,
}
_INITIALIZE = (
    "choose: initialize=, what has to be said first: a message, or a list of steps. It moves "
    "there from the lists below. As long as there is nothing, no order is kept."
)
_STREAMING = (
    "choose: of each message, repeatable=False if it is said once, final=True if its sender says "
    "nothing after it, ambient=True if it may come at any moment (errors, keep-alives), and "
    "after= what it has to wait for."
)
_CLOSE = "choose: close=, the message with which the client says that it has finished."


@dataclass(frozen=True, slots=True)
class Order:
    """A lifecycle, and remarks on it by their place in it."""

    lifecycle: ConnectionLifecycle
    notes: dict[Path, list[str]]


def order_to_choose(conversation: Conversation, bodies: Bodies) -> Order:
    """A lifecycle in which everything may be said at any time, with remarks on what to choose.

    Args:
        conversation: who says what.
        bodies: the bodies of the document, in which those of the messages are entered.

    Raises:
        DefinitionError: a message cannot be read.
    """
    names = Names()
    notes: dict[Path, list[str]] = {
        ("initialize",): [_INITIALIZE],
        ("streaming_messages",): [_STREAMING],
        ("close",): [_CLOSE],
    }
    ids: dict[str, str] = {}
    client: list[MessageSchema] = []
    server: list[MessageSchema] = []
    for said, direction in _once(conversation.said):
        message_id = names.new_class(_name(said))
        ids[said.message.place] = message_id
        schema, remarks = bodies.schema(said.message, message_id)
        ours = direction is not MessageDirection.SERVER_TO_CLIENT
        listed, attribute = (client, "streaming_messages") if ours else (server, "server_messages")
        if remarks:
            notes[attribute, len(listed)] = remarks
        listed.append(
            MessageSchema(
                id=message_id,
                description=sentence(said.message.first_text_of("summary", "description")),
                direction=direction,
                schema=schema,
            )
        )
    if requests := list(_requests(conversation, ids)):
        notes["channels",] = requests
    return Order(ConnectionLifecycle(streaming_messages=client, server_messages=server), notes)


def _once(said: Iterable[Said]) -> Iterator[tuple[Said, MessageDirection]]:
    """Each message once, with its direction, which is both where both sides say it."""
    senders: dict[str, list[Said]] = {}
    for one in said:
        senders.setdefault(one.message.place, []).append(one)
    for first, *others in senders.values():
        yield first, MessageDirection.BIDIRECTIONAL if others else _DIRECTIONS[first.sender]


def _name(said: Said) -> str:
    return said.message.first_text_of("name") or said.key


def _requests(conversation: Conversation, ids: dict[str, str]) -> Iterator[str]:
    """Hints that some messages ask and others answer."""
    for reply in conversation.replies:
        asked = " or ".join(ids[place] for place in reply.asked if place in ids)
        answers = " or ".join(ids[place] for place in reply.answers if place in ids)
        if asked and answers:
            yield (
                f"choose: channels=, if {answers} answers {asked} (operation {reply.operation}): "
                "see Channel.request"
            )
    for where, names in _correlated(conversation, ids).items():
        yield f"choose: key=, of such channels: the correlation id of {', '.join(names)} is {where}"


def _correlated(conversation: Conversation, ids: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for said in conversation.said:
        place = _location(said.message)
        name = ids[said.message.place]
        if place and name not in found.setdefault(place, []):
            found[place].append(name)
    return found


def _location(message: Node) -> str:
    """Where a message has its correlation id: a runtime expression of AsyncAPI."""
    correlation = message.get("correlationId")
    return "" if correlation is None else correlation.first_text_of("location")
