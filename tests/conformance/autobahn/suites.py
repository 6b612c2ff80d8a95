"""Which cases there are, and what counts as passed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["SUITES", "Result", "Suite"]


@dataclass(frozen=True)
class Suite:
    """A selection of cases.

    Attributes:
        include: patterns of case ids, ``*`` for any.
        exclude: patterns of those to leave out.
        count: how many cases that makes, so that none goes missing; None where it is not known.
    """

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    count: int | None = None


# The compression cases of one setting differ in the size of the messages; these are the large ones.
_LARGE: Final = (6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 18)

SUITES: Final = {
    "smoke": Suite(("1.*", "2.*", "5.*", "7.*", "12.1.1", "13.1.1")),
    "quick": Suite(exclude=("9.*", "12.*", "13.*"), count=247),
    "ci": Suite(
        exclude=tuple(f"{group}.*.{case}" for group in (12, 13) for case in _LARGE), count=385
    ),
    "full": Suite(count=517),
}


@dataclass(frozen=True)
class Result:
    """What the suite found in one case.

    Attributes:
        case: its id, such as ``1.1.1``.
        behavior: the verdict on the messages.
        close: the verdict on the closing handshake.
        code: the close code that we sent.
    """

    case: str
    behavior: str
    close: str
    code: int | None

    @property
    def passed(self) -> bool:
        """Whether all is well; NON-STRICT and UNIMPLEMENTED are not."""
        good = {"OK", "INFORMATIONAL"}
        return self.behavior in good and self.close in good

    @property
    def group(self) -> str:
        """The first number of the case's id."""
        return self.case.partition(".")[0]

    @property
    def order(self) -> tuple[int, ...]:
        """By which cases are sorted."""
        return tuple(int(part) for part in self.case.split("."))
