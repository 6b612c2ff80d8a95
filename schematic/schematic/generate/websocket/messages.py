"""The classes of the messages, and the union of what the server says."""

from __future__ import annotations

from schematic.define import BodyKind
from schematic.generate.literals import docstring, literal
from schematic.generate.websocket.plan import Spoken
from schematic.generate.websocket.source import Source

__all__ = ["client_message", "declare_messages", "server_message", "wrappers"]


def declare_messages(source: Source) -> None:
    """Declare a class for each message; `Source.types` holds the text.

    Raises:
        DefinitionError: a body type cannot be written as source.
    """
    keys = {
        one.id: channel.key_field for channel in source.plan.channels for one in channel.messages
    }
    for spoken in source.plan.spoken:
        body = None if spoken.wrapped else spoken.message.schema.body
        source.classes[spoken.id] = source.types.expect(spoken.id, body)
    for spoken in source.plan.spoken:
        if not spoken.wrapped:
            source.types.declare(
                spoken.message.schema.body,
                name=spoken.id,
                first=(keys[spoken.id],) if spoken.id in keys else (),
                secrets=source.secrets(spoken),
            )


def wrappers(source: Source) -> str:
    """The classes of messages whose bodies are no objects of a type of their own."""
    return "\n\n".join(_wrapper(source, one) for one in source.plan.spoken if one.wrapped)


def _wrapper(source: Source, spoken: Spoken) -> str:
    schema, line = spoken.message.schema, ""
    if schema.kind is BodyKind.TEXT:
        base = "TextBody"
        if schema.words:
            words = ", ".join(map(literal, schema.words))
            default = f" = {literal(schema.words[0])}" if len(schema.words) == 1 else ""
            line = f"\n    text: {source.typing('Literal')}[{words}]{default}\n"
    elif schema.kind is BodyKind.BINARY:
        base = "BinaryBody"
    elif schema.is_name_only:
        base = "JsonBody"
    else:
        base = "Wrapped"
        line = f"\n    body: {source.types.annotation(schema.body)}\n"
    about = docstring(spoken.message.description or f"The message {spoken.id}.")
    return f"class {source.of(spoken)}({source.runtime(base)}, frozen=True):\n{about}{line}"


def client_message(source: Source) -> str:
    """The union of everything that `send` takes."""
    members = [source.of(one) for one in source.plan.client] or [source.typing("Never")]
    about = docstring("Everything that the client may say.", indent=0)
    return f"ClientMessage: {source.typing('TypeAlias')} = {' | '.join(members)}\n{about}"


def server_message(source: Source) -> str:
    """The union of everything that `receive` may return."""
    events = ["Unknown"]
    events += ["Ambiguous"] if source.plan.ambiguous else []
    events += ["Overdue"] if source.plan.overdue else []
    members = [source.of(one) for one in source.plan.server]
    members += [source.imports.name("schematic_engine.events", event) for event in events]
    about = docstring(
        "Everything that the server may say, and `Unknown` for what this definition does not know.",
        indent=0,
    )
    return f"ServerMessage: {source.typing('TypeAlias')} = {' | '.join(members)}\n{about}"
