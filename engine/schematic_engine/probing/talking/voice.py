"""`Voice`: turns what a plan says into payloads, as soon as it is legal."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from schematic.compile import CompiledEndpoint
from schematic.define import BodyKind, Side
from schematic_engine.codec import codecs_of
from schematic_engine.credentials import Carried
from schematic_engine.errors import LocalProtocolError
from schematic_engine.policy import Policy
from schematic_engine.probing.planning.plan import Say, Wrong
from schematic_engine.probing.planning.secret_fields import filled
from schematic_engine.session import Session
from schematic_engine.unkeyed import Unnamed

__all__ = ["Voice"]

_POLICY = Policy(unknown="pass", violation="report", replies=False)


class Voice:
    """The prober's own session on one connection.

    Args:
        endpoint: what is spoken.
        own: the side that the prober speaks for.
        carried: how credentials travel in messages.

    Attributes:
        session: the session, which also hears the other side.
    """

    def __init__(self, endpoint: CompiledEndpoint, own: Side, carried: Carried | None) -> None:
        self.session = Session(endpoint, own, policy=_POLICY, carried=carried)
        self._kinds = codecs_of(endpoint)[own].kinds
        self._carried = carried or Carried()
        self._own = own

    def frame(self, say: Say) -> tuple[bytes, bool] | None:
        """The payload, and whether it is text, which has to be sent; None if it is not legal."""
        form = self._kinds[say.message].schema.kind
        content: object = say.content
        if form is BodyKind.TEXT:
            content = say.content.decode()
        elif form is BodyKind.JSON:
            known = self._with_known_key(say)
            content = msgspec.json.decode(self._with_secret(say.message, known))
        try:
            return self.session.send_frame(say.message, content)
        except LocalProtocolError:
            return None

    def filled(self, wrong: Wrong) -> Wrong:
        """``wrong`` with the secret where it belongs."""
        return replace(wrong, payload=self._with_secret(wrong.message, wrong.payload))

    def _with_secret(self, message: str, content: bytes) -> bytes:
        path = self._carried.fields.get(message)
        return content if path is None else filled(content, path, self._carried.secret)

    def _with_known_key(self, say: Say) -> bytes:
        """What ``say`` says, on a channel that is open where the plan's is not known."""
        kind, machine = self._kinds[say.message], self.session.machine
        if say.keys is None or isinstance(say.keys, tuple) or kind.key_path is None:
            return say.content
        if machine.move(self._own, say.message, say.keys) is not None:
            return say.content
        for name in (name for states in machine.channels for name in states.open_keys()):
            if isinstance(name, Unnamed):
                continue
            if machine.move(self._own, say.message, name) is not None:
                body = msgspec.json.decode(say.content)
                return msgspec.json.encode(self.session.for_channel(say.message, body, name))
        return say.content
