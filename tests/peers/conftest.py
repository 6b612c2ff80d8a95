"""The servers that others wrote, each started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from peers.graphql_servers import graphql_ws_server, strawberry_server


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
