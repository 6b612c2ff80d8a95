from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.http_server import HttpServer, serving
from support.rest_callers import CALLERS, STREAMERS, Caller


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as told:
        yield told


@pytest.fixture(params=list(CALLERS))
def call(request: pytest.FixtureRequest) -> Caller:
    return CALLERS[request.param]


@pytest.fixture(params=list(STREAMERS))
def stream(request: pytest.FixtureRequest) -> Caller:
    return STREAMERS[request.param]
