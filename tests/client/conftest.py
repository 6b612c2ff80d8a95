"""A mock for each generated client, made from the definition that it was generated from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from schematic_engine.mock import MockServer
from support.bundled import bundled
from support.clients import CLIENTS, Generated


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Generated:
    """One generated module after the other."""
    return CLIENTS[request.param]


@pytest.fixture(scope="session")
def _mocks() -> Iterator[dict[str, MockServer]]:
    """A running mock for each API, by its name."""
    with ExitStack() as running:
        yield {api.name: running.enter_context(MockServer(api)) for api in bundled()}


@pytest.fixture
def url(client: Generated, _mocks: dict[str, MockServer]) -> Iterator[str]:
    """Where the mock of the client listens; it is strict, and finds nothing wrong."""
    mock = _mocks[client.endpoint.api.name]
    yield mock.url
    assert mock.violations == []
