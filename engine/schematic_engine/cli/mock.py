"""``schematic mock``: a server made from a description."""

from __future__ import annotations

import threading
from pathlib import Path

import click

from schematic.define import BoundEndpoint, WebSocketApi
from schematic_engine.cli.certificates import PEM, serving
from schematic_engine.cli.paper import Paper, clean
from schematic_engine.cli.resolve import resolve_any
from schematic_engine.cli.unusable import Unusable
from schematic_engine.errors import RemoteProtocolError
from schematic_engine.mock import MockServer

__all__ = ["mock"]


@click.command(
    epilog="""\b
Examples:
  schematic mock elevenlabs
  schematic mock my_api.py:my_api/Chat --port 8765
  schematic mock elevenlabs --certfile cert.pem --keyfile key.pem
"""
)
@click.argument("reference", metavar="NAME[/ENDPOINT]")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The interface to listen on; only this machine can reach the default.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port; a free one by default."
)
@click.option("--certfile", type=PEM, help="A certificate in PEM; the server then speaks wss.")
@click.option("--keyfile", type=PEM, help="Its private key, unless that is in --certfile.")
@click.option("--lenient", is_flag=True, help="Report what clients do wrong, and go on.")
@click.option("--all-fields", is_flag=True, help="Fields that are not described are wrong, too.")
def mock(
    reference: str,
    *,
    host: str,
    port: int,
    certfile: Path | None,
    keyfile: Path | None,
    lenient: bool,
    all_fields: bool,
) -> None:
    """Serve an API, or one endpoint of it, from its description alone.

    The server answers with valid messages in a legal order. A client that breaks the order is
    told what was expected, and the connection is closed, unless the server is lenient. Stop it
    with Ctrl-C.
    """
    found = resolve_any(reference)
    paper = Paper()

    def report(error: RemoteProtocolError) -> None:
        paper.line(("wrong" if lenient else "refused", "bold red"), f" {clean(str(error))}")

    server = MockServer(
        found,
        host=host,
        port=port,
        ssl=serving(certfile, keyfile),
        strict=not lenient,
        fields="error" if all_fields else "pass",
        on_violation=report,
    )
    try:
        with server:
            _announce(paper, server.url, found)
            threading.Event().wait()
    except KeyboardInterrupt:
        paper.line("Stopped.")
    except OSError as error:
        raise Unusable(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


def _announce(paper: Paper, url: str, found: WebSocketApi | BoundEndpoint) -> None:
    endpoints = (found.endpoint,) if isinstance(found, BoundEndpoint) else found.endpoints
    paper.line("Listening on ", (url, "bold"), ", Ctrl-C stops.")
    paper.columns([(one.id, url + one.path) for one in endpoints], styles=("bold", "cyan"))
