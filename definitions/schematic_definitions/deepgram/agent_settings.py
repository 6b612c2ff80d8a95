"""What a Deepgram voice agent is made of: how it hears, thinks and speaks.

Providers are written as one type for each task, with the fields of all vendors: which of them a
vendor wants is for its own documentation, and vendors are added without notice.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from schematic_definitions.shorthand import Maybe

__all__ = [
    "Agent",
    "Audio",
    "AudioInput",
    "AudioOutput",
    "Context",
    "Credentials",
    "Endpoint",
    "Flags",
    "Function",
    "HistoryCall",
    "HistoryCalls",
    "HistoryText",
    "Listen",
    "ListenProvider",
    "Speak",
    "SpeakProvider",
    "Think",
    "ThinkLive",
    "ThinkLiveProvider",
    "ThinkProvider",
    "Voice",
]


class Flags(Struct, frozen=True):
    """Switches; ``history`` has the server send what was said and called."""

    history: bool | UnsetType = UNSET


class AudioInput(Struct, frozen=True):
    """The client's audio: an encoding such as ``linear16``, and a rate in Hz."""

    encoding: str
    sample_rate: int


class AudioOutput(Struct, frozen=True, kw_only=True):
    """The agent's audio.

    Attributes:
        encoding: such as ``linear16`` or ``mp3``.
        sample_rate: in Hz.
        bitrate: in bits per second.
        container: ``none``, ``wav`` or ``ogg``.
    """

    encoding: str | UnsetType = UNSET
    sample_rate: int | UnsetType = UNSET
    bitrate: int | UnsetType = UNSET
    container: str | UnsetType = UNSET


class Audio(Struct, frozen=True, kw_only=True):
    """The audio of both directions."""

    input: AudioInput | UnsetType = UNSET
    output: AudioOutput | UnsetType = UNSET


class Credentials(Struct, frozen=True, kw_only=True):
    """Keys to Amazon's services; ``type`` is ``iam`` or ``sts``."""

    type: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    access_key_id: str | UnsetType = UNSET
    secret_access_key: str | UnsetType = UNSET
    session_token: str | UnsetType = UNSET

    def __repr__(self) -> str:
        """Without the keys."""
        return f"Credentials(type={self.type!r}, region={self.region!r}, ...)"


class Endpoint(Struct, frozen=True, kw_only=True):
    """Where another service is asked, and with which headers."""

    url: str | UnsetType = UNSET
    method: str | UnsetType = UNSET
    headers: dict[str, str] | UnsetType = UNSET

    def __repr__(self) -> str:
        """Without the headers, which usually hold a key."""
        return f"Endpoint(url={self.url!r}, method={self.method!r}, ...)"


class ListenProvider(Struct, frozen=True, kw_only=True):
    """What transcribes; the later fields are Flux's, with ``version`` ``v2``.

    Attributes:
        type: ``deepgram``.
        version: ``v1`` or ``v2``.
        model: such as ``nova-3``.
        language: what is spoken.
        keyterms: words to expect.
        smart_format: punctuate and format.
        language_hints: languages to expect.
        language_hint: the same, by its older name.
        eot_threshold: the confidence at which a turn is over.
        eager_eot_threshold: the confidence at which the agent begins to think.
        eot_timeout_ms: the silence after which a turn is over anyway.
    """

    type: str
    version: str | UnsetType = UNSET
    model: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    keyterms: tuple[str, ...] | UnsetType = UNSET
    smart_format: bool | UnsetType = UNSET
    language_hints: tuple[str, ...] | UnsetType = UNSET
    language_hint: str | tuple[str, ...] | UnsetType = UNSET
    eot_threshold: float | UnsetType = UNSET
    eager_eot_threshold: float | UnsetType = UNSET
    eot_timeout_ms: int | UnsetType = UNSET


class Listen(Struct, frozen=True):
    """How the agent hears."""

    provider: ListenProvider | UnsetType = UNSET


class ThinkProvider(Struct, frozen=True, kw_only=True):
    """The language model.

    Attributes:
        type: such as ``open_ai``, ``anthropic``, ``google``, ``groq`` or ``aws_bedrock``.
        model: the vendor's name of the model.
        version: of the vendor's API.
        temperature: how varied it answers.
        reasoning_mode: how much it reasons, such as ``low``.
        voice_prompt_opt_out: leave Deepgram's own prompt for speaking away.
        credentials: for Amazon's service.
    """

    type: str
    model: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    temperature: float | UnsetType = UNSET
    reasoning_mode: str | UnsetType = UNSET
    voice_prompt_opt_out: bool | UnsetType = UNSET
    credentials: Credentials | UnsetType = UNSET


class Function(Struct, frozen=True, kw_only=True):
    """A function that the model may call.

    Attributes:
        name: its name.
        description: what it does, for the model.
        parameters: their JSON Schema.
        endpoint: who runs it; the client does if absent.
        defer_until_eot: wait until the user's turn is surely over.
        initial_agent_filler: say something while it runs.
        agent_filler_max_count: say how many things more.
        agent_filler_interval_ms: the silence before each of those.
    """

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    endpoint: Endpoint | UnsetType = UNSET
    defer_until_eot: bool | UnsetType = UNSET
    initial_agent_filler: bool | UnsetType = UNSET
    agent_filler_max_count: int | UnsetType = UNSET
    agent_filler_interval_ms: int | UnsetType = UNSET


