"""Who says what, and where: the operations of AsyncAPI 2 and 3 in one form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from schematic.define import DefinitionError, Side
from schematic.interchange.reader.nodes import Node
from schematic.interchange.reader.traits import with_traits

__all__ = [
    "MOST_MESSAGES",
    "Conversation",
    "MeaningNeeded",
    "PublishMeans",
    "Reply",
    "Said",
    "conversations",
    "is_version_2",
]

MOST_MESSAGES = 1000
"""How many messages one connection may have."""

_MOST_NAMED = 3

PublishMeans: TypeAlias = Literal["client-sends", "server-sends"]
"""What ``publish`` means in a document of AsyncAPI 2."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that one side sends.

    Attributes:
        message: the message, traits merged in.
        key: what the document calls it: the key under which it is described.
        sender: the side.
    """

    message: Node
    key: str
    sender: Side


@dataclass(frozen=True, slots=True)
class Reply:
    """An operation that is answered.

    Attributes:
        operation: what the document calls the operation.
        asked: the places of the messages that ask.
        answers: the places of the messages that may answer.
    """

    operation: str
    asked: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(slots=True)
class Conversation:
    """All that is said at one address, which is one connection.

    Attributes:
        address: the address, as the document writes it.
        channels: the channels of the document that have this address, with their keys.
        said: who says what there, in order of appearance.
        replies: which operations are answered.
        operations: the operations, traits merged in.
        known: the places of messages with their senders, as they are in ``said``.
    """

    address: str
    channels: list[Node] = field(default_factory=list[Node])
    said: list[Said] = field(default_factory=list[Said])
    replies: list[Reply] = field(default_factory=list[Reply])
    operations: list[Node] = field(default_factory=list[Node])
    known: set[tuple[str, Side]] = field(default_factory=set[tuple[str, Side]])

    def say(self, messages: Sequence[tuple[str, Node]], sender: Side) -> None:
        """Enter messages of ``sender``, each once."""
        for key, message in messages:
            if (message.place, sender) not in self.known:
                self.known.add((message.place, sender))
                self.said.append(Said(message, key, sender))
        if len(self.said) > MOST_MESSAGES:
            raise DefinitionError(f"{self.address} has more than {MOST_MESSAGES} messages")


class MeaningNeeded(DefinitionError):
    """A document of AsyncAPI 2 does not say who sends what, and nobody else has said it."""


def conversations(
    root: Node, *, publish_means: PublishMeans | None, application: Side, known: str = ""
) -> list[Conversation]:
    """The conversations of a document, by address, in order of appearance.

    Args:
        root: the document.
        publish_means: for AsyncAPI 2, who sends what is under ``publish``.
        application: for AsyncAPI 3, the side that the document describes, which ``send`` and
            ``receive`` are about.
        known: a key of channels whose conversations are described otherwise, and left out.

    Raises:
        MeaningNeeded: the document needs ``publish_means`` and does not get it.
        DefinitionError: the document is wrong.
    """
    if is_version_2(root):
        found = _Version2(publish_means, known).read(root)
    else:
        found = _Version3(application, known).read(root)
    return list(found.values())


def is_version_2(root: Node) -> bool:
    """Whether a document is one of AsyncAPI 2, whose operations stand in the channels."""
    return (root.text_of("asyncapi") or "").startswith("2.")


class _Version2:
    """AsyncAPI 2: channels are called by their addresses, and hold their operations."""

    def __init__(self, publish_means: PublishMeans | None, known: str) -> None:
        self._means, self._known = publish_means, known

    def read(self, root: Node) -> dict[str, Conversation]:
        found: dict[str, Conversation] = {}
        channels = root.get("channels")
        for address, channel in channels.items() if channels else ():
            if self._known in channel.mapping():
                continue
            found[address] = conversation = Conversation(address, [channel])
            for verb in ("publish", "subscribe"):
                operation = channel.get(verb)
                if operation is not None:
                    if self._means is None:
                        raise MeaningNeeded(_both_meanings(channel), place=(channel.place,))
                    operation = with_traits(operation, traits_win=True)
                    conversation.operations.append(operation)
                    conversation.say(list(_messages_2(operation, address)), self._sender(verb))
        return found

    def _sender(self, verb: str) -> Side:
        client = (verb == "publish") is (self._means == "client-sends")
        return Side.CLIENT if client else Side.SERVER


def _messages_2(operation: Node, address: str) -> Iterator[tuple[str, Node]]:
    """The messages of an operation of AsyncAPI 2: one, or one of several."""
    message = operation.raw("message")
    if message is None:
        return
    choices = message.resolved().get("oneOf")
    for one in [message] if choices is None else choices.each_raw():
        target = one.resolved()
        inline = operation.text_of("operationId") or address
        key = inline if one.reference() is None else target.name
        yield key, with_traits(target, traits_win=True)


def _both_meanings(channel: Node) -> str:
    said = {
        verb: ", ".join(_names_2(operation, channel.name)) or "nothing"
        for verb in ("publish", "subscribe")
        if (operation := channel.get(verb)) is not None
    }
    listed = "; ".join(f"{verb}: {names}" for verb, names in said.items())
    return (
        "documents of AsyncAPI 2 use publish in two ways. By the specification the described "
        "server takes what is published, so publish is what the client sends and subscribe what "
        "the server sends; others mean what the server publishes, which is the reverse. Say which "
        f"is meant here ({listed})"
    )


def _names_2(operation: Node, address: str) -> Iterator[str]:
    for number, (key, message) in enumerate(_messages_2(operation, address)):
        if number == _MOST_NAMED:
            yield "..."
            return
        yield message.first_text_of("name") or key


class _Version3:
    """AsyncAPI 3: operations stand apart, and refer to channels and to messages of these."""

    def __init__(self, application: Side, known: str) -> None:
        self._application, self._known = application, known
        self._found: dict[str, Conversation] = {}

    def read(self, root: Node) -> dict[str, Conversation]:
        channels = root.get("channels")
        for _, channel in channels.items() if channels else ():
            if self._known not in channel.mapping():
                self._conversation(channel)
        operations = root.get("operations")
        for name, operation in operations.items() if operations else ():
            self._operation(name, with_traits(operation, traits_win=False))
        return self._found

    def _conversation(self, channel: Node) -> Conversation | None:
        address = channel.text_of("address")
        if address is None:
            return None
        found = self._found.setdefault(address, Conversation(address))
        if channel.place not in [one.place for one in found.channels]:
            found.channels.append(channel)
        return found

    def _operation(self, name: str, operation: Node) -> None:
        channel = operation.get("channel")
        if channel is None:
            raise operation.refusal("it says no channel")
        if self._known in channel.mapping():
            return
        conversation = self._conversation(channel)
        if conversation is None:
            raise channel.refusal("it has no address, so nobody can connect to it; add one")
        conversation.operations.append(operation)
        asked = list(_messages_3(operation, channel))
        sender = self._sender(operation)
        conversation.say(asked, sender)
        reply = operation.get("reply")
        if reply is not None:
            where = reply.get("channel") or channel
            answers = list(_messages_3(reply, where))
            (self._conversation(where) or conversation).say(answers, sender.other)
            places = [tuple(one.place for _, one in some) for some in (asked, answers)]
            conversation.replies.append(Reply(name, places[0], places[1]))

    def _sender(self, operation: Node) -> Side:
        action = operation.text_of("action")
        if action not in ("send", "receive"):
            raise operation.refusal("its action is neither send nor receive")
        return self._application if action == "send" else self._application.other


def _messages_3(operation: Node, channel: Node) -> Iterator[tuple[str, Node]]:
    """The messages of an operation or a reply: those that it lists, or all of its channel."""
    listed = operation.get("messages")
    if listed is None:
        messages = channel.get("messages")
        for key, message in messages.items() if messages else ():
            yield key, with_traits(message, traits_win=False)
        return
    for one in listed.each_raw():
        target = one.target() or one
        yield target.name, with_traits(target.resolved(), traits_win=False)
