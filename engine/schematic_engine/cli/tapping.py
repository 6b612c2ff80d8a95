"""What ``schematic proxy`` and ``schematic record`` share: their options, and the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from schematic_engine.cli.certificates import PEM, trusting
from schematic_engine.cli.checking import speaks
from schematic_engine.cli.unusable import Unusable
from schematic_engine.conformance import Catalog, Report
from schematic_engine.conformance.catalog import Speaks
from schematic_engine.tap import MAX_FILE, Proxy

__all__ = ["Tapping", "is_reached", "is_whole", "outcome_of", "tapping_options"]

_NOTHING = "nothing to judge: no WebSocket has passed"

_F = TypeVar("_F", bound=Callable[..., Any])
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Tapping:
    """The shared options.

    Attributes:
        upstream: the server's URL.
        references: the endpoints that were named.
        output: where the recording goes.
        append: whether to go on with it.
        enforce: whether what is illegal is kept from the other side.
        keep_host: whether ``Host`` and ``Origin`` stay.
        authority: the certificates that the server is verified against.
        hide: environment variables whose values are secret.
        max_size: MiB that the recording may grow to.
    """

    upstream: str
    references: tuple[str, ...]
    output: Path | None
    append: bool
    enforce: bool
    keep_host: bool
    authority: Path | None
    hide: tuple[str, ...]
    max_size: int

    def proxy(self, **options: Any) -> Proxy:
        """A proxy with these options, and further ones.

        Raises:
            Unusable: a file, or an endpoint, cannot be used.
            InvalidParameter: the server's URL is none.
        """
        if self.append and self.output is None:
            raise click.UsageError("--append goes with --output")
        if self.authority is not None and not self.upstream.startswith("wss:"):
            raise click.UsageError("--ca goes with an --upstream that begins with wss://")
        known = speaks(self.references)
        return Proxy(
            self.upstream,
            known,
            upstream_ssl=trusting(self.authority),
            file=self.output,
            append=self.append,
            enforce=self.enforce,
            keep_host=self.keep_host,
            secrets=list(_secrets(known, self.hide)),
            max_file=self.max_size * _MIB,
            **options,
        )


def _secrets(known: Speaks, hide: tuple[str, ...]) -> Iterator[str]:
    """The values of the variables that hold credentials, as they are here."""
    names = [*hide]
    apis = known.apis if isinstance(known, Catalog) else (known.api,)
    for api in apis:
        names += api.env_auth
    for name in dict.fromkeys(names):
        value = os.environ.get(name)
        if value is None and name in hide:
            raise Unusable(f"--hide {name}: there is no such environment variable")
        if value:
            yield value


def tapping_options(command: _F) -> _F:
    """The shared options of a command, which go into a `Tapping`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def outcome_of(report: Report) -> str:
    """How it was, in one line."""
    if not any(trace.counts.connections for trace in report.traces):
        return _NOTHING
    return f"{report.name}: {report.outcome}; {report.figures}"


def is_whole(proxy: Proxy) -> bool:
    """Whether everything was written down; says why not."""
    if proxy.problem:
        click.echo(f"the recording is not complete: {proxy.problem}", err=True)
    return not proxy.problem


def is_reached(proxy: Proxy) -> bool:
    """Whether a connection has got as far as the server, or none was tried.

    Says how many did not, and how many the server has rejected.
    """
    of_all = f"of {proxy.accepted:,} connections"
    if proxy.unreached:
        why = proxy.why_unreached
        click.echo(f"{proxy.unreached:,} {of_all} did not reach the server {why}", err=True)
    if proxy.rejected:
        last = f"last with status {proxy.last_status}"
        click.echo(f"the server rejected {proxy.rejected:,} {of_all}, {last}", err=True)
    return proxy.unreached < max(proxy.accepted, 1)


_OPTIONS = (
    click.option(
        "--upstream",
        required=True,
        metavar="URL",
        help="The server: ws:// or wss://. A path is put before the paths that clients ask for.",
    ),
    click.option(
        "-e",
        "--endpoint",
        "references",
        metavar="NAME[/ENDPOINT]",
        multiple=True,
        help="What is supposed to be spoken; file.py:function/ENDPOINT works too. Of several, or "
        "left out, each connection finds its own by its URL.",
    ),
    click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write what passes to this file, which `schematic check` reads. Secrets are hidden.",
    ),
    click.option("--append", is_flag=True, help="Go on with the file instead of beginning anew."),
    click.option(
        "--enforce",
        is_flag=True,
        help="Keep what breaks a rule from the other side, and close the connection with 1008.",
    ),
    click.option("--keep-host", is_flag=True, help="Leave Host and Origin as the client has them."),
    click.option(
        "--ca",
        "authority",
        type=PEM,
        help="Verify the server against these certificates in PEM, not the system's.",
    ),
    click.option(
        "--hide",
        metavar="VARIABLE",
        multiple=True,
        help="An environment variable whose value is hidden wherever it stands. Those that hold "
        "the API's credentials are, without being named.",
    ),
    click.option(
        "--max-size",
        type=click.IntRange(min=1),
        metavar="MIB",
        default=MAX_FILE // _MIB,
        show_default=True,
        help="MiB that the file may grow to; then it says so, and takes no more.",
    ),
)
