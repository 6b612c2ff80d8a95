"""`CloseNotice`: a message that says that its sender closes the WebSocket next."""

from __future__ import annotations

from dataclasses import dataclass

from schematic.define.close_codes import is_close_code
from schematic.define.errors import DefinitionError

__all__ = ["CloseNotice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseNotice:
    """What an error message tells of the close frame that follows it.

    Attributes:
        code: the close code that follows, or the path of the field that holds it: ``code``,
            ``error.code``. None where the message does not tell.
        reason: the path of the field whose text is repeated as the close reason, which holds 123
            bytes of it (RFC 6455, section 5.5.1); None where the reason is another.
    """

    code: int | str | None = None
    reason: str | None = None

    def check(self) -> None:
        """Raise `DefinitionError` if no close frame can be as this says."""
        if isinstance(self.code, int) and not is_close_code(self.code):
            raise DefinitionError(
                f"{self.code} is no close code that can be sent: use 1000 to 1003, 1007 to 1014, "
                "or 3000 to 4999",
                place=("code",),
            )
        for field, path in (("code", self.code), ("reason", self.reason)):
            if isinstance(path, str) and not all(path.split(".")):
                raise DefinitionError(
                    f"{path!r} is not the name of a field, or names joined by dots", place=(field,)
                )
