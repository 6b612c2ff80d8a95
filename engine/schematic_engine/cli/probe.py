"""``schematic probe``: is somebody else's server, or client, as described?"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import click
from rich import progress
from rich.console import Console

from schematic.define import BoundEndpoint
from schematic_engine.cli.paper import clean
from schematic_engine.cli.resolve import resolve_endpoint
from schematic_engine.cli.unusable import Unusable
from schematic_engine.credentials import find_credentials
from schematic_engine.probing import ProbeReport, ProbeSettings, probe_client, probe_server
from schematic_engine.probing.reporting.machine_reports import as_json, as_junit
from schematic_engine.probing.reporting.script_text import BODY
from schematic_engine.probing.reporting.text import as_text, summary
from schematic_engine.probing.sockets.command import starting
from schematic_engine.probing.sockets.hosts import has_port_0, is_loopback, is_websocket

__all__ = ["probe"]

_DEFAULT = ProbeSettings()
_SAVED = re.compile(r"\d\d+-(?:prb|sch)-\d+-[a-z0-9-]+")
"""What the files of a finding are called, without their endings."""
_FIRST_LINE = BODY.partition("\n")[0].encode()
"""With which every script that a probe saves begins."""
_INTERRUPTED = 130
"""The exit status of what was stopped by Ctrl-C, as shells have it."""


@click.command(
    epilog="""\b
Examples:
  schematic probe ws://127.0.0.1:8765 -e my_api.py:my_api/Chat
  schematic probe ws://localhost:4000/graphql -e graphql-transport-ws --seed 7
  schematic probe ws://127.0.0.1:8765 -e my_api.py:my_api --param room=7
  schematic probe wss://test.example --anywhere --rate 5 -e my_api.py:my_api
  schematic probe ws://127.0.0.1:0 -e my_api.py:my_api --role client \\
      -- python my_client.py {url}
"""
)
@click.argument("url", metavar="URL")
@click.argument("command", metavar="[-- COMMAND [ARG]...]", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "-e",
    "--endpoint",
    "reference",
    metavar="NAME[/ENDPOINT]",
    required=True,
    help="What is supposed to be spoken there; file.py:function/ENDPOINT works too.",
)
@click.option(
    "--role",
    type=click.Choice(["server", "client"]),
    default="server",
    show_default=True,
    help="Which side is tested. For a client, URL is where to listen.",
)
@click.option(
    "--param",
    "params",
    metavar="NAME=VALUE",
    multiple=True,
    help="A parameter of the connections; as often as needed.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides all that is random.")
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=_DEFAULT.examples,
    show_default=True,
    help="Random conversations, besides the shortest ones of each kind.",
)
@click.option(
    "--time",
    type=click.FloatRange(min=0, min_open=True),
    default=_DEFAULT.time,
    show_default=True,
    help="Seconds after which no further conversation is begun. On top come 5 for those that are "
    "held, and as many again (5 to 30) to repeat what failed and make it smaller.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Connections that are begun in a second; any number by default.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=_DEFAULT.jobs,
    show_default=True,
    help="Conversations that are held at once.",
)
@click.option(
    "--max-size",
    type=click.IntRange(min=1),
    default=_DEFAULT.max_body_size,
    show_default=True,
    help="Bytes of a message that is made up.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0, min_open=True),
    default=_DEFAULT.patience,
    show_default=True,
    help="Seconds in which an answer that is due has to come.",
)
@click.option("--anywhere", is_flag=True, help="Probe another machine than this one.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="A report for people (text) or for programs (json, junit).",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report to this file, and its last line to standard error.",
)
@click.option(
    "--save",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write for each finding a script that shows it, and a recording, into this folder.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.pass_context
def probe(
    context: click.Context,
    *,
    url: str,
    command: tuple[str, ...],
    reference: str,
    role: str,
    params: tuple[str, ...],
    seed: int,
    examples: int,
    time: float,
    rate: float | None,
    jobs: int,
    max_size: int,
    patience: float,
    anywhere: bool,
    form: str,
    output: Path | None,
    save: Path | None,
    strict: bool,
) -> None:
    """Test a server, or a client, from its description alone.

    Legal conversations of every shape are held with it, and such with exactly one illegal step:
    in the wrong order, said twice, of no known kind, with a wrong body, and so on. It is expected
    to answer the first as described and to refuse the others. What fails is made as short as can
    be. Credentials come from the environment, as for clients, and are shown nowhere.

    A client is tested by a server that speaks legally and then breaks one rule. For each
    conversation COMMAND is started, with {url} and the variable SCHEMATIC_URL for the address;
    with port 0 several run at once. Without COMMAND clients have to come by themselves, one after
    another.

    Only do this to servers that are yours: it sends what no client should send. A host that is
    not this machine is refused unless --anywhere is given.

    Exits with 0 if nothing was found (warnings included), 1 if something was, and 2 if no
    conversation could be held. Stopped with Ctrl-C it reports what was found by then, and exits
    with 130.
    """
    if not is_websocket(url):
        raise click.UsageError(
            "this is no URL of a WebSocket: write ws://HOST:PORT or wss://HOST:PORT"
        )
    if not anywhere and not is_loopback(url):
        raise click.UsageError(
            "this is no address of this machine. A probe sends what no client should send: if the "
            "server is yours to test, say --anywhere"
        )
    bound = resolve_endpoint(reference)
    settings = ProbeSettings(
        examples=examples,
        time=time,
        rate=rate,
        jobs=jobs,
        max_body_size=max_size,
        patience=patience,
    )
    if command and role == "server":
        raise click.UsageError("a COMMAND goes with --role client")
    try:
        how = _Probe(role, command, _values(params), seed, settings, anywhere)
        report = asyncio.run(_probed(url, bound, how))
    except KeyboardInterrupt:  # the second one: the first is waited for
        context.exit(_INTERRUPTED)
    if save is not None:
        _save(report, save)
    _write(report, form, output, strict=strict)
    context.exit(_INTERRUPTED if report.stopped else report.exit_code(strict=strict))


@dataclass(frozen=True, slots=True)
class _Probe:
    role: str
    command: tuple[str, ...]
    params: dict[str, str]
    seed: int
    settings: ProbeSettings
    anywhere: bool


async def _probed(url: str, bound: BoundEndpoint, how: _Probe) -> ProbeReport:
    with _Bar() as bar, _Interrupt() as stop:
        if how.role == "client":
            return await probe_client(
                starting(how.command) if how.command else None,
                bound,
                url=None if how.command and has_port_0(url) else url,
                seed=how.seed,
                settings=how.settings,
                params=how.params,
                on_progress=bar.show,
                anywhere=how.anywhere,
                stop=stop,
            )
        return await probe_server(
            url,
            bound,
            seed=how.seed,
            settings=how.settings,
            params=how.params,
            credentials=find_credentials(bound.api, environ=os.environ),
            on_progress=bar.show,
            anywhere=how.anywhere,
            stop=stop,
        )


class _Interrupt:
    """Lets the first Ctrl-C set an event while its block runs; another one ends the program."""

    def __enter__(self) -> asyncio.Event:
        """Listen for it, where loops can: not on Windows, where the first one ends the program."""
        self._loop, event = asyncio.get_running_loop(), asyncio.Event()

        def interrupted() -> None:
            event.set()
            self._loop.remove_signal_handler(signal.SIGINT)

        with suppress(NotImplementedError, RuntimeError):  # the latter: not in the main thread
            self._loop.add_signal_handler(signal.SIGINT, interrupted)
        return event

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave it to the program again."""
        with suppress(NotImplementedError):
            self._loop.remove_signal_handler(signal.SIGINT)


