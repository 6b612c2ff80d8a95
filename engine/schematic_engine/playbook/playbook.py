"""`Playbook`: a conversation written down as data, which cannot drift from its description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from schematic.compile import narrow
from schematic.define.urls import placeholders
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.playbook.errors import PlaybookError
from schematic_engine.playbook.patterns import Pattern
from schematic_engine.playbook.rehearsal import rehearse, unknown
from schematic_engine.playbook.steps import Step

__all__ = ["Playbook"]


class Playbook:
    """A scripted conversation of one connection.

    ::

        Playbook(
            captions().endpoint("Live"),
            client.says("Start", {"language": "en"}),
            client.says("Line", {"text": "Hello."}),
            server.says("Caption", after=0.1),
            client.says("Stop"),
            server.says("Done"),
            server.closes(1000),
        )

    The steps of one side come in this order. A step of the side that is played also waits for all
    that the other side says before it; the other side need not wait, since messages cross.

    Args:
        endpoint: what is spoken.
        steps: what is said, in order.
        params: the connection's parameters by name: values for a client to ask with, and patterns
            of what a client has to ask with. Those that are not named may have any value.
        name: what reports call it.
        rejects: the HTTP status with which the server answers the request; then there are no
            steps.
        checked: whether it is held to the description; recordings are what they are.

    Attributes:
        endpoint: what is spoken, with the messages that it has for ``params``.
        steps: the steps; each knows where it is written.
        params: the parameters.
        name: what reports call it.
        rejects: the HTTP status with which the server rejects; None if it accepts.

    Raises:
        PlaybookError: a step is not what the description allows; the error names it.
        DefinitionError: ``endpoint`` contradicts itself.
    """

    def __init__(
        self,
        endpoint: AnyEndpoint,
        *steps: Step,
        params: Mapping[str, Pattern] | None = None,
        name: str = "playbook",
        rejects: int | None = None,
        checked: bool = True,
    ) -> None:
        self.params: Mapping[str, Pattern] = dict(params or {})
        self.name = name
        self.rejects = rejects
        self.endpoint = narrow(resolve(endpoint), self.values)
        self.steps: tuple[Step, ...] = tuple(
            step if step.place else replace(step, place=f"{name}, step {number}")
            for number, step in enumerate(steps, 1)
        )
        self._check_params()
        if rejects is not None and (steps or not 300 <= rejects <= 599):
            raise PlaybookError(name, "who rejects does so with 300 to 599, and says nothing else")
        if checked:
            rehearse(self.endpoint, self.steps)

    @property
    def values(self) -> dict[str, object]:
        """Those parameters that have one value, for a client to ask with."""
        plain = (str, int, float, bool, list, dict)
        return {name: value for name, value in self.params.items() if isinstance(value, plain)}

    def _check_params(self) -> None:
        endpoint = self.endpoint.endpoint
        known = [*placeholders(endpoint.path), *(p.name for p in endpoint.connection_params)]
        for name in self.params:
            if name not in known:
                problem = unknown("connection parameter", name, known, self.endpoint)
                raise PlaybookError(self.name, problem)

    def __repr__(self) -> str:
        return f"<Playbook {self.name} of {self.endpoint.name}, {len(self.steps)} steps>"
