"""The command line: ``schematic``.

It needs the extra ``cli``. Nothing else in the project imports it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["main"]

_HINT = "schematic: the command line needs an extra: pip install 'schematic-ws[cli]'\n"


def main() -> None:
    """Run the command that the process was started with; exits the process."""
    if find_spec("click") is None or find_spec("rich") is None:
        sys.stderr.write(_HINT)
        raise SystemExit(2)
    # Imported here because it needs what was just looked for.
    from schematic_engine.cli.commands import schematic  # noqa: PLC0415

    schematic(prog_name="schematic")
