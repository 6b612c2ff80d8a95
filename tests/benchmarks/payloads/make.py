"""Makes the payload files; run it only to change them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

HERE = Path(__file__).parent


def alignment(text: str) -> dict[str, object]:
    return {
        "chars": list(text),
        "charStartTimesMs": [60 * i for i in range(len(text))],
        "charDurationsMs": [58] * len(text),
    }


def audio(size: int, text: str) -> bytes:
    data = base64.b64encode(bytes(i * 37 % 251 for i in range(size))).decode()
    body = {"audio": data, "isFinal": None, "alignment": alignment(text) if text else None}
    return json.dumps(body, separators=(",", ":")).encode()


if __name__ == "__main__":
    (HERE / "audio_66.json").write_bytes(audio(14, ""))
    (HERE / "audio_256.json").write_bytes(audio(90, "Hi!"))
    (HERE / "audio_8k.json").write_bytes(audio(4800, "A sentence that somebody reads aloud. " * 3))
