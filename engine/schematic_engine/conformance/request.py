"""Judging the opening handshake: the path, the parameters, and the subprotocol.

A parameter that is not described is no finding: clients add their own, and services add new ones.
Neither is a path with another prefix, as clients have that were pointed at a proxy. Credentials
are not judged, nor what travels in headers: recordings do not have them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from schematic.compile import CompiledEndpoint, narrow
from schematic_engine.address import Flaw, FlawKind, Reading, read_target
from schematic_engine.conformance import rules
from schematic_engine.conformance.findings import Broken
from schematic_engine.conformance.redact import HIDDEN, is_secret, redact_text, shown_path
from schematic_engine.conformance.repairs import correct

__all__ = ["Request", "judge_choice", "judge_offer", "judge_request"]


class Request(msgspec.Struct, frozen=True):
    """What a request turned out to be.

    Attributes:
        endpoint: the endpoint with those messages that the connection has; with all of them where
            that depends on parameters which are not known.
        broken: the rules that the client broke.
    """

    endpoint: CompiledEndpoint
    broken: tuple[Broken, ...] = ()


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
        asked = shown_path(target)
        text = f"the client asks for {asked}, another path than {described.path}{consequence}"
        repair = correct(f"ask for {described.path}")
        return Request(endpoint, (Broken(rules.OTHER_PATH, text, repair),))
    unknown = not decisive.isdisjoint(reading.unread)
    broken = tuple(_broken(reading, _ALL if unknown else ""))
    return Request(endpoint if unknown else narrow(endpoint, reading.values), broken)


_ALL = "; so it is not known which messages the connection has, and all are taken for possible"


def judge_offer(needed: Sequence[str], offered: Collection[str]) -> Iterator[Broken]:
    """Judge the subprotocols that a client offers: one has to be needed, if any is."""
    if needed and not set(needed) & set(offered):
        text = f"the client offers no subprotocol that the endpoint needs: {', '.join(needed)}"
        yield Broken(rules.NO_SUBPROTOCOL, text, correct(f"offer {' or '.join(needed)}"))


def judge_choice(
    needed: Sequence[str], offered: Collection[str], chosen: str | None
) -> Iterator[Broken]:
    """Judge what the server chose: what was offered, and what is needed if that was."""
    fitting = [one for one in needed if one in offered]
    if chosen is not None and chosen not in offered:
        text = "the server chose a subprotocol that the client does not offer"
        instead = f"choose {' or '.join(fitting)}" if fitting else "accept without a subprotocol"
        yield Broken(rules.NO_SUBPROTOCOL, text, correct(instead))
    elif fitting and chosen not in needed:
        text = f"the server accepted without a subprotocol that is needed: {', '.join(needed)}"
        yield Broken(rules.NO_SUBPROTOCOL, text, correct(f"choose {' or '.join(fitting)}"))


def _broken(reading: Reading, consequence: str) -> Iterator[Broken]:
    for flaw in reading.flaws:
        if HIDDEN in flaw.problem:
            continue  # whoever recorded it took the value out
        names = ", ".join(flaw.names)
        if flaw.kind is FlawKind.MISSING:
            rule, repair = rules.PARAMETER_MISSING, f"add {names} to the request"
            text = f"the client leaves out {names}, which is required"
        elif flaw.kind is FlawKind.UNFIT:
            rule, repair = rules.PARAMETER_UNFIT, f"give {names} a value that fits"
            text = f"the client gives {names} a value that does not fit: {_problem(flaw)}"
        else:
            rule, repair = rules.PARAMETERS_AT_ODDS, f"change one of {names}"
            text = f"the client's parameters are at odds: {flaw.problem}"
        yield Broken(rule, text + consequence, correct(repair))


def _problem(flaw: Flaw) -> str:
    """What is wrong with a value, which may be repeated there."""
    return HIDDEN if any(map(is_secret, flaw.names)) else redact_text(flaw.problem)
