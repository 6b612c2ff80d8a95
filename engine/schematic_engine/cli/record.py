"""``schematic record``: run a program behind a proxy, and say what its WebSockets did."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from schematic_engine.cli.tapping import Tapping, is_reached, is_whole, outcome_of, tapping_options
from schematic_engine.cli.unusable import Unusable

__all__ = ["VARIABLE", "record"]

VARIABLE = "SCHEMATIC_URL"
"""The environment variable that tells the program where to connect to."""

_KILLED = 128
"""What shells add to the number of a signal that ended a program."""


@click.command(
    context_settings={"allow_interspersed_args": False},
    epilog="""\b
Examples:
  schematic record --upstream wss://api.elevenlabs.io -o trace.jsonl -- python speak.py
  schematic record --upstream ws://127.0.0.1:9000 -e my_api.py:my_api -- node client.js {url}
""",
)
@tapping_options
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.argument("command", metavar="COMMAND [ARG]...", nargs=-1, required=True)
@click.pass_context
def record(
    context: click.Context, /, *, strict: bool, command: tuple[str, ...], **shared: Any
) -> None:
    """Run a program, and record and judge its WebSockets.

    A proxy is started on a free port of this machine, and COMMAND with {url} in its arguments, and
    SCHEMATIC_URL in its environment, as the URL to connect to. When it ends, what was found is
    shown on standard error.

    Exits with 1 if the traffic does not conform, and otherwise with the program's own exit code;
    with 2 if it could not be started, or no connection reached the server.

    A file that is there is begun anew when a server has answered, and stays as it is until then.
    """
    proxy = Tapping(**shared).proxy()
    try:
        with proxy:
            code = _run(command, proxy.url)
            proxy.settle()  # what it has said last may still be under way
    except OSError as error:
        what = error.filename or "a port of this machine"
        raise Unusable(f"cannot use {what}: {error.strerror or error}") from error
    report = proxy.report()
    *findings, _ = report.as_text().splitlines()
    click.echo("\n".join([*findings, outcome_of(report)]), err=True)
    is_whole(proxy)
    if not is_reached(proxy):
        context.exit(2)
    context.exit(1 if report.exit_code(strict=strict) == 1 else code)


def _run(command: Sequence[str], url: str) -> int:
    """Run the program; its exit code as a shell tells it.

    Raises:
        OSError: it cannot be started.
    """
    arguments = [one.replace("{url}", url) for one in command]
    environment = {**os.environ, VARIABLE: url}
    with subprocess.Popen(arguments, env=environment) as process, _passing_on_signals(process):
        code = process.wait()
    return code if code >= 0 else _KILLED - code


@contextmanager
def _passing_on_signals(process: subprocess.Popen[bytes]) -> Generator[None]:
    """Leave Ctrl-C to the program, which gets it as well, and tell it to end when we are told."""

    def leave(*_: object) -> None:
        """The program decides."""

    def tell(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, leave),
        signal.SIGTERM: signal.signal(signal.SIGTERM, tell),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
