"""`Closing`: who closes the WebSocket, and what the close codes mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schematic.define.checks import attribute
from schematic.define.close_codes import NORMAL_CODES, is_close_code
from schematic.define.errors import DefinitionError
from schematic.define.sides import Side

__all__ = ["CloseCode", "Closing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCode:
    """A close code, as the API documents it.

    Attributes:
        code: the number; 1005 for a close frame without one.
        meaning: what it means here, a few words.
        by: the side that gives it; None for either.
        normal: whether it is a normal end rather than an error.
        retry: whether it is worth connecting again; None where nobody says, and a client goes by
            what the code means elsewhere.
    """

    code: int
    meaning: str
    by: Side | None = None
    normal: bool = False
    retry: bool | None = None

    def check(self) -> None:
        """Raise `DefinitionError` if it cannot be the code of a close frame."""
        if not is_close_code(self.code) and self.code != 1005:
            raise DefinitionError(
                f"{self.code} is no close code: use 1000 to 1003, 1005 for none, 1007 to 1014, or "
                "3000 to 4999",
                place=("code",),
            )
        if not self.meaning.strip():
            raise DefinitionError("say what it means", place=("meaning",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a connection ends.

    Attributes:
        by: the side that closes the WebSocket when everything has been said; None for either.
        codes: the close codes that are documented, each once.
    """

    by: Side | None = None
    codes: Sequence[CloseCode] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", tuple(self.codes))

    def find(self, code: int) -> CloseCode | None:
        """What is documented about ``code``, if anything is."""
        return next((one for one in self.codes if one.code == code), None)

    def is_normal(self, code: int) -> bool:
        """Whether a connection that was closed with ``code`` has ended normally."""
        known = self.find(code)
        return code in NORMAL_CODES if known is None else known.normal

    def check(self) -> None:
        """Raise `DefinitionError` if the codes contradict themselves."""
        for index, one in enumerate(self.codes):
            with attribute(f"codes[{index}]"):
                one.check()
            if self.find(one.code) is not one:
                raise DefinitionError(
                    f"the code {one.code} is listed already", place=(f"codes[{index}].code",)
                )
