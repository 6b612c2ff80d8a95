"""What importing costs, each in an interpreter of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial

__all__ = ["REFERENCE", "importers"]

REFERENCE = "wsproto, msgspec, orjson"
_PROGRAMS = {
    "nothing": "pass",
    REFERENCE: "import wsproto, msgspec, orjson",
    "schematic_engine.events": "import schematic_engine.events",
    "a generated client, of one endpoint": (
        "import schematic_definitions.elevenlabs_ws.stream_text_to_speech"
    ),
    "a generated client, of three endpoints": "import schematic_definitions.elevenlabs_ws",
    "schematic_engine.session": "import schematic_engine.session",
    "schematic_engine.connection": "import schematic_engine.connection",
    "schematic_engine.sync": "import schematic_engine.sync",
    "the same, and compile one endpoint": (
        "import schematic_engine.sync; from schematic.compile import compile_endpoint;"
        "from schematic_definitions.elevenlabs import elevenlabs;"
        "compile_endpoint(elevenlabs().endpoint('StreamTextToSpeech'))"
    ),
}


def importers() -> dict[str, Callable[[], None]]:
    """A fresh interpreter for each program."""

    return {name: partial(_run, program) for name, program in _PROGRAMS.items()}


def _run(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True)
