"""Our own mock servers of the bundled APIs, which a probe should find nothing wrong with."""

from __future__ import annotations

from probing.figures import Probed

from schematic import BoundEndpoint
from schematic_engine.credentials import Credentials
from schematic_engine.mock import MockServer
from schematic_engine.probing import ProbeSettings, probe_server
from support.bundled import bundled

__all__ = ["MOCKED", "probe_mock"]

_PARAMS: dict[str, dict[str, object]] = {
    "Deepgram/ListenV2": {"model": "flux-general-en"},
    "ElevenLabs/StreamTextToSpeech": {"voice_id": "v"},
    "ElevenLabs/StreamMultiContext": {"voice_id": "v"},
    "ElevenLabs/SpeechToText": {"model_id": "scribe_v2_realtime"},
    "ElevenLabsAgents/Conversation": {"agent_id": "a"},
    "OpenAI/Realtime": {"model": "gpt-realtime"},
}
_WORD = "x"

MOCKED: dict[str, BoundEndpoint] = {
    f"{api.name}/{endpoint.id}": api.endpoint(endpoint.id)
    for api in bundled()
    for endpoint in api.endpoints
}
"""Every bundled endpoint by its name."""


async def probe_mock(name: str, seed: int, settings: ProbeSettings) -> Probed:
    """Probe our mock of one endpoint."""
    bound = MOCKED[name]
    needed = {one.name: _WORD for one in bound.endpoint.connection_params if one.required}
    async with MockServer(bound) as server:
        report = await probe_server(
            server.url,
            bound,
            seed=seed,
            settings=settings,
            params={**needed, **_PARAMS.get(name, {})},
            credentials=Credentials(_WORD),
        )
        return Probed(report, 0)
