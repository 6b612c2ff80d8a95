"""What the client says, in eleven kinds, one of which has two forms."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from schematic_definitions.openai.items import Item
from schematic_definitions.openai.responses import AsideOptions, ResponseOptions
from schematic_definitions.openai.session import Session
from schematic_definitions.shorthand import Maybe

__all__ = [
    "AsideCreate",
    "ConversationItemCreate",
    "ConversationItemDelete",
    "ConversationItemRetrieve",
    "ConversationItemTruncate",
    "InputAudioBufferAppend",
    "InputAudioBufferClear",
    "InputAudioBufferCommit",
    "OutputAudioBufferClear",
    "ResponseCancel",
    "ResponseCreate",
    "SessionUpdate",
]


class _Said(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every message has: perhaps an id of the client's own, which an `Error` then names."""

    event_id: Annotated[str, Meta(max_length=512)] | UnsetType = UNSET


class SessionUpdate(_Said, frozen=True, kw_only=True, tag="session.update"):
    """Changes the session: what is absent stays, what is null is switched off."""

    session: Session


class InputAudioBufferAppend(_Said, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    """Audio of the user's, in base64, up to 15 MiB; never answered."""

    audio: str


class InputAudioBufferCommit(_Said, frozen=True, kw_only=True, tag="input_audio_buffer.commit"):
    """What has been appended is an item now; with turn detection the server does that itself."""


class InputAudioBufferClear(_Said, frozen=True, kw_only=True, tag="input_audio_buffer.clear"):
    """What has been appended is forgotten."""


class ConversationItemCreate(_Said, frozen=True, kw_only=True, tag="conversation.item.create"):
    """A new item.

    Attributes:
        item: it.
        previous_item_id: the item before it; ``root`` for none, absent for the last one.
    """

    item: Item
    previous_item_id: Maybe[str] = UNSET


class ConversationItemRetrieve(_Said, frozen=True, kw_only=True, tag="conversation.item.retrieve"):
    """Asks for an item as the server has it, with its audio."""

    item_id: str


class ConversationItemTruncate(_Said, frozen=True, kw_only=True, tag="conversation.item.truncate"):
    """The user has heard only the beginning of what the model said.

    Attributes:
        item_id: the assistant's message.
        content_index: its part, which is 0.
        audio_end_ms: how much was heard.
    """

    item_id: str
    content_index: int
    audio_end_ms: int


class ConversationItemDelete(_Said, frozen=True, kw_only=True, tag="conversation.item.delete"):
    """The conversation is to forget an item."""

    item_id: str


class ResponseCreate(_Said, frozen=True, kw_only=True, tag="response.create"):
    """Asks the model to go on with the conversation."""

    response: ResponseOptions | UnsetType = UNSET


class AsideCreate(_Said, frozen=True, kw_only=True, tag="response.create"):
    """Asks the model for something that the conversation does not remember.

    The same message as `ResponseCreate`, with ``"conversation": "none"`` in ``response``.
    """

    response: AsideOptions


class ResponseCancel(_Said, frozen=True, kw_only=True, tag="response.cancel"):
    """The model is to stop; without an id, the response of the conversation that is running."""

    response_id: str | UnsetType = UNSET


class OutputAudioBufferClear(_Said, frozen=True, kw_only=True, tag="output_audio_buffer.clear"):
    """The server is to stop playing; only where it plays, in calls over WebRTC or SIP."""
