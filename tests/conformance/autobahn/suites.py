"""Which cases there are, and what counts as passed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

__all__ = ["GROUPS", "SUITES", "Result", "Suite"]

GROUPS: Final = {
    "1": "Framing",
    "2": "Pings and pongs",
    "3": "Reserved bits",
    "4": "Opcodes",
    "5": "Fragmentation",
    "6": "UTF-8",
    "7": "Close",
    "9": "Limits and performance",
    "10": "Automatic fragments",
    "12": "Compression: sizes",
    "13": "Compression: parameters",
}

_FRESH: Final = ("13.2", "13.5", "13.6")
"""Cases in which the client compresses each message by itself."""


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

    def split(self) -> tuple[Suite, Suite | None]:
        """The cases without those of a client that has no context takeover; and those, if any.

        kosoku skips them unless the client offers to do without. (It need not offer it, RFC 7692,
        section 7.1.1.2, and the original runs them with any client.)
        """
        wide = {"*", "13.*"} & {*self.include}
        fresh = tuple(f"{group}.*" for group in _FRESH) if wide else ()
        fresh += tuple(case for case in self.include if case.startswith(_FRESH))
        rest = tuple(case for case in self.include if not case.startswith(_FRESH))
        without = replace(self, include=rest, exclude=(*self.exclude, *fresh))
        skipped = not fresh or "13.*" in self.exclude
        return without, None if skipped else replace(self, include=fresh)


# The compression cases of one setting differ in the size of the messages; these are the large ones.
_LARGE: Final = (6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 18)

SUITES: Final = {
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
