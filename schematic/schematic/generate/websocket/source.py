"""`Source`: what all parts of a generated module share while it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from schematic.define import AuthKind, Side
from schematic.generate.imports import Imports
from schematic.generate.names import BUILTINS, Names
from schematic.generate.types import TypeSources
from schematic.generate.websocket.plan import Plan, Spoken

__all__ = ["Source"]

_SECRET = re.compile(r"(^|_)(authorization|api_?key|token|secret|password|credentials?)$", re.I)
"""What a field with credentials is called."""

_RUNTIME = "schematic_engine.client"
_MODULES = {
    **dict.fromkeys(("R_co", "Sink"), f"{_RUNTIME}.sending"),
    **dict.fromkeys(
        ("BinaryBody", "JsonBody", "TextBody", "WebSocketClose", "Wrapped"), f"{_RUNTIME}.bodies"
    ),
}
_KINDS = ("Ws", "Phases", "Callbacks", "Sink")
_PHASES = ("Initializing", "Streaming", "Closing")
_OWN = (
    *("ClientMessage", "ServerMessage", "ConnectParams", "RunParams"),
    *(f"{colour}{phase}" for colour in ("", "Sync") for phase in _PHASES),
)
"""What a module always has: messages of these names get others."""


@dataclass
class Source:
    """A module that is being written.

    Attributes:
        plan: what it holds.
        prefix: what the names of its clients begin with.
        names: the names of the module.
        classes: the class of each message, by the message's id.
    """

    plan: Plan
    prefix: str
    names: Names = field(default_factory=lambda: Names(BUILTINS))
    classes: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.imports = Imports(self.names)
        self.imports.expect(_RUNTIME, "aio", "sync")
        clients = (f"{colour}{self.prefix}{kind}" for colour in ("", "Sync") for kind in _KINDS)
        self.names.reserve(*_OWN, *clients)
        self.types = TypeSources(self.names, self.imports)

    def runtime(self, name: str) -> str:
        """Import ``name`` from `schematic_engine.client`."""
        return self.imports.name(_MODULES.get(name, _RUNTIME), name)

    def typing(self, name: str) -> str:
        """Import ``name`` from `typing`."""
        return self.imports.name("typing", name)

    def required(self, annotation: str) -> str:
        """The annotation of a key that has to be there."""
        return f"{self.typing('Required')}[{annotation}]"

    def of(self, spoken: Spoken) -> str:
        """The class of a message."""
        return self.classes[spoken.id]

    def secrets(self, spoken: Spoken) -> tuple[str, ...]:
        """The fields of a message in which credentials travel."""
        ways = self.plan.compiled.api.auth.ways
        carried = [
            way for way in ways if way.kind is AuthKind.MESSAGE and spoken.id in way.messages
        ]
        named = {(way.field or "").split(".")[0] for way in carried}
        if Side.CLIENT in spoken.message.direction.senders:
            named |= {one.encode_name for one in spoken.fields if _SECRET.search(one.name)}
        return tuple(sorted(named))
