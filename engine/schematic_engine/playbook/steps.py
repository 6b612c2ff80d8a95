"""The steps of a playbook: who says what, with which body, how often, and after how long.

::

    client.says("SendText", {"text": "Hello "})
    server.says("AudioOutput", times=SOME, after=0.2)
    client.says("SendText", violates="SCH-101")
    server.sends('{"nobody": "knows this"}', violates="SCH-201")
    server.closes(1000)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from schematic.define import Side
from schematic_engine.playbook.patterns import ANY, Pattern, in_words

__all__ = [
    "ANY_NUMBER",
    "MAYBE",
    "ONCE",
    "SOME",
    "Closes",
    "Says",
    "Sends",
    "Speaker",
    "Step",
    "Times",
    "client",
    "server",
    "spoken",
]


@dataclass(frozen=True, slots=True)
class Times:
    """How often something is said, one after the other.

    Attributes:
        least: the side that plays it says it so often.
        most: no more than that; None sets no bound.
    """

    least: int = 1
    most: int | None = 1

    def __str__(self) -> str:
        """As playbooks write it behind a message."""
        known = {(1, 1): "", (1, None): " +", (0, None): " *", (0, 1): " ?"}
        most = "" if self.most is None else str(self.most)
        exact = f" x{self.least}" if self.least == self.most else f" x{self.least}-{most}"
        return known.get((self.least, self.most), exact)


ONCE: Final = Times()
SOME: Final = Times(1, None)
"""Once or more often."""
ANY_NUMBER: Final = Times(0, None)
"""Any number of times, or not at all."""
MAYBE: Final = Times(0, 1)
"""Once or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """A side says a message of the description.

    Attributes:
        side: who.
        message: its id.
        body: what it says, or has to say.
        times: how often.
        after: seconds from when it is its turn until the side that plays it says it.
        violates: the id of the rule that is broken on purpose.
        payload: what was recorded, to be said again to the byte, unless a name in ``body`` now
            stands for something else.
        place: where it is written, such as ``hello.play:3``.
    """

    side: Side
    message: str
    body: Pattern = field(default=ANY, hash=False)
    times: Times = ONCE
    after: float = 0.0
    violates: str | None = None
    payload: str | bytes | None = None
    place: str = ""

    def __str__(self) -> str:
        body = "" if self.body is ANY else f" {in_words(self.body)}"
        return f"{self.side.value} {spoken(self.message)}{self.times}{body}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """A side sends a payload as it stands, whatever it may be.

    Attributes:
        side: who.
        payload: ``str`` in a text frame, ``bytes`` in a binary one.
        after: seconds from when it is its turn until the side that plays it says it.
        violates: the id of the rule that is broken on purpose.
        place: where it is written.
    """

    side: Side
    payload: str | bytes
    after: float = 0.0
    violates: str | None = None
    place: str = ""

    def __str__(self) -> str:
        return f"{self.side.value} sends {in_words(self.payload)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """A side begins to close the connection.

    Attributes:
        side: who.
        code: the close code; None for any, and for 1000 where it is to be said.
        reason: what is to be said; not looked at where it is heard.
        after: seconds from when it is its turn until the side that plays it closes.
        violates: the id of the rule that is broken on purpose.
        place: where it is written.
    """

    side: Side
    code: int | None = None
    reason: str = ""
    after: float = 0.0
    violates: str | None = None
    place: str = ""

    def __str__(self) -> str:
        return f"{self.side.value} closes {'any' if self.code is None else self.code}"


Step: TypeAlias = Says | Sends | Closes
"""One step of a playbook."""


def spoken(message: str) -> str:
    """The id of a message as playbooks write it, in quotes where it may be taken for a word."""
    return f'"{message}"' if message in ("says", "sends", "closes") else message


@dataclass(frozen=True, slots=True)
class Speaker:
    """One side, and what it does in a playbook: `client` or `server`."""

    side: Side

    def says(
        self,
        message: str,
        body: Pattern = ANY,
        *,
        times: Times = ONCE,
        after: float = 0.0,
        violates: str | None = None,
    ) -> Says:
        """It says ``message``.

        Args:
            message: the id of a message of the description.
            body: what it says: a value, in which places may be open (`ANY`, `matching`,
                `between`, `named`). Heard, only the fields that are named are looked at; said,
                the others are a sample's.
            times: how often.
            after: seconds to wait before it is said.
            violates: the id of the rule that it breaks on purpose, such as ``SCH-101``.
        """
        return Says(
            side=self.side,
            message=message,
            body=body,
            times=times,
            after=after,
            violates=violates,
        )

    def sends(
        self, payload: str | bytes, *, after: float = 0.0, violates: str | None = None
    ) -> Sends:
        """It sends ``payload`` as it stands: ``str`` in a text frame, ``bytes`` in a binary one.

        Args:
            payload: the content of the frame.
            after: seconds to wait before it is sent.
            violates: the id of the rule that it breaks on purpose.
        """
        return Sends(side=self.side, payload=payload, after=after, violates=violates)

    def closes(
        self,
        code: int | None = 1000,
        reason: str = "",
        *,
        after: float = 0.0,
        violates: str | None = None,
    ) -> Closes:
        """It begins to close the connection.

        Args:
            code: the close code; None for any.
            reason: what is said with it.
            after: seconds to wait before it closes.
            violates: the id of the rule that it breaks on purpose.
        """
        return Closes(side=self.side, code=code, reason=reason, after=after, violates=violates)


client: Final = Speaker(Side.CLIENT)
server: Final = Speaker(Side.SERVER)
