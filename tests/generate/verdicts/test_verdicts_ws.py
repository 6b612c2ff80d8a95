"""Type checkers refuse what breaks the order of an API, or its types, and nothing else."""

from __future__ import annotations

from pathlib import Path

from support.type_checkers import refusals
from support.verdicts import expected

PROGRAMS = Path(__file__).parent / "ws"


def test_the_checkers_refuse_the_marked_lines_and_no_others(tmp_path: Path) -> None:
    differences: list[str] = []
    for checker, got in refusals(PROGRAMS, tmp_path).items():
        wanted = expected(PROGRAMS, checker)
        assert len(wanted) > 100, f"there are few programs for {checker}"
        differences += [f"{checker} does not refuse {one}" for one in sorted(wanted - got)]
        differences += [f"{checker} refuses {one}" for one in sorted(got - wanted)]
    assert not differences, "\n".join(differences)
