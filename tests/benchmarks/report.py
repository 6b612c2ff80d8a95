"""All measurements as one Markdown page."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

from benchmarks import carried, compiling, imports, in_memory, loopback, vocabulary
from benchmarks.measure import Row, compare

__all__ = ["page"]

_PAYLOAD_NAMES = {"audio_66": "64 B", "audio_256": "242 B", "audio_8k": "7.8 kB"}


def page(*, rounds: int, scale: float = 1.0) -> str:
    """Measure everything; ``scale`` shrinks the amount of work."""
    parts = [_machine(rounds)]
    count = max(2, int(4000 * scale))
    for payload in in_memory.PAYLOADS:
        rows = compare(
            in_memory.receivers(payload, count),
            reference=in_memory.REFERENCE,
            units=count,
            rounds=rounds,
        )
        title = f"Receiving typed messages of {_PAYLOAD_NAMES[payload]}, in memory"
        parts.append(_table(title, in_memory.REFERENCE, rows))
    rows = compare(
        in_memory.senders(count), reference=in_memory.REFERENCE, units=count, rounds=rounds
    )
    parts.append(_table("Sending typed messages as a client, in memory", in_memory.REFERENCE, rows))
    responses = max(1, int(60 * scale))
    rows = compare(
        vocabulary.receivers(responses),
        reference=vocabulary.REFERENCE,
        units=responses * vocabulary.MESSAGES,
        rounds=rounds,
    )
    title = "Receiving typed messages of 1.3 kB two channels deep, by how many kinds there are"
    parts.append(_table(title, vocabulary.REFERENCE, rows))
    rows = compare(
        carried.receivers(count), reference=carried.REFERENCE, units=count, rounds=rounds
    )
    title = "Receiving a typed message of 220 B, by where it is carried"
    parts.append(_table(title, carried.REFERENCE, rows))
    trips = max(2, int(1000 * scale))
    with loopback.servers() as url:
        for colour, peers in loopback.trips(url, trips).items():
            rows = compare(peers, reference=loopback.REFERENCE, units=trips, rounds=rounds)
            title = f"Round trips over loopback, {colour}, connecting included"
            parts.append(_table(title, loopback.REFERENCE, rows))
    rows = compare(compiling.compilers(), reference=compiling.REFERENCE, units=1, rounds=rounds)
    parts.append(
        _table("Compiling an endpoint, in a running interpreter", compiling.REFERENCE, rows)
    )
    rows = compare(imports.importers(), reference=imports.REFERENCE, units=1, rounds=rounds)
    parts.append(_table("Starting an interpreter and importing", imports.REFERENCE, rows))
    return "\n\n".join(parts) + "\n"


def _machine(rounds: int) -> str:
    names = ("wsproto", "websockets", "msgspec")
    peers = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{os.cpu_count()} cores; {peers}; medians of {rounds} rounds, peers taking turns."
    )


def _table(title: str, reference: str, rows: list[Row]) -> str:
    lines = [f"## {title}", "", f"| | µs each | divided by {reference} |", "|---|---:|---:|"]
    lines += [f"| {row.name} | {row.micros:,.1f} | {row.ratio:.2f} |" for row in rows]
    return "\n".join(lines)
