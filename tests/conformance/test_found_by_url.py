"""The endpoint of every recorded conversation is found by its URL, wherever it was recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from schematic_engine.cli.checking import speaks
from schematic_engine.conformance import examine

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

SPOKEN = {
    "assemblyai": "AssemblyAI/StreamingV3",
    "deepgram_agent1": "DeepgramAgent/AgentV1",
    "deepgram_listen1": "Deepgram/ListenV1",
    "deepgram_listen2": "Deepgram/ListenV2",
    "deepgram_probe": "Deepgram/ListenV1",
    "deepgram_speak1": "Deepgram/SpeakV1",
    "deepgram_speak2": "Deepgram/SpeakV2",
    "elevenlabs_probe": "ElevenLabs/StreamTextToSpeech",
    "elevenlabs_stream": "ElevenLabs/StreamTextToSpeech",
    "elevenlabs_stt": "ElevenLabs/SpeechToText",
    "gql_node": "GraphQL/TransportWs",
    "openai": "OpenAI/Realtime",
    "tolerance_assemblyai": "AssemblyAI/StreamingV3",
    "tolerance_openai": "OpenAI/Realtime",
}


@pytest.mark.parametrize("prefix", SPOKEN)
def test_a_recording_of_a_test_server_leads_to_its_endpoint(prefix: str) -> None:
    paths = sorted(TRACES.glob(f"{prefix}*.jsonl"))
    assert paths
    for path in paths:
        counts = examine(speaks(()), path.name, path.read_bytes().splitlines()).counts
        assert (counts.endpoints, counts.unjudged) == ((SPOKEN[prefix],), 0)


def test_one_that_two_apis_serve_at_the_same_path_is_said_to_fit_both() -> None:
    for path in TRACES.glob("elevenlabs_convai_*.jsonl"):
        trace = examine(speaks(()), path.name, path.read_bytes().splitlines())
        assert {shown.finding.rule.id for shown in trace.findings} == {"SCH-907"}
        assert "ElevenLabsAgents/" in trace.findings[0].finding.text
        assert "ElevenLabsOnPremises/" in trace.findings[0].finding.text
