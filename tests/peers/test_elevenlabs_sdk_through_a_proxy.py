"""ElevenLabs' own Python SDK, unmodified, talks to our mock through our proxy."""

from __future__ import annotations

from pathlib import Path

import pytest
from elevenlabs.client import ElevenLabs

from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import Catalog, examine
from schematic_engine.mock import MockServer
from schematic_engine.tap import Proxy

# The SDK reads the code of a close in a way that `websockets` has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")

KEY = "sk-0123456789abcdef"


@pytest.mark.parametrize("enforce", [False, True])
def test_the_sdk_notices_nothing_and_is_found_in_order(tmp_path: Path, enforce: bool) -> None:
    api = elevenlabs()
    path = tmp_path / "trace.jsonl"
    with (
        MockServer(api) as server,
        Proxy(server.url, api, file=path, enforce=enforce) as proxy,
    ):
        sdk = ElevenLabs(api_key=KEY, base_url=f"http://127.0.0.1:{proxy.port}")
        sdk.text_to_speech._ws_base_url = proxy.url  # which it takes for TLS alone
        heard = sdk.text_to_speech.convert_realtime(voice_id="v", text=iter(["Hello ", "you."]))
        assert list(heard)
        assert server.violations == []
    report = proxy.report()
    assert (report.exit_code(), report.name) == (0, "ElevenLabs/StreamTextToSpeech")
    assert KEY not in path.read_text()
    catalog = Catalog(api.endpoint(one.id) for one in api.endpoints)
    with path.open("rb") as lines:
        assert examine(catalog, str(path), lines).counts == report.traces[0].counts
