"""Write the parts of the site that come from descriptions: ``python docs/generate.py``.

With ``--check`` it only says which files are out of date, and exits with 1 if any is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from schematic.compile import Table, compile_endpoint
from schematic.compile.diagram import to_markdown, to_mermaid, to_svg
from schematic_definitions.elevenlabs import elevenlabs

FOLDER = Path(__file__).parent / "generated"


def generated() -> dict[str, str]:
    """The name and the content of each file."""
    files: dict[str, str] = {}
    for name, endpoint in (
        ("elevenlabs", "StreamTextToSpeech"),
        ("elevenlabs-multi", "StreamMultiContext"),
    ):
        table: Table = compile_endpoint(elevenlabs().endpoint(endpoint)).table
        files[f"{name}.svg"] = to_svg(table)
        files[f"{name}.md"] = to_markdown(table)
        files[f"{name}.mmd"] = to_mermaid(table)
    return files


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    files = {FOLDER / name: content.encode() for name, content in generated().items()}
    stale = [path for path, content in files.items() if not _is(path, content)]
    for path in stale:
        print(f"docs/generated/{path.name}")
    if "--check" in arguments:
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for path in stale:
        path.write_bytes(files[path])
    return 0


def _is(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
