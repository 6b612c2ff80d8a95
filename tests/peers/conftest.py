"""The servers that others wrote, each started once, and what SDKs say before there is any test."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator

import pytest

from peers.graphql_servers import graphql_ws_server, strawberry_server

with warnings.catch_warnings():
    # As it is imported, the SDK takes names from `websockets` that are deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("elevenlabs.conversational_ai.conversation")


@pytest.fixture(scope="session")
def graphql_ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the reference implementation."""
    with graphql_ws_server(tmp_path_factory.mktemp("graphql_ws")) as url:
        yield url


@pytest.fixture(scope="session")
def strawberry() -> Iterator[str]:
    """The base URL of the one in Python."""
    with strawberry_server() as url:
        yield url