def _values(params: tuple[str, ...]) -> dict[str, str]:
    """The values of ``--param`` by name."""
    found: dict[str, str] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{clean(name)}: write NAME=VALUE", param_hint="--param")
        found[name] = value
    return found


def _write(report: ProbeReport, form: str, output: Path | None, *, strict: bool) -> None:
    """Write the report where it is wanted.

    Raises:
        Unusable: the file cannot be written.
    """
    if form == "json":
        text = as_json(report)
    elif form == "junit":
        text = as_junit(report, strict=strict)
    else:
        text = as_text(report)
    if output is None:
        click.echo(text.rstrip("\n").encode() if form != "text" else _printable(text))
        return
    try:
        output.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{output}: {error.strerror or error}") from error
    click.echo(summary(report), err=True)


def _save(report: ProbeReport, folder: Path) -> None:
    """Write a script and a recording for each finding, in place of those of an earlier probe.

    Raises:
        Unusable: they cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_earlier(folder)
        for number, finding in enumerate(report.findings, 1):
            name = f"{number:02}-{finding.rule.id.lower()}-{finding.rule.name}"
            (folder / f"{name}.py").write_text(finding.script, encoding="utf-8")
            (folder / f"{name}.jsonl").write_text(finding.trace, encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{folder}: {error.strerror or error}") from error


def _remove_earlier(folder: Path) -> None:
    """Remove the scripts and recordings of an earlier probe, and nothing else."""
    for script in folder.glob("*.py"):
        if not _SAVED.fullmatch(script.stem) or script.is_symlink():
            continue
        with script.open("rb") as file:
            if file.readline(len(_FIRST_LINE)) == _FIRST_LINE:
                script.unlink()
                script.with_suffix(".jsonl").unlink(missing_ok=True)


def _printable(text: str) -> str:
    """``text`` with everything escaped that the terminal's encoding does not have."""
    encoding = sys.stdout.encoding
    return text.encode(encoding, errors="backslashreplace").decode(encoding)


class _Bar:
    """Shows on a terminal how many conversations have been held, while its block runs."""

    def __init__(self) -> None:
        self._bar: progress.Progress | None = None

    def __enter__(self) -> _Bar:
        """Show the bar, if somebody sees it."""
        if sys.stderr.isatty():
            self._bar = progress.Progress(
                progress.TextColumn("probing"),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TextColumn("{task.fields[failed]} failed"),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("probing", total=None, failed=0)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def show(self, done: int, planned: int, failed: int) -> None:
        """So many conversations were held, of so many, and so many failed."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=planned, failed=failed)
