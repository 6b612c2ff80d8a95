"""A draft: the definition that recorded conversations come to, and its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schematic.compile import compile_endpoint
from schematic.define import SchematicError, WebSocketApi
from schematic.generate.names import Names
from schematic.interchange.definition_source import Path
from schematic.interchange.reader.modules import Definition, module_of
from schematic.interchange.reader.words import api_name
from schematic_engine.infer.conversations import Conversation, Gathering
from schematic_engine.infer.endpoint import EndpointDraft
from schematic_engine.infer.requests import address_of, asked_for

__all__ = ["Draft", "definition_of", "draft_of"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was made of recordings.

    Attributes:
        api: the description.
        name: the function that returns it, and what its file may be called.
        source: the source of a module that makes it again, with the evidence as comments.
        conversations: how many conversations it was drafted from.
        messages: how many messages they have.
    """

    api: WebSocketApi
    name: str
    source: str
    conversations: int
    messages: int


def draft_of(gathering: Gathering, *, name: str = "Drafted", base_url: str | None = None) -> Draft:
    """Draft the description of an API.

    Args:
        gathering: the recorded conversations.
        name: what to call the API.
        base_url: its address; the host that was asked if None.

    Raises:
        SchematicError: no conversation has a message, or what formats the source is missing.
        DefinitionError: the address is none.
    """
    definition = definition_of(gathering, name=name, base_url=base_url)
    function, source = module_of(definition)
    spoken = [one for one in gathering.conversations if one.said]
    return Draft(
        definition.api, function, source, len(spoken), sum(len(one.said) for one in spoken)
    )


def definition_of(
    gathering: Gathering, *, name: str = "Drafted", base_url: str | None = None
) -> Definition:
    """The definition that `draft_of` writes, and the remarks on it; see there."""
    spoken = [one for one in gathering.conversations if one.said]
    if not spoken:
        raise SchematicError(
            "no message was read, so there is nothing to learn from: expected recordings with "
            "lines of the kinds text or binary"
        )
    names = Names()
    held = [one for one in gathering.conversations if one.said or one.closes]
    drafts = [
        EndpointDraft(asked, names.new_class(asked.name))
        for asked in asked_for(held)
        if any(one.said for one in asked.conversations)
    ]
    notes: dict[Path, list[str]] = {
        ("auth",): [
            "Credentials are never read: write auth= by hand.",
        ]
    }
    if base_url is None:
        base_url = address_of(spoken)
        notes["base_url",] = [
            "choose: the address; recordings do not have it."
            if base_url is None
            else "choose: ws:// or wss://; recordings do not tell."
        ]
    api = WebSocketApi(
        name=api_name(name),
        base_url=base_url or "wss://api.example",
        endpoints=[one.endpoint for one in drafts],
    )
    for one in drafts:
        one.note_outliers(compile_endpoint(api.endpoint(one.endpoint.id)))
    return Definition(
        api=api,
        about=_about(name, gathering, spoken),
        notes=notes,
        endpoint_notes={one.endpoint.id: one.notes for one in drafts},
    )


def _about(name: str, gathering: Gathering, spoken: Sequence[Conversation]) -> str:
    files = len({one.source for one in spoken})
    messages = sum(len(one.said) for one in spoken)
    text = (
        f"{api_name(name)}: a draft.\n\nDrafted from {len(spoken)} conversations in {files} "
        f"recordings, {messages} messages in all. What was not recorded is not in it. Comments say "
        "what speaks for a rule: ``weak`` is one conversation, ``likely`` two to four, ``sure`` "
        "five or more."
    )
    if gathering.unread:
        text += f" {gathering.unread} lines could not be read."
    if gathering.too_long:
        text += f" {gathering.too_long} messages were too long, or not recorded in full."
    if gathering.is_full:
        text += " The rest of the recordings was not read: they are too large."
    return text
