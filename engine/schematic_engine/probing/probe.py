"""`probe_server`, `probe_client`: property-based testing of others' programs, from definitions.

The shortest conversations come first, then random ones, several at once. What fails is then made
smaller, one conversation at a time, and replayed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from ssl import SSLContext
from typing import TYPE_CHECKING

from schematic.compile import narrow
from schematic.define import BoundEndpoint
from schematic_engine.address import target_for
from schematic_engine.arguments import HeaderLines
from schematic_engine.credentials import Credentials
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import LocalProtocolError
from schematic_engine.probing.reporting.report import ProbeReport
from schematic_engine.probing.search import Progress, Search, Unreachable
from schematic_engine.probing.settings import ProbeSettings
from schematic_engine.probing.sockets.caller import Caller
from schematic_engine.probing.sockets.door import address_at, door_of
from schematic_engine.probing.sockets.hosts import is_loopback
from schematic_engine.probing.sockets.listener import Listener, Run

if TYPE_CHECKING:
    pass

__all__ = ["probe_client", "probe_server"]


async def probe_server(
    url: str,
    endpoint: AnyEndpoint,
    *,
    seed: int = 0,
    settings: ProbeSettings = ProbeSettings(),  # noqa: B008  # frozen
    params: Mapping[str, object] | None = None,
    credentials: Credentials | None = None,
    headers: HeaderLines = (),
    ssl: SSLContext | None = None,
    on_progress: Progress | None = None,
    anywhere: bool = False,
    stop: asyncio.Event | None = None,
) -> ProbeReport:
    """Probe the server at ``url``: does it speak ``endpoint``, and refuse what it should?

    Args:
        url: where it is: a base URL, or one with the endpoint's path.
        endpoint: what it is supposed to speak.
        seed: decides all that is random.
        settings: what the probe may cost.
        params: values of the connection's parameters by name.
        credentials: what the API's authentication wants.
        headers: further header lines of the requests.
        ssl: for ``wss``; None verifies the server against the system's certificates.
        on_progress: is told how far it is.
        anywhere: whether the server may be on another machine: a probe sends what no client
            should send, so say it of a server that is yours.
        stop: set it to have what was found by then; it is not repeated or made smaller.

    Raises:
        Unreachable: the server could not be reached, or refused the first connection.
        LocalProtocolError: a parameter or credential is missing, the URL is none, or of another
            machine, or Hypothesis is not installed.
    """
    door = door_of(endpoint, url, params=params, credentials=credentials, headers=headers)
    _refuse_elsewhere(url, anywhere=anywhere)
    return await Search(Caller(door, settings, ssl), seed, settings, on_progress, stop).run()


async def probe_client(
    run: Run | None,
    endpoint: AnyEndpoint,
    *,
    url: str | None = None,
    seed: int = 0,
    settings: ProbeSettings = ProbeSettings(),  # noqa: B008  # frozen
    params: Mapping[str, object] | None = None,
    on_progress: Progress | None = None,
    anywhere: bool = False,
    stop: asyncio.Event | None = None,
) -> ProbeReport:
    """Probe a client: does it speak ``endpoint``, and refuse what it should?

    Args:
        run: has the client hold one conversation at the URL that it is given, and returns then.
            What it raises is told where no connection came; it is cancelled if it goes on for
            long. None where clients come by themselves, which takes a ``url``.
        endpoint: what it is supposed to speak.
        url: where to listen, one conversation after another. Without it each conversation has an
            address of its own on the loopback interface, and several are held at once.
        seed: decides all that is random.
        settings: what the probe may cost.
        params: values of the connection's parameters, for the URL.
        on_progress: is told how far it is.
        anywhere: whether to listen where other machines can connect.
        stop: set it to have what was found by then; it is not repeated or made smaller.

    Raises:
        Unreachable: the client did not connect the first time, or there is no listening there.
        LocalProtocolError: a parameter is missing, the URL is none, or of another machine, or
            Hypothesis is not installed.
    """
    compiled = narrow(resolve(endpoint), params or {})
    bound = BoundEndpoint(api=compiled.api, endpoint=compiled.endpoint)
    if url is None:
        if run is None:
            raise LocalProtocolError("say where to listen, with a url, or how to start the client")
        listener = Listener(run, compiled, target_for(bound, params, base_path=""), settings)
    else:
        at = address_at(bound, url, params)
        _refuse_elsewhere(url, anywhere=anywhere)
        settings = replace(settings, jobs=1)
        listener = Listener(run, compiled, at.target, settings, host=at.host, port=at.port)
    try:
        async with listener:
            return await Search(listener, seed, settings, on_progress, stop).run()
    except OSError as error:
        raise Unreachable(f"cannot listen there: {error.strerror or error}") from error


def _refuse_elsewhere(url: str, *, anywhere: bool) -> None:
    if not anywhere and not is_loopback(url):
        raise LocalProtocolError(
            "the URL is of another machine, and a probe sends what nobody should send: if that is "
            "yours to test, say anywhere=True"
        )
