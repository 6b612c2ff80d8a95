"""All tables: what is measured, how much of it, against what, and what is aimed at."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeAlias

from benchmarks import (
    carried,
    checking,
    compiling,
    generated,
    imports,
    raw_server,
    receiving,
    scale,
    sending,
    streaming,
    trips,
    vocabulary,
    watching,
)
from benchmarks.extras import have
from benchmarks.measure import Measured, Run, compare
from benchmarks.traffic import payload

from schematic import Side

__all__ = ["TABLES", "Table", "Target", "machine", "measure", "units_of"]

_OURS = "schematic"
_RECEIVING = "Receiving, without I/O"
_SENDING = "Sending, without I/O"
_GENERATED = "Generated clients, without I/O"
_STREAMING = "Streaming over loopback"
_TRIPS = "Round trips over loopback"
_LARGE = "Large messages over loopback"
_CROWDS = "Many connections"
_DESCRIPTIONS = "What a description costs"
_CHECKING = "Checking recorded traffic"
_STARTING = "Compiling and importing"

_Peers: TypeAlias = Mapping[str, Run]


@dataclass(frozen=True, slots=True)
class Target:
    """What a table aims at; one of the three bounds is given.

    Attributes:
        against: the peers to compare with; of several, the best.
        faster: their figure is at least so many times ours.
        within: our figure is at most so many times theirs.
        limit: our figure is at most this.
        peer: which row is ours.
    """

    against: tuple[str, ...] = ()
    faster: float | None = None
    within: float | None = None
    limit: float | None = None
    peer: str = "schematic"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the page.

    Attributes:
        name: what the command line calls it.
        section: the heading that it stands under.
        title: its own heading.
        units: messages, round trips and the like in one run.
        peers: prepares what is run, for that many units.
        reference: the peer that the others are divided by.
        rounds: how many there are for each that is asked for.
        unit: what the figures are.
        scale: what a run's seconds, or whatever it returns, are multiplied by.
        targets: what is aimed at.
    """

    name: str
    section: str
    title: str
    units: int
    peers: Callable[[int], AbstractContextManager[_Peers]]
    reference: str
    rounds: float = 1.0
    unit: str = "µs each"
    scale: float = 1e6
    targets: tuple[Target, ...] = ()


def measure(table: Table, *, rounds: int, share: float = 1.0, only: str | None = None) -> Measured:
    """Runs a table's peers.

    Args:
        table: which.
        rounds: how often each peer runs, before the table's own factor; 0 for once, to try.
        share: how much of the table's work is done.
        only: the one peer to run.
    """
    units = units_of(table, share)
    with table.peers(units) as peers:
        chosen = peers if only is None else {only: peers[only]}
        figures = compare(
            chosen, units=units, rounds=round(rounds * table.rounds), scale=table.scale
        )
    return Measured(machine(), figures)


def units_of(table: Table, share: float = 1.0) -> int:
    """How many units a run of that share of the work has: two at least, if there are several."""
    return max(2, int(table.units * share)) if table.units > 1 else 1


def machine() -> str:
    """What the figures were taken on."""
    names = ("msgspec", "wsproto", "websockets", "aiohttp", "picows", "pydantic", "uvloop")
    peers = ", ".join(f"{name} {version(name)}" for name in names if have(name))
    return (
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{os.cpu_count()} cores; {peers}"
    )


def _at_once(peers: Callable[[int], _Peers]) -> Callable[[int], AbstractContextManager[_Peers]]:
    """Peers that need nothing to be started first."""
    return lambda units: nullcontext(peers(units))


def _served(peers: Callable[[str, int], _Peers]) -> Callable[[int], AbstractContextManager[_Peers]]:
    """Peers that need the raw server."""

    @contextmanager
    def start(units: int) -> Iterator[_Peers]:
        with raw_server.running() as url:
            yield peers(url, units)

    return start


def _size(size: int) -> str:
    for power, name in ((20, "MiB"), (10, "KiB")):
        if size >= 1 << power:
            return f"{size >> power} {name}"
    return f"{size} B"


# ------------------------------------------------------------------------------------ in memory


def _receiving(size: int, units: int, decode: float, websockets: float) -> Table:
    targets = [
        Target((receiving.ALONE,), within=decode),
        Target((receiving.WEBSOCKETS,), faster=websockets),
    ]
    if size == 256:
        targets.append(Target((receiving.PYDANTIC,), faster=5.0))
    return Table(
        name=f"receive-{size}",
        section=_RECEIVING,
        title=f"Receiving JSON of {_size(size)}",
        units=units,
        peers=_at_once(lambda units: receiving.typed(payload(f"audio_{size}.json"), units)),
        reference=_OURS,
        targets=tuple(targets),
    )


