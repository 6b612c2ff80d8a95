"""Several texts spoken beside each other: ``/v1/text-to-speech/{voice_id}/multi-stream-input``.

Each text is a context with an id, ``context_id`` in what the client says and ``contextId`` in what
the server says; whoever writes none means the default context. The first message under an id opens
its context, with the settings of the voice. At most five may be open: the service answers a sixth
with the error ``max_active_conversations``, and closes.

Here the empty text keeps a context alive; on `StreamTextToSpeech` it ends the conversation.

Not covered:

* what the server says when it gives up a context, after ``inactivity_timeout`` seconds without a
  message for it: that is not documented. So its time is measured, and whoever runs a server is
  told that it is over (`schematic_engine.events.Overdue`), but nothing is said or closed by itself;
  and the server's last message for a context is not bound to the client's, which a `CloseSocket`
  replaces as well;
* new settings for a context that is open: the reference has both "the first message only" and "a
  second one initialises again", so such a message counts as text, and its settings are not looked
  at;
* a context opened again while the audio of the old one is still coming: the reference allows an id
  "once closed" and does not say who has to have finished; here both have to, since nothing
  would tell the old audio from the new.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schematic import (
    Breach,
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    OnBreach,
    Schema,
    Timer,
    WebSocketEndpoint,
)
from schematic_definitions.elevenlabs.speech import (
    CLOSING,
    CONNECTION_PARAMS,
    SERVER_ERROR,
    GenerationConfig,
    PronunciationDictionaryLocator,
    ServerError,
    VoiceSettings,
)
from schematic_definitions.elevenlabs.stream_text_to_speech import AudioOutput, FinalOutput

__all__ = [
    "CloseContext",
    "CloseSocket",
    "ContextAudio",
    "ContextFinal",
    "FlushContext",
    "InitializeContext",
    "KeepContextAlive",
    "SendContextText",
    "stream_multi_context",
]

_Absent = Literal[False] | UnsetType
"""A mark of another message, which must not be set here."""


class InitializeContext(Struct, frozen=True, kw_only=True):
    """Opens a context: its settings, and one space or the first text.

    Attributes:
        text: one space, or text to speak.
        context_id: the id of the context; without one, the default context.
        flush: generate everything that has been collected, which is this text.
        voice_settings: how the voice sounds in this context.
        generation_config: when buffered text is turned into audio.
        pronunciation_dictionary_locators: what to look words up in.
        xi_api_key: the key, where it is not in the header. It is spelled with hyphens in the
            first message of `StreamTextToSpeech`.
        authorization: a token, where it is not in the header.
    """

    text: Annotated[str, Meta(min_length=1)]
    context_id: str | UnsetType = UNSET
    flush: bool | UnsetType = UNSET
    close_context: _Absent = UNSET
    voice_settings: VoiceSettings | UnsetType | None = UNSET
    generation_config: GenerationConfig | UnsetType | None = UNSET
    pronunciation_dictionary_locators: (
        tuple[PronunciationDictionaryLocator, ...] | UnsetType | None
    ) = UNSET
    xi_api_key: str | UnsetType = UNSET
    authorization: str | UnsetType = UNSET

    def __repr__(self) -> str:
        """Without the credentials that the message may carry."""
        return f"InitializeContext(text={self.text!r}, context_id={self.context_id!r}, ...)"


class SendContextText(Struct, frozen=True):
    """More text for a context; it should end with a space.

    Attributes:
        text: the text.
        context_id: the context; without one, the default context.
        flush: generate everything that has been collected; with an id, that is `FlushContext`.
    """

    text: str
    context_id: str | UnsetType = UNSET
    flush: bool | UnsetType = UNSET


class FlushContext(Struct, frozen=True):
    """Generate everything that has been collected for a context.

    Attributes:
        context_id: the context.
        text: a last piece of text before that.
    """

    context_id: str
    flush: Literal[True] = True
    text: str | UnsetType = UNSET
    close_context: _Absent = UNSET


class KeepContextAlive(Struct, frozen=True):
    """Nothing to speak, but the context is still wanted."""

    context_id: str
    text: Literal[""] = ""
    flush: _Absent = UNSET
    close_context: _Absent = UNSET


class CloseContext(Struct, frozen=True):
    """No more text for a context: the server finishes what it has, and says so."""

    context_id: str
    close_context: Literal[True] = True


class CloseSocket(Struct, frozen=True):
    """No more text at all: contexts that are being spoken are finished, then the server closes."""

    close_socket: Literal[True] = True


class ContextAudio(AudioOutput, frozen=True, rename="camel"):
    """A piece of a context's audio; see `AudioOutput`.

    Attributes:
        context_id: the context; without one, the default context.
    """

    context_id: str | UnsetType | None = UNSET


class ContextFinal(FinalOutput, frozen=True, rename="camel"):
    """All audio of a context has been sent.

    Attributes:
        context_id: the context; without one, the default context.
    """

    context_id: str | UnsetType | None = UNSET


_CLIENT = MessageDirection.CLIENT_TO_SERVER
_SERVER = MessageDirection.SERVER_TO_CLIENT


def _context() -> Channel:
    return Channel(
        id="Context",
        description="One text and its speech.",
        key=ChannelKey(client="context_id", server="contextId", default="default"),
        lifecycle=ConnectionLifecycle(
            initialize=MessageSchema(
                id="InitializeContext",
                description="The first message of a context: settings, and a space or text.",
                direction=_CLIENT,
                schema=Schema(InitializeContext),
            ),
            streaming_messages=[
                MessageSchema(
                    id="SendContextText",
                    description="Text to speak.",
                    direction=_CLIENT,
                    schema=Schema(SendContextText),
                ),
                MessageSchema(
                    id="FlushContext",
                    description="Speak now what has been collected.",
                    direction=_CLIENT,
                    schema=Schema(FlushContext),
                ),
                MessageSchema(
                    id="KeepContextAlive",
                    description="Keeps the context while there is no text.",
                    direction=_CLIENT,
                    schema=Schema(KeepContextAlive),
                ),
            ],
            close=MessageSchema(
                id="CloseContext",
                description="No more text for this context.",
                direction=_CLIENT,
                schema=Schema(CloseContext),
            ),
            server_messages=[
                MessageSchema(
                    id="ContextAudio",
                    description="A piece of audio, with the timing of its characters.",
                    direction=_SERVER,
                    schema=Schema(ContextAudio),
                ),
                MessageSchema(
                    id="ContextFinal",
                    description="All audio of this context has been sent.",
                    direction=_SERVER,
                    schema=Schema(ContextFinal),
                    final=True,
                ),
            ],
            timers=[Timer.idle(20, param="inactivity_timeout", close_code=None)],
        ),
        max_open=5,
    )


def stream_multi_context() -> WebSocketEndpoint:
    """The endpoint ``StreamMultiContext``."""
    return WebSocketEndpoint(
        id="StreamMultiContext",
        path="/v1/text-to-speech/{voice_id}/multi-stream-input",
        description="Speak up to five texts at once, each in a context of its own.",
        connection_params=CONNECTION_PARAMS,
        lifecycle=ConnectionLifecycle(
            close=MessageSchema(
                id="CloseSocket",
                description="No more text; the server finishes and closes.",
                direction=_CLIENT,
                schema=Schema(CloseSocket),
                repeatable=False,
            ),
            server_messages=[SERVER_ERROR],
            closing=CLOSING,
            on_breach=[
                OnBreach.say(
                    "ServerError",
                    Breach.TOO_MANY,
                    body=ServerError(
                        message="Too many contexts are open.",
                        error="max_active_conversations",
                        code=1008,
                    ),
                ),
            ],
            channels=[_context()],
        ),
    )
