"""Makes the payload files; run it only to change them.

A name tells the size in bytes, which is exact. The bodies are what ElevenLabs' and Deepgram's
endpoints carry, with audio that looks like MP3 does to anything but a decoder: like noise. At the
128 kbit/s that ElevenLabs' SDK asks for, a character of text lasts some 60 ms, which is about a
kilobyte of audio: so an 8 KiB message tells the time of a word, and all but 4 % of it is base64.
Smaller messages do not occur at that rate; the one of 256 B keeps the timing, for its structure.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent


def audio_file(size: int, **timing: str) -> bytes:
    """A server's piece of audio, spoken at whichever pace makes it ``size`` bytes."""
    for pace in range(58, 120):
        timings = {name: alignment(text, pace) if text else None for name, text in timing.items()}
        content = filled(size, {"audio": "", "isFinal": None, **timings}, "audio")
        if len(content) == size:
            return content
    raise AssertionError(f"{size} B cannot be met")


def alignment(text: str, pace: int) -> dict[str, object]:
    """When each character is spoken, in milliseconds."""
    starts = [0, *(pace * at + 7 * (at % 3) for at in range(1, len(text)))]
    ends = [*starts[1:], starts[-1] + 64]
    durations = [end - start for start, end in zip(starts, ends, strict=True)]
    return {"chars": list(text), "charStartTimesMs": starts, "charDurationsMs": durations}


def chunk_file(size: int) -> bytes:
    """A client's piece of audio to transcribe."""
    body = {"message_type": "input_audio_chunk", "audio_base_64": "", "sample_rate": 8000}
    body |= {"commit": True}
    content = filled(size, body, "audio_base_64")
    assert len(content) == size
    return content


def text_file(size: int) -> bytes:
    """A client's text to speak; it ends with a space, as it should."""
    sentence = "All the while the rain kept falling on the roofs of the old town, "
    room = size - len(compact({"text": ""}))
    return compact({"text": (sentence * (room // len(sentence) + 1))[: room - 1] + " "})


def filled(size: int, body: dict[str, object], field: str) -> bytes:
    """The body with as much audio as fits into ``size`` bytes."""
    room = (size - len(compact(body))) // 4 * 3
    return compact({**body, field: base64.b64encode(noise(room)).decode()})


def noise(size: int) -> bytes:
    """The same noise each time."""
    return random.Random(size).randbytes(size)


def compact(body: object) -> bytes:
    """JSON without spaces, which is how msgspec writes it too."""
    return json.dumps(body, separators=(",", ":")).encode()


FILES: dict[str, Callable[[], bytes]] = {
    "audio_66.json": lambda: audio_file(66, normalizedAlignment=""),
    "audio_256.json": lambda: audio_file(256, alignment="Hey "),
    "audio_8192.json": lambda: audio_file(8192, normalizedAlignment="five ", alignment="5 "),
    "text_66.json": lambda: text_file(66),
    "text_256.json": lambda: text_file(256),
    "chunk_8192.json": lambda: chunk_file(8192),
    "audio_256.bin": lambda: noise(256),
    "audio_65536.bin": lambda: noise(65536),
}

if __name__ == "__main__":
    for name, make in FILES.items():
        (HERE / name).write_bytes(make())
