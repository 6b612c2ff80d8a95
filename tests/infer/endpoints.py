"""The endpoints of which there are several recordings, and the definitions that judge them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.define import BoundEndpoint
from schematic_definitions.assemblyai import assemblyai
from schematic_definitions.deepgram import deepgram, deepgram_agent
from schematic_definitions.elevenlabs import elevenlabs, elevenlabs_agents
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_definitions.openai import openai

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "ElevenLabs/StreamTextToSpeech": ("elevenlabs_stream_*", "elevenlabs_probe_*"),
    "ElevenLabs/Conversation": ("elevenlabs_convai_*",),
    "ElevenLabs/SpeechToText": ("elevenlabs_stt_*",),
    "Deepgram/ListenV1": ("deepgram_listen1_*", "deepgram_probe_*"),
    "Deepgram/ListenV2": ("deepgram_listen2_*",),
    "Deepgram/SpeakV1": ("deepgram_speak1_*",),
    "Deepgram/SpeakV2": ("deepgram_speak2_*",),
    "Deepgram/AgentV1": ("deepgram_agent1_*",),
    "OpenAI/Realtime": ("openai_realtime_*", "tolerance_openai"),
    "AssemblyAI/StreamingV3": ("assemblyai_v3_*", "tolerance_assemblyai_*"),
    "GraphQL/TransportWs": ("gql_node_*",),
}
"""The recordings of each endpoint, by the names of their files."""


def _bound() -> Mapping[str, BoundEndpoint]:
    return {
        "ElevenLabs/StreamTextToSpeech": elevenlabs().endpoint("StreamTextToSpeech"),
        "ElevenLabs/Conversation": elevenlabs_agents().endpoint(),
        "ElevenLabs/SpeechToText": elevenlabs().endpoint("SpeechToText"),
        "Deepgram/ListenV1": deepgram().endpoint("ListenV1"),
        "Deepgram/ListenV2": deepgram().endpoint("ListenV2"),
        "Deepgram/SpeakV1": deepgram().endpoint("SpeakV1"),
        "Deepgram/SpeakV2": deepgram().endpoint("SpeakV2"),
        "Deepgram/AgentV1": deepgram_agent().endpoint("AgentV1"),
        "OpenAI/Realtime": openai().endpoint(),
        "AssemblyAI/StreamingV3": assemblyai().endpoint(),
        "GraphQL/TransportWs": graphql_transport_ws().endpoint(),
    }


@cache
def described(name: str) -> CompiledEndpoint:
    """The definition that somebody wrote."""
    return compile_endpoint(_bound()[name])


def recordings(name: str) -> list[Path]:
    """The recordings of an endpoint."""
    return sorted(path for pattern in PATTERNS[name] for path in TRACES.glob(f"{pattern}.jsonl"))
