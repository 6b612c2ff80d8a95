"""``schematic proxy``: stand between clients and a server, and say who breaks the order."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from ssl import SSLContext
from typing import Any

import click

from schematic_engine.cli.certificates import PEM, serving
from schematic_engine.cli.paper import standard_output
from schematic_engine.cli.tapping import Tapping, is_reached, is_whole, outcome_of, tapping_options
from schematic_engine.cli.unusable import Unusable
from schematic_engine.conformance.reports.report import Teller
from schematic_engine.conformance.shown import Shown
from schematic_engine.tap import MAX_CONNECTIONS, Proxy
from schematic_engine.tap.proxy import is_loopback

__all__ = ["proxy"]

_PLACE = re.compile(
    r"(?:(?P<scheme>wss?)://)?(?:(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):)?(?P<port>[0-9]{1,5})/?"
)


@click.command(
    epilog="""\b
Examples:
  schematic proxy --upstream wss://api.elevenlabs.io -o trace.jsonl
  schematic proxy --listen 127.0.0.1:8080 --upstream ws://127.0.0.1:9000 -e my_api.py:my_api
  schematic proxy --upstream wss://api.deepgram.com -e deepgram/ListenV1 --enforce
"""
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:0",
    show_default=True,
    help="Where clients connect to: a port, host and port, or a ws:// or wss:// URL with a port. "
    "Port 0 takes a free one.",
)
@click.option("--anywhere", is_flag=True, help="Let it be an address that other machines reach.")
@click.option(
    "--certfile", "--cert", type=PEM, help="A certificate in PEM; clients then connect with wss."
)
@click.option("--keyfile", "--key", type=PEM, help="Its private key, unless that is in --certfile.")
@tapping_options
@click.option(
    "--max-connections",
    type=click.IntRange(min=1),
    default=MAX_CONNECTIONS,
    show_default=True,
    help="How many connections are passed on at a time; more are answered with 503.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Findings as they happen (text), or a report at the end (json).",
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.pass_context
def proxy(
    context: click.Context,
    /,
    *,
    listen: str,
    anywhere: bool,
    certfile: Path | None,
    keyfile: Path | None,
    max_connections: int,
    form: str,
    strict: bool,
    **shared: Any,
) -> None:
    """Record and judge WebSockets on their way to a server.

    Clients connect here instead of to the server. What they and the server say passes as it is,
    byte for byte; of the requests, only where they go to is changed. Each finding is shown as it
    happens, as `schematic check` shows it. Stop it with Ctrl-C.

    Exits with 0 if the traffic conforms (warnings included), 1 if it does not, and 2 if there was
    something that could not be judged, or written, or if no connection reached the server.
    """
    tls = serving(certfile, keyfile)
    host, port = _place(listen, anywhere=anywhere, tls=tls)
    tapping = Tapping(**shared)
    made = tapping.proxy(
        host=host,
        port=port,
        ssl=tls,
        max_connections=max_connections,
        tell=_teller(str(tapping.output or "live")) if form == "text" else None,
    )
    try:
        _serve(made, tapping.upstream)
    except OSError as error:
        what = error.filename or f"{host}:{port}"
        raise Unusable(f"cannot use {what}: {error.strerror or error}") from error
    report = made.report()
    if form == "json":
        click.echo(report.as_json())
    click.echo(outcome_of(report), err=True)
    whole, reached = is_whole(made), is_reached(made)
    context.exit(report.exit_code(strict=strict) or (0 if whole and reached else 2))


def _serve(made: Proxy, upstream: str) -> None:
    """Run until somebody interrupts it.

    Raises:
        OSError: it cannot listen, or write.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt), made:
            click.echo(f"Listening on {made.url} for {upstream}, Ctrl-C stops.", err=True)
            threading.Event().wait()
    finally:
        signal.signal(signal.SIGTERM, before)


def _teller(name: str) -> Callable[[Shown], None]:
    """What shows a finding of the recording called ``name``."""
    teller, out = Teller(), standard_output()

    def tell(shown: Shown) -> None:
        with suppress(OSError):  # nobody reads it any more, which is no reason to stop
            for line in teller.lines(name, shown):
                click.echo(line, file=out)

    return tell


def _place(listen: str, *, anywhere: bool, tls: SSLContext | None) -> tuple[str, int]:
    """Host and port.

    Raises:
        UsageError: it is no such place, or not one that is allowed.
    """
    found = _PLACE.fullmatch(listen)
    if found is None or int(found["port"]) > 65535:
        raise click.UsageError(
            f"--listen {listen}: expected a port, HOST:PORT, or a ws:// or wss:// URL with a port"
        )
    if found["scheme"] and (found["scheme"] == "wss") is (tls is None):
        needs = "wss:// needs --certfile" if tls is None else "with --certfile it is wss://"
        raise click.UsageError(f"--listen {listen}: {needs}")
    host = (found["host"] or "127.0.0.1").strip("[]")
    if not (anywhere or is_loopback(host)):
        raise click.UsageError(
            f"--listen {listen}: other machines can reach that address; if they may, say --anywhere"
        )
    return host, int(found["port"])
