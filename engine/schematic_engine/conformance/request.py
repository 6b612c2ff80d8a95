"""Judging the request that asks for a WebSocket: its path and its parameters.

A parameter that is not described is no finding: clients add their own, and services add new ones.
Neither is a path with another prefix, as clients have that were pointed at a proxy. Credentials
are not judged, nor what travels in headers: recordings do not have them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from schematic.compile import CompiledEndpoint, narrow
from schematic_engine.address import Flaw, FlawKind, Reading, read_target
from schematic_engine.conformance import rules
from schematic_engine.conformance.redact import HIDDEN, is_secret, redact_text
from schematic_engine.conformance.rules import Rule

__all__ = ["Request", "judge_request"]


class Request(msgspec.Struct, frozen=True):
    """What a request turned out to be.

    Attributes:
        endpoint: the endpoint with those messages that the connection has; with all of them where
            that depends on parameters which are not known.
        broken: the rules that the client broke, each with what is wrong.
    """

    endpoint: CompiledEndpoint
    broken: tuple[tuple[Rule, str], ...] = ()


def judge_request(endpoint: CompiledEndpoint, target: str) -> Request:
    """Judge the request target that a client asked for.

    Args:
        endpoint: the endpoint that it should have asked for, with all its messages.
        target: path and query as recorded.
    """
    described = endpoint.endpoint
    reading = read_target(described, target)
    messages = described.lifecycle.every_message
    decisive = {name for message in messages for name in message.condition.names}
    if reading is None:
        consequence = _ALL if decisive else ""
        text = f"the client asks for another path than {described.path}{consequence}"
        return Request(endpoint, ((rules.OTHER_PATH, text),))
    unknown = not decisive.isdisjoint(reading.unread)
    broken = tuple((rule, text + (_ALL if unknown else "")) for rule, text in _broken(reading))
    return Request(endpoint if unknown else narrow(endpoint, reading.values), broken)


_ALL = "; so it is not known which messages the connection has, and all are taken for possible"


def _broken(reading: Reading) -> Iterator[tuple[Rule, str]]:
    for flaw in reading.flaws:
        if HIDDEN in flaw.problem:
            continue  # whoever recorded it took the value out
        names = ", ".join(flaw.names)
        if flaw.kind is FlawKind.MISSING:
            yield rules.PARAMETER_MISSING, f"the client leaves out {names}, which is required"
        elif flaw.kind is FlawKind.UNFIT:
            text = f"the client gives {names} a value that does not fit: {_problem(flaw)}"
            yield rules.PARAMETER_UNFIT, text
        else:
            yield rules.PARAMETERS_AT_ODDS, f"the client's parameters are at odds: {flaw.problem}"


def _problem(flaw: Flaw) -> str:
    """What is wrong with a value, which may be repeated there."""
    return HIDDEN if any(map(is_secret, flaw.names)) else redact_text(flaw.problem)
