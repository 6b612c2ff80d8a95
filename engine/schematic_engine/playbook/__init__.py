"""Playbooks: scripted conversations, held to their description, to be played by either side.

A `Playbook` says who says what, in order; `read_playbook` reads one from a text, and `recorded`
makes them of a recording. A `Player` plays one side and notices where the other side departs, which
`difference` shows. All of it is pure: no sockets and no clock.
"""

from __future__ import annotations

from schematic_engine.playbook.difference import Difference, difference
from schematic_engine.playbook.errors import PlaybookError
from schematic_engine.playbook.patterns import ANY, between, exactly, matching, named
from schematic_engine.playbook.playbook import Playbook
from schematic_engine.playbook.player import Act, Departure, Player, Seen
from schematic_engine.playbook.recorded import recorded
from schematic_engine.playbook.steps import (
    ANY_NUMBER,
    MAYBE,
    ONCE,
    SOME,
    Closes,
    Says,
    Sends,
    Step,
    Times,
    client,
    server,
)
from schematic_engine.playbook.text import read_playbook, write_playbook

__all__ = [
    "ANY",
    "ANY_NUMBER",
    "MAYBE",
    "ONCE",
    "SOME",
    "Act",
    "Closes",
    "Departure",
    "Difference",
    "Playbook",
    "PlaybookError",
    "Player",
    "Says",
    "Seen",
    "Sends",
    "Step",
    "Times",
    "between",
    "client",
    "difference",
    "exactly",
    "matching",
    "named",
    "read_playbook",
    "recorded",
    "server",
    "write_playbook",
]
