"""ElevenLabs: speech from text, text from speech, and conversations with agents.

Sources: the vendor's API reference for ``/v1/text-to-speech/{voice_id}/stream-input``,
``/multi-stream-input``, ``/v1/speech-to-text/realtime`` and ``/v1/convai/conversation``, its public
Python SDK, and public issue threads where the reference is silent: an ``isFinal`` of ``null`` on
every audio message (elevenlabs-docs, issue 405), the reason of a close cut to 123 bytes (issue
426), and ``contextId`` in what the server says (pipecat).

Covered: `elevenlabs` has ``StreamTextToSpeech``, ``StreamMultiContext`` and ``SpeechToText``, for
a key or for a token that is good once; `elevenlabs_agents` has ``Conversation``, which wants no
key; `elevenlabs_on_premises` has the ``Conversation`` of an agent on its customer's own machines.
Each endpoint has its module, which says what it leaves out. The types of messages for text to
speech are here, those of the others in `speech_to_text` and `conversation`.

Not covered: the speech engine, where ElevenLabs is the client; text to dialogue, dubbing and
translation, which have no public client.
"""

from schematic_definitions.elevenlabs import conversation, conversation_settings, speech_to_text
from schematic_definitions.elevenlabs.api import (
    elevenlabs,
    elevenlabs_agents,
    elevenlabs_on_premises,
)
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
    "conversation",
    "conversation_settings",
    "elevenlabs",
    "elevenlabs_agents",
    "elevenlabs_on_premises",
    "speech_to_text",
]