def _receiving_binary(size: int, units: int) -> Table:
    return Table(
        name=f"receive-binary-{size}",
        section=_RECEIVING,
        title=f"Receiving binary of {_size(size)}",
        units=units,
        peers=_at_once(lambda units: receiving.binary(size, units)),
        reference=_OURS,
        targets=(Target(receiving.PURE, within=1.2),) if size >= 65536 else (),
    )


def _sending(name: str, side: Side, units: int) -> Table:
    size = len(payload(name))
    server, binary = side is Side.SERVER, name.endswith(".bin")
    if server:
        target = Target((sending.WEBSOCKETS,), faster=2.0)
    elif size <= 256:
        target = Target((sending.WEBSOCKETS,), faster=1.5)
    else:
        target = Target((sending.WEBSOCKETS,), within=1.3, peer=sending.MASKER)
    what = "binary" if binary else "JSON"
    return Table(
        name=f"send-{side.value}-{size}",
        section=_SENDING,
        title=f"Sending {what} of {_size(size)} as a {side.value}",
        units=units,
        peers=_at_once(
            (lambda units: sending.binary(name, side, units))
            if binary
            else (lambda units: sending.typed(name, units))
        ),
        reference=_OURS,
        targets=(target,),
    )


def _generated() -> Iterator[Table]:
    for name, what, colour, peers in (
        ("send-generated-asyncio", "Sending texts", "asyncio", generated.sending),
        ("send-generated-sync", "Sending texts", "sync", generated.sending_blocking),
        ("receive-generated-asyncio", "Receiving JSON of 256 B", "asyncio", generated.receiving),
        ("receive-generated-sync", "Receiving JSON of 256 B", "sync", generated.receiving_blocking),
    ):
        yield Table(
            name=name,
            section=_GENERATED,
            title=f"{what} with a generated client, {colour}",
            units=4_000,
            peers=_at_once(peers),
            reference=_OURS,
            rounds=3.0,
            targets=(Target((generated.OURS,), within=1.1, peer=generated.GENERATED),),
        )


# ---------------------------------------------------------------------------------- over loopback


def _streaming(size: int, units: int) -> Iterator[Table]:
    name = f"audio_{size}.json"
    yield Table(
        name=f"stream-asyncio-{size}",
        section=_STREAMING,
        title=f"Streaming JSON of {_size(size)}, asyncio",
        units=units,
        peers=_served(
            lambda url, units: streaming.asyncio_clients(url, streaming.typed(name, units))
        ),
        reference=_OURS,
        targets=(
            Target((streaming.WEBSOCKETS,), faster=2.0),
            Target((streaming.AIOHTTP,), faster=1.2),
        ),
    )
    yield Table(
        name=f"stream-sync-{size}",
        section=_STREAMING,
        title=f"Streaming JSON of {_size(size)}, sync",
        units=units,
        peers=_served(lambda url, units: streaming.sync_clients(url, streaming.typed(name, units))),
        reference=_OURS,
        targets=(Target((streaming.WEBSOCKETS,), faster=2.0),),
    )


def _large(size: int, units: int) -> Iterator[Table]:
    yield Table(
        name=f"stream-asyncio-large-{size}",
        section=_LARGE,
        title=f"Streaming binary of {_size(size)}, asyncio",
        units=units,
        peers=_served(
            lambda url, units: streaming.asyncio_clients(url, streaming.large(size, units))
        ),
        reference=_OURS,
        targets=(Target((streaming.WEBSOCKETS,), within=1.2),),
    )
    yield Table(
        name=f"stream-sync-large-{size}",
        section=_LARGE,
        title=f"Streaming binary of {_size(size)}, sync",
        units=units,
        peers=_served(lambda url, units: streaming.sync_clients(url, streaming.large(size, units))),
        reference=_OURS,
        targets=(Target((streaming.WEBSOCKETS,), within=1.2),),
    )


def _uvloop() -> Iterator[Table]:
    if have("uvloop"):
        import uvloop

        yield Table(
            name="stream-uvloop-256",
            section=_STREAMING,
            title="Streaming JSON of 256 B, asyncio under uvloop",
            units=20_000,
            peers=_served(
                lambda url, units: streaming.asyncio_clients(
                    url, streaming.typed("audio_256.json", units), uvloop.new_event_loop
                )
            ),
            reference=_OURS,
        )


def _trips() -> Iterator[Table]:
    yield Table(
        name="trips-asyncio",
        section=_TRIPS,
        title="Round trips, asyncio",
        units=500,
        peers=_served(trips.asyncio_clients),
        reference=_OURS,
        targets=(
            Target((trips.WEBSOCKETS,), faster=1.0),
            Target((trips.AIOHTTP,), faster=1.0),
        ),
    )
    yield Table(
        name="trips-sync",
        section=_TRIPS,
        title="Round trips, sync",
        units=500,
        peers=_served(trips.sync_clients),
        reference=_OURS,
        targets=(Target((trips.WEBSOCKETS,), faster=1.0),),
    )


