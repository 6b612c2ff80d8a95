"""What it costs to compile an endpoint, and to verify it, once the statechart library is loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from schematic import BoundEndpoint
from schematic.compile import compile_endpoint, compile_lifecycle
from schematic.compile.diff import compatible
from schematic.compile.verify import Severity, verify
from schematic_definitions.elevenlabs import elevenlabs
from schematic_definitions.openai import openai

__all__ = ["REFERENCE", "compilers"]

REFERENCE = "ElevenLabs' 7 kinds"


def compilers() -> dict[str, Callable[[], None]]:
    """Each compiles an endpoint anew, or does something with the largest one."""
    large = openai().endpoint()
    compiled = compile_endpoint(large)
    return {
        REFERENCE: partial(_compile, elevenlabs().endpoint("StreamTextToSpeech")),
        "OpenAI's 57 kinds": partial(_compile, large),
        "verifying those": lambda: _discard(verify(compiled, least=Severity.NOTE)),
        "comparing them with themselves": lambda: _discard(compatible(compiled, compiled)),
    }


def _compile(endpoint: BoundEndpoint) -> None:
    compile_endpoint.cache_clear()
    compile_lifecycle.cache_clear()
    compile_endpoint(endpoint)


def _discard(result: object) -> None:
    assert result is not None
