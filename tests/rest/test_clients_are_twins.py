"""The two REST clients say the same in two colours."""

from __future__ import annotations

import inspect

import pytest

from schematic_engine.rest import RestClient, RestSurface, SyncRestClient, SyncRestSurface

PAIRS = [(RestClient, SyncRestClient), (RestSurface, SyncRestSurface)]


def methods(client: type) -> dict[str, str]:
    """The public methods of a client with their arguments, by their sync names."""
    return {
        name.removeprefix("a"): str(inspect.signature(value).replace(return_annotation=""))
        for name, value in vars(client).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_both_have_the_same_methods_with_the_same_arguments(first: type, second: type) -> None:
    assert methods(first) == methods(second)
    assert methods(first)


def test_what_has_to_be_awaited_is_what_reads_or_closes() -> None:
    waiting = {
        name for name, value in vars(RestClient).items() if inspect.iscoroutinefunction(value)
    }
    assert waiting == {"__aenter__", "__aexit__", "aclose", "call"}