# -------------------------------------------------------------------------------------- the rest


def _crowds() -> Iterator[Table]:
    yield Table(
        name="idle-cores",
        section=_CROWDS,
        title="Memory of one of 10,000 open connections, without sockets",
        units=10_000,
        peers=_at_once(scale.cores),
        reference=_OURS,
        rounds=0.0,
        unit="KiB each",
        scale=1 / 1024,
        targets=(Target(limit=8.0),),
    )
    yield Table(
        name="idle-asyncio",
        section=_CROWDS,
        title="Memory of one of 1,000 open clients, asyncio",
        units=1_000,
        peers=_served(scale.adapters),
        reference=_OURS,
        rounds=0.0,
        unit="KiB each",
        scale=1 / 1024,
    )
    yield Table(
        name="streams",
        section=_CROWDS,
        title="2,000 ElevenLabs streams at once through the mock server",
        units=2_000,
        peers=_at_once(scale.streams),
        reference="finished",
        rounds=0.0,
        unit="in a hundred",
        scale=100.0,
        targets=(Target(limit=0.0, peer="failed"),),
    )


def _checking() -> Iterator[Table]:
    yield Table(
        name="check",
        section=_CHECKING,
        title="Judging recorded messages, on one core",
        units=20_000,
        peers=_at_once(checking.judges),
        reference=checking.ALONE,
        targets=(
            Target(limit=10.0, peer=checking.ALONE),
            Target(limit=10.0, peer=checking.OURS),
            Target(limit=10.0, peer=checking.FILE),
        ),
    )


def _watching() -> Iterator[Table]:
    yield Table(
        name="watch",
        section=_CHECKING,
        title="Receiving JSON of 256 B with websockets, alone and watched by a monitor",
        units=3_000,
        peers=_at_once(watching.receivers),
        reference=watching.ALONE,
    )


def _descriptions() -> Iterator[Table]:
    yield Table(
        name="kinds",
        section=_DESCRIPTIONS,
        title="Receiving JSON of 1.3 kB two channels deep, by how many kinds of message there are",
        units=60 * vocabulary.MESSAGES,
        peers=_at_once(lambda units: vocabulary.receivers(max(1, units // vocabulary.MESSAGES))),
        reference=vocabulary.REFERENCE,
    )
    yield Table(
        name="carried",
        section=_DESCRIPTIONS,
        title="Receiving JSON of 220 B, by where it is carried",
        units=4_000,
        peers=_at_once(carried.receivers),
        reference=carried.REFERENCE,
        rounds=3.0,
    )
    yield Table(
        name="compiling",
        section=_STARTING,
        title="Compiling an endpoint, in a running interpreter",
        units=1,
        peers=_at_once(lambda _: compiling.compilers()),
        reference=compiling.REFERENCE,
        unit="ms",
        scale=1e3,
    )
    yield Table(
        name="imports",
        section=_STARTING,
        title="Starting an interpreter and importing",
        units=1,
        peers=_at_once(lambda _: imports.importers()),
        reference=imports.REFERENCE,
        unit="ms",
        scale=1e3,
    )


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _receiving(66, 4_000, decode=4.0, websockets=3.0),
        _receiving(256, 3_000, decode=3.5, websockets=3.0),
        _receiving(8192, 600, decode=2.0, websockets=1.3),
        _receiving_binary(256, 4_000),
        _receiving_binary(65536, 400),
        _receiving_binary(1 << 20, 25),
        _receiving_binary(1 << 24, 2),
        _sending("audio_66.json", Side.SERVER, 3_000),
        _sending("audio_256.json", Side.SERVER, 3_000),
        _sending("audio_8192.json", Side.SERVER, 600),
        _sending("audio_65536.bin", Side.SERVER, 600),
        _sending("text_66.json", Side.CLIENT, 3_000),
        _sending("text_256.json", Side.CLIENT, 3_000),
        _sending("chunk_8192.json", Side.CLIENT, 400),
        _sending("audio_65536.bin", Side.CLIENT, 60),
        *_generated(),
        *_streaming(66, 20_000),
        *_streaming(256, 20_000),
        *_streaming(8192, 4_000),
        *_uvloop(),
        *_trips(),
        *_large(65536, 300),
        *_large(1 << 20, 30),
        *_large(1 << 24, 3),
        *_crowds(),
        *_checking(),
        *_watching(),
        *_descriptions(),
    )
}
"""By name, in the order of the page."""
