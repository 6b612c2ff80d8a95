"""`Witness`: writes down what passes in one conversation, without secrets, and has it judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from msgspec import structs

from schematic.compile import CompiledEndpoint
from schematic.define import Side
from schematic_engine.conformance import Finding, Judge, Record, RecordKind, Severity, Vantage
from schematic_engine.conformance.texts import Names, hide
from schematic_engine.hiding import surely_without, without_bytes
from schematic_engine.probing.talking.outcome import Fault

__all__ = ["Witness"]

_KNOWN_ONLY: Final = Names(sounding=False)
"""What the prober makes up is no secret, whatever its field is called."""


class Witness:
    """Stands at the prober's end of a connection.

    What was said is judged; what is written down, and told, has no secrets.

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
        self._reader = Judge(endpoint, vantage=vantage)  # of what is written down
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
                payload=payload,
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
                reason=reason,
            )
        )

    def told(self, fault: Fault) -> Fault:
        """``fault`` in words without secrets."""
        text, expected, came = map(self.clean, (fault.text, fault.expected, fault.came))
        return replace(fault, text=text, expected=expected, came=came)

    def clean(self, text: str) -> str:
        """``text`` without secrets."""
        return surely_without(text, self._secrets)

    def _hidden(self, record: Record) -> Record:
        """``record`` without secrets: itself if it has none."""
        if not self._secrets:
            return record
        payload = None if record.payload is None else self._payload(record.payload)
        reason = self.clean(record.reason)
        same = payload == record.payload and reason == record.reason
        return record if same else structs.replace(record, payload=payload, reason=reason)

    def _payload(self, payload: str | bytes) -> str | bytes:
        if isinstance(payload, str):
            return hide(payload, _KNOWN_ONLY, self._secrets)
        try:
            return hide(payload.decode(), _KNOWN_ONLY, self._secrets).encode()
        except UnicodeDecodeError:
            return without_bytes(payload, self._secrets)

    def _note(self, record: Record) -> tuple[Finding, ...]:
        """Write a record down; what is wrong with it, told as by one who reads what is written."""
        written = self._hidden(record)
        self.records.append(written)
        found = self._judge.feed(record).findings
        if not self._secrets:
            return found
        read = self._reader.feed(written).findings
        return found if written is record else tuple(_as_read(one, read) for one in found)


def _as_read(finding: Finding, read: Sequence[Finding]) -> Finding:
    """``finding`` in the words of the one of the same rule among those of who knows no secret.

    Words that quote what was said may hold a part of a secret, which nobody finds in them.
    """
    alike = [one for one in read if one.rule is finding.rule and one.side is finding.side]
    if alike:
        return structs.replace(finding, text=alike[0].text)
    text = f"{finding.rule.summary.rstrip('.')} (what was said holds a secret)"
    return structs.replace(finding, text=text)


def _is_about_it(finding: Finding) -> bool:
    """Whether a finding is one about a message, rather than about what cannot be judged."""
    return finding.rule.severity is Severity.ERROR and not finding.rule.is_of_handshake
