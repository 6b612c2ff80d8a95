"""An endpoint as it is on a connection with certain parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from schematic.compile.endpoint import CompiledEndpoint, assemble, compile_endpoint
from schematic.compile.table import Table
from schematic.define import BoundEndpoint
from schematic.define.narrowing import absent_with, combinations, without

__all__ = ["narrow", "narrowed_tables", "narrowings"]


def narrow(endpoint: CompiledEndpoint, params: Mapping[str, object]) -> CompiledEndpoint:
    """``endpoint`` with those messages only that exist where the parameters are ``params``.

    The same answer is given for the same messages, so asking again costs little.

    Args:
        endpoint: an endpoint with all its messages.
        params: values by name, or their texts; what is missing has its default.
    """
    described = endpoint.endpoint
    absent = absent_with(described.lifecycle, described.params, params)
    return _narrowed(endpoint, absent) if absent else endpoint


def narrowings(endpoint: CompiledEndpoint) -> tuple[tuple[str, CompiledEndpoint], ...]:
    """Everything that `narrow` can make of ``endpoint``, each with the parameters in words.

    Without words and the endpoint itself where its messages depend on no parameter.
    """
    found = combinations(endpoint.endpoint.lifecycle, endpoint.endpoint.params)
    return tuple((words, _narrowed(endpoint, absent)) for absent, words in found.items()) or (
        ("", endpoint),
    )


def narrowed_tables(endpoint: CompiledEndpoint) -> dict[frozenset[str], Table]:
    """Every table that `narrow` may need for ``endpoint``, by the ids of what is absent in it.

    With them, `schematic.compile.assemble` makes an endpoint that never compiles.
    """
    found = combinations(endpoint.endpoint.lifecycle, endpoint.endpoint.params)
    return {absent: _narrowed(endpoint, absent).table for absent in found if absent}


@lru_cache(maxsize=256)
def _narrowed(endpoint: CompiledEndpoint, absent: frozenset[str]) -> CompiledEndpoint:
    described = endpoint.endpoint
    lifecycle = without(described.lifecycle, absent)
    bound = BoundEndpoint(endpoint.api, replace(described, lifecycle=lifecycle))
    known = endpoint.narrowed.get(absent)
    narrowed = compile_endpoint(bound) if known is None else assemble(bound, known)
    messages = tuple(one for one in described.lifecycle.every_message if one.id in absent)
    return replace(narrowed, absent=messages)
