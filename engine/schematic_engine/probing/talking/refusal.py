"""How an illegal step has to be answered: `Expectation`."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import UNSET

from schematic.compile import CompiledEndpoint
from schematic.define import Breach, OnBreach, Side
from schematic.define.close_codes import NORMAL_CODES
from schematic_engine.codec import codecs_of
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.events import Violation
from schematic_engine.machine import Machine
from schematic_engine.notices import announced
from schematic_engine.policy import Policy
from schematic_engine.probing.planning.plan import Wrong
from schematic_engine.session import Session

__all__ = ["Expectation", "expectation", "means_refusal"]

_STRICT = Policy(unknown="error", violation="report", replies=False)
_USUAL = frozenset({1002, 1003, 1007, 1008, 1009, 1010})


def means_refusal(code: int) -> bool:
    """Whether a close code may say that the other side did something wrong.

    Those of RFC 6455, section 7.4.1, that do, and all that libraries and applications define.
    """
    return code in _USUAL or 3000 <= code <= 4999


@dataclass(frozen=True, slots=True)
class Expectation:
    """What has to follow an illegal step.

    Attributes:
        ignored: whether nothing has to, since the description says that it is ignored.
        says: the id of the message that is described as the answer.
        closes: whether the connection has to be closed.
        code: with which code; None where any will do that `means_refusal`.
        by: the side that has to answer.
    """

    ignored: bool = False
    says: str | None = None
    closes: bool = True
    code: int | None = None
    by: Side = Side.SERVER

    def allows(self, code: int) -> bool:
        """Whether ``code`` is the right one to close with.

        Of a client that nothing is described about, all but a normal end will do.
        """
        if self.code is not None:
            return code == self.code
        return means_refusal(code) or (self.by is Side.CLIENT and code not in NORMAL_CODES)

    def __str__(self) -> str:
        """In words: ``the close code 4401``."""
        if self.ignored:
            return "nothing, since it is described as ignored"
        told = [] if self.says is None else [f"the message {self.says}"]
        if self.closes:
            usual = "a close code such as 1008, or one from 3000 to 4999"
            told.append(usual if self.code is None else f"the close code {self.code}")
        return ", then ".join(told)


def expectation(
    endpoint: CompiledEndpoint, machine: Machine, by: Side, wrong: Wrong
) -> Expectation | None:
    """What has to follow ``wrong`` where ``machine`` stands, which is not moved.

    The receiver's own session decides whether it is illegal at all.

    Args:
        endpoint: what is spoken.
        machine: where the conversation stands.
        by: who makes the step.
        wrong: the step.

    Returns:
        None if it is legal there, or not certainly illegal, or wrong in another way, too.
    """
    if wrong.flaw.is_within and wrong.message not in machine.allowed(by):
        return None
    session = Session(endpoint, by.other, policy=_STRICT)
    session.machine = machine.copy()
    event = session.receive(wrong.payload, is_text=wrong.is_text)
    if event is None:
        return Expectation(ignored=True, closes=False, by=by.other)
    if not isinstance(event, Violation) or wrong.flaw.breach not in (None, event.error.breach):
        return None
    answer = event.answer
    peer = by.other
    if answer is None:
        # Services add kinds of messages without notice, so clients let pass what they do not know.
        passes = peer is Side.CLIENT and event.error.breach is Breach.UNKNOWN
        return None if passes else Expectation(by=peer)
    if answer.says is None:
        return Expectation(code=answer.close_code, by=peer)
    notice, code = _notice(endpoint, peer, answer)
    code = answer.close_code or code
    closes = notice or code is not None
    return Expectation(says=answer.says, closes=closes, code=code, by=peer)


def _notice(endpoint: CompiledEndpoint, side: Side, answer: OnBreach) -> tuple[bool, int | None]:
    """Whether the message of ``answer`` announces a close, and with which code."""
    messages = {message.id: message for message in endpoint.endpoint.lifecycle.messages}
    notice = messages[answer.says or ""].closes
    if notice is None:
        return False, None
    try:
        kind = codecs_of(endpoint)[side].kinds[answer.says or ""]
        body = answer.body
        payload = kind.encode(UNSET if body is None else body)
    except LocalInvalidMessage:
        return True, None
    return True, announced(notice, payload)[0]
