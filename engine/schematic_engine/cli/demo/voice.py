"""A toy voice: real PCM that sounds like babble with the rhythm and melody of the text.

Nobody will mistake it for speech, but every character group becomes a syllable one can hear:
a breath of noise for its consonants, a tone with the formants of its vowel, a melody that falls
towards the end of a sentence and rises before a question mark. Pure arithmetic, the same bytes
for the same text.
"""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass
from functools import cache

__all__ = ["Speech", "speak"]

_SYLLABLE = re.compile(r"[^aeiouy\W\d]*(?:[aeiouy]+(?:[^aeiouy\W\d]+(?![aeiouy]))?|\d)?|\W+", re.I)
_PERIOD = 256
_BASE_PITCH = 118.0
_FORMANTS = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
    "y": (280, 2100, 2700),
}


@dataclass(frozen=True, slots=True)
class Speech:
    """What speaking a text gave.

    Attributes:
        pcm: 16-bit signed little-endian mono samples.
        chars: the characters of the text.
        starts_ms: when each begins, from the start of ``pcm``.
        durations_ms: how long each lasts.
    """

    pcm: bytes
    chars: tuple[str, ...]
    starts_ms: tuple[int, ...]
    durations_ms: tuple[int, ...]


def speak(text: str, rate: int) -> Speech:
    """Speak ``text`` at ``rate`` samples a second."""
    samples = array("h")
    starts: list[int] = []
    durations: list[int] = []
    groups = [group for group in _SYLLABLE.findall(text) if group]
    for number, group in enumerate(groups):
        begin = len(samples)
        rising = "?" in text[sum(map(len, groups[: number + 1])) :][:3]
        samples.extend(_group(group, rate, number / max(1, len(groups)), rising))
        length = (len(samples) - begin) * 1000 // rate
        first = begin * 1000 // rate
        for index in range(len(group)):
            starts.append(first + length * index // len(group))
            durations.append(length * (index + 1) // len(group) - length * index // len(group))
    return Speech(_little_endian(samples), tuple("".join(groups)), tuple(starts), tuple(durations))


def _group(group: str, rate: int, progress: float, rising: bool) -> array[int]:
    if not group[0].isalnum():
        return _silence(rate, 0.16 if any(mark in group for mark in ".,;:!?") else 0.035)
    vowel = next((letter for letter in group.lower() if letter in _FORMANTS), "e")
    onset = len(group) - len(group.lstrip("bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ"))
    samples = _breath(rate, 0.022 * min(onset, 2), seed=len(group) + ord(group[0]))
    seconds = 0.11 + 0.012 * min(len(group), 6)
    pitch = _BASE_PITCH * (1.18 - 0.25 * progress) * (1.35 if rising else 1.0)
    samples.extend(_tone(vowel, rate, seconds, pitch, pitch * (1.15 if rising else 0.93)))
    return samples


def _tone(vowel: str, rate: int, seconds: float, first: float, last: float) -> array[int]:
    """A voiced sound whose pitch glides from ``first`` to ``last`` hertz."""
    wave = _wave(vowel)
    count = int(rate * seconds)
    fade = max(1, count // 6)
    samples = array("h")
    phase = 0.0
    for index in range(count):
        level = min(1.0, index / fade, (count - index) / (2 * fade))
        samples.append(int(9500 * level * wave[int(phase)]))
        pitch = first + (last - first) * index / count
        phase = (phase + pitch * _PERIOD / rate) % _PERIOD
    return samples


@cache
def _wave(vowel: str) -> tuple[float, ...]:
    """One period of a buzz, its harmonics weighted by the vowel's formants; peaks at 1."""
    harmonics = range(1, 28)
    weights = [
        sum(1 / (1 + ((number * _BASE_PITCH - centre) / 110) ** 2) for centre in _FORMANTS[vowel])
        / math.sqrt(number)
        for number in harmonics
    ]
    wave = [
        sum(
            weight * math.sin(2 * math.pi * number * point / _PERIOD)
            for number, weight in zip(harmonics, weights, strict=True)
        )
        for point in range(_PERIOD)
    ]
    peak = max(map(abs, wave))
    return tuple(value / peak for value in wave)


def _breath(rate: int, seconds: float, seed: int) -> array[int]:
    """A short noise, brighter than white: the difference of neighbours of a random sequence."""
    samples = array("h")
    state, before = seed * 2654435761 % 2**32, 0
    for _ in range(int(rate * seconds)):
        state = (1664525 * state + 1013904223) % 2**32
        value = (state >> 20) - 2048
        samples.append((value - before) // 2)
        before = value
    return samples


def _silence(rate: int, seconds: float) -> array[int]:
    return array("h", bytes(2 * int(rate * seconds)))


def _little_endian(samples: array[int]) -> bytes:
    if array("h", [1]).tobytes()[0] == 0:  # a big-endian machine
        samples.byteswap()
    return samples.tobytes()
