"""``schematic infer``: a definition drafted from recorded conversations."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from schematic_engine.cli.paper import clean
from schematic_engine.cli.unusable import Unusable
from schematic_engine.conformance import UnreadableSourceError, read_source
from schematic_engine.infer import Draft, Gathering, draft_of

__all__ = ["infer"]


@click.command(
    epilog="""\b
Examples:
  schematic infer session.jsonl -o my_api.py
  schematic infer recordings/*.jsonl --name "My API" --base-url wss://api.example.com -o my_api.py
"""
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The module to write; standard output unless given.",
)
@click.option("--name", metavar="NAME", help="What to call the API; the name of the module if not.")
@click.option(
    "--base-url", metavar="URL", help="The address of the API; the host that was asked if not."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def infer(
    *,
    files: tuple[str, ...],
    output: Path | None,
    name: str | None,
    base_url: str | None,
    force: bool,
) -> None:
    """Draft a definition from recorded conversations.

    Each FILE is a recording, as for schematic check: JSON Lines, a HAR, or flows of mitmproxy; - is
    standard input. The module has a type for each kind of message and a function that returns the
    API. Comments say what speaks for each rule, and what was never seen. A draft is a beginning:
    read it before others rely on it.
    """
    gathering = Gathering()
    for file in files:
        _gather(gathering, file)
    called = name or ("Drafted" if output is None else output.stem)
    draft = draft_of(gathering, name=called, base_url=base_url)
    if output is None:
        click.echo(draft.source, nl=False)
    else:
        _write(draft, output, force=force)


def _gather(gathering: Gathering, file: str) -> None:
    try:
        if file == "-":
            gathering.add("<stdin>", read_source(sys.stdin.buffer))
        else:
            with Path(file).open("rb") as stream:
                gathering.add(Path(file).name, read_source(stream))
    except OSError as error:
        raise Unusable(f"{file} cannot be read: {error.strerror or error}") from error
    except UnreadableSourceError as error:
        raise Unusable(f"{file} cannot be read: {error}") from error


def _write(draft: Draft, output: Path, *, force: bool) -> None:
    """Write the module. What is there is taken away, so that no link is followed."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        if force:
            output.unlink(missing_ok=True)
        with output.open("x", encoding="utf-8") as opened:
            opened.write(draft.source)
    except FileExistsError:
        raise Unusable(f"{output} is there already; --force writes over it.") from None
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error}") from error
    place = clean(f"{output}:{draft.name}")
    click.echo(
        f"wrote {clean(str(output))}, from {draft.conversations} conversations with "
        f"{draft.messages} messages\n  schematic show {place}\n  schematic verify {place}"
    )