class Think(Struct, frozen=True, kw_only=True):
    """How the agent thinks.

    Attributes:
        provider: the language model.
        endpoint: where it is, unless Deepgram calls it.
        functions: what it may call.
        prompt: its instructions.
        context_length: how many characters of the conversation it is told.
    """

    provider: ThinkProvider
    endpoint: Endpoint | UnsetType = UNSET
    functions: tuple[Function, ...] | UnsetType = UNSET
    prompt: str | UnsetType = UNSET
    context_length: Literal["max"] | float | UnsetType = UNSET


class ThinkLiveProvider(Struct, frozen=True, kw_only=True):
    """What keeps the conversation alive beside the language model.

    Attributes:
        type: ``deepgram``.
        version: ``v1``.
        agent_backchannel_sensitivity: how likely the agent says "mhm" while the user speaks.
        presence_check_max_count: how often it asks whether the user is there.
        presence_check_interval_ms: the silence before it asks.
        frustration_max_count: how often the user may be frustrated before it escalates.
        restricted_terms: what the agent must not say.
    """

    type: str
    version: str
    agent_backchannel_sensitivity: float | UnsetType = UNSET
    presence_check_max_count: int | UnsetType = UNSET
    presence_check_interval_ms: int | UnsetType = UNSET
    frustration_max_count: int | UnsetType = UNSET
    restricted_terms: tuple[str, ...] | UnsetType = UNSET


class ThinkLive(Struct, frozen=True):
    """How the agent keeps the conversation alive; absent for not at all."""

    provider: ThinkLiveProvider


class Voice(Struct, frozen=True):
    """One of Cartesia's voices."""

    mode: str
    id: str


class SpeakProvider(Struct, frozen=True, kw_only=True):
    """The voice.

    Attributes:
        type: ``deepgram``, ``eleven_labs``, ``cartesia``, ``open_ai`` or ``aws_polly``.
        version: of the vendor's API.
        model: the model, where the vendor calls it so.
        model_id: the model, where the vendor calls it so.
        voice: the voice, where it is not a part of the model.
        language: what is spoken.
        language_code: the same, by its older name.
        speed: 1 is the voice's own pace.
        expressivity: how lively.
        volume: how loud.
        engine: Amazon's kind of synthesis.
        credentials: for Amazon's service.
    """

    type: str
    version: str | UnsetType = UNSET
    model: str | UnsetType = UNSET
    model_id: str | UnsetType = UNSET
    voice: str | Voice | UnsetType = UNSET
    language: str | UnsetType = UNSET
    language_code: str | UnsetType = UNSET
    speed: float | UnsetType = UNSET
    expressivity: int | UnsetType = UNSET
    volume: float | UnsetType = UNSET
    engine: str | UnsetType = UNSET
    credentials: Credentials | UnsetType = UNSET


class Speak(Struct, frozen=True, kw_only=True):
    """How the agent speaks."""

    provider: SpeakProvider
    endpoint: Endpoint | UnsetType = UNSET


class HistoryText(Struct, frozen=True, kw_only=True, tag_field="type", tag="History"):
    """Something that was said before, by the ``user`` or the ``assistant``."""

    role: str
    content: str


class HistoryCall(Struct, frozen=True, kw_only=True):
    """A function that was called, and what it returned.

    Attributes:
        id: the id of the call.
        name: of the function.
        client_side: whether the client ran it.
        arguments: as JSON text.
        response: what it returned.
        thought_signature: what some models need to go on from there.
    """

    id: str
    name: str
    client_side: bool
    arguments: str
    response: str
    thought_signature: Maybe[str] = UNSET


class HistoryCalls(Struct, frozen=True, kw_only=True, tag_field="type", tag="History"):
    """Functions that were called before."""

    function_calls: tuple[HistoryCall, ...]


class Context(Struct, frozen=True):
    """A conversation to go on with: `HistoryText` and `HistoryCalls`, as they stand on the wire."""

    messages: tuple[dict[str, Any], ...] | UnsetType = UNSET


class Agent(Struct, frozen=True, kw_only=True):
    """The agent; several ways to think or speak are tried in order.

    Attributes:
        language: what is spoken.
        context: a conversation to go on with.
        listen: how it hears.
        think: how it thinks.
        think_live: how it keeps the conversation alive.
        speak: how it speaks.
        greeting: what it says first.
    """

    language: str | UnsetType = UNSET
    context: Context | UnsetType = UNSET
    listen: Listen | UnsetType = UNSET
    think: Think | tuple[Think, ...] | UnsetType = UNSET
    think_live: ThinkLive | UnsetType = UNSET
    speak: Speak | tuple[Speak, ...] | UnsetType = UNSET
    greeting: str | UnsetType = UNSET
