"""What a lifecycle says about the end of a connection must fit the messages that it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from schematic.define.checks import attribute
from schematic.define.closing import Closing
from schematic.define.errors import DefinitionError

if TYPE_CHECKING:
    from schematic.define.lifecycle import ConnectionLifecycle

__all__ = ["check_ending"]


def check_ending(lifecycle: ConnectionLifecycle) -> None:
    """Raise `DefinitionError` if ``lifecycle`` contradicts itself about how connections end."""
    with attribute("closing"):
        lifecycle.closing.check()
    for message in lifecycle.messages:
        if message.closes is not None and not message.ends and message != lifecycle.close:
            raise DefinitionError(
                f"the sender of {message.id} closes next, so it says nothing more: set final=True",
                place=(f"{message.id}.final",),
            )
    for place, problem in _problems_on_channels(lifecycle):
        raise DefinitionError(problem, place=(place,))


def _problems_on_channels(lifecycle: ConnectionLifecycle) -> Iterator[tuple[str, str]]:
    for index, channel in enumerate(lifecycle.channels):
        inside = channel.lifecycle
        if inside.closing != Closing():
            yield f"channels[{index}].lifecycle.closing", "close codes belong to the connection"
        for message in inside.messages:
            if message.closes is not None:
                problem = f"{message.id} closes the connection, so it is no message of a channel"
                yield f"channels[{index}].lifecycle", problem
