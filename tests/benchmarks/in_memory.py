"""Receiving and sending typed messages without any I/O."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.uri import parse_uri
from wsproto.connection import Connection as WsprotoConnection
from wsproto.connection import ConnectionType
from wsproto.events import TextMessage

from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import AudioOutput, SendText, elevenlabs
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.lane import frame

__all__ = ["PAYLOADS", "REFERENCE", "receivers", "senders"]

PAYLOADS = ("audio_66", "audio_256", "audio_8k")
REFERENCE = "wsproto + msgspec"
_READ = 65_536
_FOLDER = Path(__file__).parent / "payloads"


def client() -> Connection:
    """Our client, connected in memory, its opening said."""
    endpoint = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
    ours = Connection.client(endpoint, params={"voice_id": "v"}, credentials=Credentials("k"))
    server = Connection.server()
    server.receive_data(ours.data_to_send())
    server.accept(endpoint)
    ours.receive_data(server.data_to_send())
    ours.send("InitializeConnection")
    ours.data_to_send()
    return ours


def open_websockets() -> ClientProtocol:
    """The sans-IO layer of websockets, past its handshake."""
    return ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=None, state=State.OPEN)


def receivers(payload: str, count: int) -> dict[str, Callable[[], None]]:
    """Each receives ``count`` copies of a payload file in reads of 64 KiB, and decodes them."""
    content = (_FOLDER / f"{payload}.json").read_bytes()
    stream = frame(content, is_text=True, mask=None) * count
    reads = [stream[at : at + _READ] for at in range(0, len(stream), _READ)]
    decode = msgspec.json.Decoder(AudioOutput).decode
    return {
        "schematic Connection": lambda: _expect(_ours(reads), count),
        REFERENCE: lambda: _expect(_bare_wsproto(reads, decode), count),
        "websockets sans-IO + msgspec": lambda: _expect(_websockets(reads, decode), count),
        "msgspec decode alone": lambda: _expect(
            len([decode(content) for _ in range(count)]), count
        ),
    }


def _ours(reads: list[bytes]) -> int:
    connection = client()
    return sum(len(connection.receive_data(data)) for data in reads)


def _bare_wsproto(reads: list[bytes], decode: Callable[[str], AudioOutput]) -> int:
    connection, seen = WsprotoConnection(ConnectionType.CLIENT), 0
    parts: list[str] = []
    for data in reads:
        connection.receive_data(data)
        for event in connection.events():
            assert isinstance(event, TextMessage)
            parts.append(event.data)
            if event.message_finished:
                decode("".join(parts))
                parts.clear()
                seen += 1
    return seen


def _websockets(reads: list[bytes], decode: Callable[[bytes], AudioOutput]) -> int:
    connection, seen = open_websockets(), 0
    for data in reads:
        connection.receive_data(data)
        for received in connection.events_received():
            assert isinstance(received, Frame)
            decode(bytes(received.data))
            seen += 1
    return seen


def senders(count: int) -> dict[str, Callable[[], None]]:
    """Each sends ``count`` short texts as a client, masked."""
    message = SendText("Hello there, how are you? ")
    encode = msgspec.json.Encoder().encode

    def ours() -> None:
        connection, size = client(), 0
        for _ in range(count):
            connection.send(message)
            size += len(connection.data_to_send())
        _expect(size > count, True)

    def bare_wsproto() -> None:
        connection, size = WsprotoConnection(ConnectionType.CLIENT), 0
        for _ in range(count):
            size += len(connection.send(TextMessage(encode(message).decode())))
        _expect(size > count, True)

    def websockets_sans_io() -> None:
        connection, size = open_websockets(), 0
        for _ in range(count):
            connection.send_text(encode(message))
            size += sum(map(len, connection.data_to_send()))
        _expect(size > count, True)

    return {
        "schematic Connection": ours,
        REFERENCE: bare_wsproto,
        "websockets sans-IO + msgspec": websockets_sans_io,
    }


def _expect(got: int, wanted: int) -> None:
    if got != wanted:
        raise AssertionError(f"{got} instead of {wanted}")
