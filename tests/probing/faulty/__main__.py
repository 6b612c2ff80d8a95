"""``python tests/probing/faulty NAME [URL]``: run one of the programs.

A server listens on a free port, says where, and goes on until it is stopped; a client has one
conversation at URL.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from probing.faulty import CORRECT, FAULTS, Fault  # found by the line above

from schematic import Side

PROGRAMS = {program.name: program for program in (*CORRECT, *FAULTS)}


async def serve(program: Fault) -> None:
    """Serve until it is stopped."""
    async with program.serve() as url:
        sys.stdout.write(f"{url}{program.endpoint.endpoint.path}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python tests/probing/faulty", description=__doc__)
    parser.add_argument("name", choices=PROGRAMS, metavar="NAME", help=", ".join(PROGRAMS))
    parser.add_argument("url", nargs="?", metavar="URL", help="where a client calls")
    arguments = parser.parse_args()
    program = PROGRAMS[arguments.name]
    if program.role is Side.SERVER:
        asyncio.run(serve(program))
    elif arguments.url is None:
        parser.error("a client needs the URL of a server")
    else:
        asyncio.run(program.run(arguments.url))


main()
