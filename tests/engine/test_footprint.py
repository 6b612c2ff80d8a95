"""Ten thousand idle connections fit into one process."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.define import Side
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.connection import Connection
from schematic_engine.credentials import find_credentials

COUNT = 50
PARAMS = {"voice_id": "v"}


def pair(endpoint: CompiledEndpoint) -> tuple[Connection, Connection]:
    """A client and a server that have said a word to each other, with compression agreed."""
    credentials = find_credentials(endpoint.api, "key", environ={})
    client = Connection.client(endpoint, params=PARAMS, credentials=credentials)
    server = Connection.server()
    for end in (client, server):
        end.handle_timeout(0.0)
    server.receive_data(client.data_to_send())
    server.accept(endpoint, params=PARAMS)
    client.receive_data(server.data_to_send())
    client.send("InitializeConnection")
    server.receive_data(client.data_to_send())
    server.send("AudioOutput", {"audio": "QUJD"})
    client.receive_data(server.data_to_send())
    return client, server


@pytest.mark.parametrize("role", list(Side))
def test_the_core_of_an_idle_connection_takes_no_more_than_eight_kibibytes(role: Side) -> None:
    endpoint = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
    kept = list[Connection]()

    def keep(number: int) -> None:
        for _ in range(number):
            client, server = pair(endpoint)
            kept.append(client if role is Side.CLIENT else server)

    def grown() -> int:
        before, _ = tracemalloc.get_traced_memory()
        keep(COUNT)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before

    keep(8)  # what all connections share is made with the first
    gc.collect()
    tracemalloc.start()
    try:
        least = min(grown() for _ in range(3))  # what others in this process keep is no matter
    finally:
        tracemalloc.stop()
    assert least / COUNT <= 8 * 1024
