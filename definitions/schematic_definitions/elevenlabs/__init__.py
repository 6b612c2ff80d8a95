"""ElevenLabs: text to speech over a WebSocket, for one text or for several at once.

Sources: the vendor's API reference for ``/v1/text-to-speech/{voice_id}/stream-input`` and
``/multi-stream-input``, its public Python SDK, and public issue threads where the reference is
silent: an ``isFinal`` of ``null`` on every audio message (elevenlabs-docs, issue 405), the reason
of a close cut to 123 bytes (issue 426), and ``contextId`` in what the server says (pipecat).

Covered: `StreamTextToSpeech` and `StreamMultiContext`; each module says what it leaves out.

Not covered yet: conversational AI, realtime speech to text.
"""

from schematic_definitions.elevenlabs.api import elevenlabs
from schematic_definitions.elevenlabs.speech import (
    Alignment,
    GenerationConfig,
    PronunciationDictionaryLocator,
    ServerError,
    VoiceSettings,
)
from schematic_definitions.elevenlabs.stream_multi_context import (
    CloseContext,
    CloseSocket,
    ContextAudio,
    ContextFinal,
    FlushContext,
    InitializeContext,
    KeepContextAlive,
    SendContextText,
)
from schematic_definitions.elevenlabs.stream_text_to_speech import (
    AudioOutput,
    CloseConnection,
    FinalOutput,
    InitializeConnection,
    KeepAlive,
    SendText,
)

__all__ = [
    "Alignment",
    "AudioOutput",
    "CloseConnection",
    "CloseContext",
    "CloseSocket",
    "ContextAudio",
    "ContextFinal",
    "FinalOutput",
    "FlushContext",
    "GenerationConfig",
    "InitializeConnection",
    "InitializeContext",
    "KeepAlive",
    "KeepContextAlive",
    "PronunciationDictionaryLocator",
    "SendContextText",
    "SendText",
    "ServerError",
    "VoiceSettings",
    "elevenlabs",
]
