"""``python tests/infer``: how well drafts judge, endpoint by endpoint; ``--write`` for the docs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from infer.endpoints import PATTERNS  # found by the line above
from infer.figures import figures, rows, written

PAGE = Path(__file__).parent.parent.parent / "docs" / "infer.md"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python tests/infer", description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/infer.md")
    arguments = parser.parse_args()
    counted = {name: figures(name) for name in PATTERNS}
    lines = rows(counted)
    sys.stdout.write("\n".join(lines) + "\n")
    for name, one in counted.items():
        for wrong in one.wrong:
            sys.stdout.write(f"{name}: {wrong}\n")
    if arguments.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(written(page, lines), encoding="utf-8")


main()
