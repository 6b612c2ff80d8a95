"""Take the pictures of the checker's page: ``python docs/screenshots.py [CHROMIUM]``.

It checks a recording that is written here, and photographs the report in a headless Chromium, once
for bright and once for dark screens. It is run by hand, when the page has changed, and the pictures
are looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import Report, examine_records, read_trace, to_html

IMAGES = Path(__file__).parent / "images"

TALK: list[tuple[str, str, dict[str, object]]] = [
    ("client", "open", {"path": "/v1/text-to-speech/rachel/stream-input"}),
    ("server", "accepted", {}),
    ("client", "text", {"text": " ", "xi-api-key": "made up"}),
    ("client", "text", {"text": "Order is a promise. "}),
    ("server", "text", {"audio": "SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4", "isFinal": None}),
    ("client", "text", {"text": ""}),
    ("client", "text", {"text": "One more thing. "}),
    ("server", "text", {"audio": "SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4", "isFinal": None}),
    ("server", "text", {"isFinal": True}),
    ("server", "close", {"code": 1000}),
    ("client", "close", {"code": 1000}),
]


def page() -> str:
    """The report on the recording."""
    lines: list[bytes] = []
    for number, (side, kind, fields) in enumerate(TALK):
        line: dict[str, object] = {"dir": side, "kind": kind, "t": number / 8}
        line |= {"data": json.dumps(fields)} if kind == "text" else fields
        lines.append(json.dumps(line).encode())
    endpoint = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
    trace = examine_records(endpoint, "talk.jsonl", read_trace(lines), transcribe=100)
    return to_html(Report(endpoint.name, (trace,)))


def main(arguments: list[str]) -> int:
    """Take the pictures; the exit code."""
    chromium = arguments[0] if arguments else "chromium"
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        report.write_text(page(), encoding="utf-8")
        for name, scheme in (("light", 1), ("dark", 0)):
            picture = IMAGES / f"check-{name}.png"
            subprocess.run(
                [
                    chromium,
                    "--headless",
                    "--no-sandbox",
                    "--hide-scrollbars",
                    "--window-size=1000,900",
                    f"--user-data-dir={folder}/profile",
                    f"--blink-settings=preferredColorScheme={scheme}",
                    f"--screenshot={picture}",
                    report.as_uri(),
                ],
                check=True,
                capture_output=True,
                timeout=60,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
