"""An endpoint as it is on a connection with certain parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from schematic.compile.endpoint import CompiledEndpoint, compile_endpoint
from schematic.define import BoundEndpoint
from schematic.define.narrowing import absent_with, combinations, without

__all__ = ["narrow", "narrowings"]


def narrow(endpoint: CompiledEndpoint, params: Mapping[str, object]) -> CompiledEndpoint:
    """``endpoint`` with those messages only that exist where the parameters are ``params``.

    The same answer is given for the same messages, so asking again costs little.

    Args:
        endpoint: an endpoint with all its messages.
        params: values by name, or their texts; what is missing has its default.
    """
    described = endpoint.endpoint
    absent = absent_with(described.lifecycle, described.params, params)
    return _narrowed(BoundEndpoint(endpoint.api, described), absent) if absent else endpoint


def narrowings(endpoint: CompiledEndpoint) -> tuple[tuple[str, CompiledEndpoint], ...]:
    """Everything that `narrow` can make of ``endpoint``, each with the parameters in words.

    Without words and the endpoint itself where its messages depend on no parameter.
    """
    described = endpoint.endpoint
    bound = BoundEndpoint(endpoint.api, described)
    found = combinations(described.lifecycle, described.params)
    return tuple((words, _narrowed(bound, absent)) for absent, words in found.items()) or (
        ("", endpoint),
    )


@lru_cache(maxsize=256)
def _narrowed(bound: BoundEndpoint, absent: frozenset[str]) -> CompiledEndpoint:
    endpoint = bound.endpoint
    lifecycle = without(endpoint.lifecycle, absent)
    narrowed = BoundEndpoint(bound.api, replace(endpoint, lifecycle=lifecycle))
    messages = tuple(one for one in endpoint.lifecycle.every_message if one.id in absent)
    return replace(compile_endpoint(narrowed), absent=messages)
