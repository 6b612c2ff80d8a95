"""`Witness`: writes down what passes in one conversation, without secrets, and has it judged."""

from __future__ import annotations

from collections.abc import Sequence

from schematic.compile import CompiledEndpoint
from schematic.define import Side
from schematic_engine.conformance import Finding, Judge, Record, RecordKind, Severity, Vantage
from schematic_engine.hiding import without, without_bytes

__all__ = ["Witness"]


class Witness:
    """Stands at the prober's end of a connection.

    Args:
        endpoint: what is spoken.
        own: the side that the prober speaks for.
        secrets: what is written down nowhere.
        offered: the subprotocols that the client offers.

    Attributes:
        records: what has passed, in order.
    """

    def __init__(
        self,
        endpoint: CompiledEndpoint,
        own: Side,
        secrets: Sequence[str] = (),
        offered: Sequence[str] = (),
    ) -> None:
        vantage = Vantage.CLIENT if own is Side.CLIENT else Vantage.SERVER
        self._judge = Judge(endpoint, vantage=vantage)
        self._own, self._secrets = own, secrets
        self.records: list[Record] = []
        self._note(
            Record(
                line=1,
                connection=0,
                side=Side.CLIENT,
                kind=RecordKind.OPEN,
                offered=tuple(offered),
            )
        )

    def message(self, side: Side, payload: str | bytes) -> Finding | None:
        """``side`` has said this; what is wrong with it, if the other side is to blame."""
        is_text = isinstance(payload, str)
        found = self._note(
            Record(
                line=len(self.records) + 1,
                connection=0,
                side=side,
                kind=RecordKind.TEXT if is_text else RecordKind.BINARY,
                payload=self._hidden(payload),
            )
        )
        return next((one for one in found if side is not self._own and _is_about_it(one)), None)

    def close(self, side: Side, code: int, reason: str = "") -> tuple[Finding, ...]:
        """``side`` has sent a close frame with this code, or, for 1006, was lost."""
        return self._note(
            Record(
                line=len(self.records) + 1,
                connection=0,
                side=side,
                kind=RecordKind.CLOSE,
                code=code,
                reason=without(reason, self._secrets),
            )
        )

    def _hidden(self, payload: str | bytes) -> str | bytes:
        if isinstance(payload, str):
            return without(payload, self._secrets)
        return without_bytes(payload, self._secrets)

    def _note(self, record: Record) -> tuple[Finding, ...]:
        self.records.append(record)
        return self._judge.feed(record).findings


def _is_about_it(finding: Finding) -> bool:
    """Whether a finding is one about a message, rather than about what cannot be judged."""
    return finding.rule.severity is Severity.ERROR and not finding.rule.is_of_handshake
