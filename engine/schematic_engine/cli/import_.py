"""``schematic import``: a definition from a document of others."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import cast, get_args

import click

from schematic.define import SchematicError, Side
from schematic.interchange.asyncapi_reader import (
    DefinitionModule,
    MeaningNeeded,
    PublishMeans,
    definition_from_asyncapi,
)
from schematic.interchange.reader.documents import LONGEST_TEXT
from schematic_engine.cli.paper import clean
from schematic_engine.cli.unusable import Unusable

__all__ = ["import_"]


_OTHER_WAY = " If it is the other way round, say --describes {}."


@click.command(
    name="import",
    epilog="""\b
Examples:
  schematic import asyncapi.yaml
  schematic import asyncapi.yaml --publish-means server-sends -o definitions/
""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    show_default=True,
    help="The folder to write the module to.",
)
@click.option(
    "--publish-means",
    type=click.Choice(get_args(PublishMeans)),
    help="AsyncAPI 2: who sends what stands under publish.",
)
@click.option(
    "--describes",
    type=click.Choice(["server", "client"]),
    default="server",
    show_default=True,
    help="AsyncAPI 3: the side whose send and receive the document tells.",
)
@click.option("--server", metavar="NAME", help="The server, of several in the document.")
@click.option("--base-url", metavar="URL", help="An address instead of the document's servers.")
@click.option("--name", metavar="NAME", help="What to call the API, instead of its title.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def import_(
    *,
    file: Path,
    folder: Path,
    publish_means: str | None,
    describes: str,
    server: str | None,
    base_url: str | None,
    name: str | None,
    force: bool,
) -> None:
    """Write a definition from an AsyncAPI document of version 2.0 to 2.6, 3.0 or 3.1.

    The module has a type for each message and a function that returns the API. AsyncAPI has no
    words for the order of messages: it is taken from x-lifecycle where the document has that, and
    is left to be chosen otherwise, at comments that begin with "# choose:".
    """
    text = _text_of(file)
    try:
        module = definition_from_asyncapi(
            text,
            publish_means=cast("PublishMeans | None", publish_means),
            describes=Side(describes),
            server=server,
            base_url=base_url,
            name=name,
        )
    except MeaningNeeded as error:
        commands = "".join(
            f"\n  schematic import {quote(str(file))} --publish-means {meaning}"
            for meaning in get_args(PublishMeans)
        )
        raise Unusable(f"{clean(str(error))}:{commands}") from error
    except SchematicError as error:  # which may quote the document
        raise Unusable(clean(str(error))) from error
    _report(_written(module, folder, force=force), module)
    if module.meaning:
        other = _OTHER_WAY.format("client" if describes == "server" else "server")
        told = "" if publish_means else other
        click.echo(f"Read so that {module.meaning}.{told}", err=True)


def _text_of(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(LONGEST_TEXT + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{file} cannot be read: {error}") from error


def _written(module: DefinitionModule, folder: Path, *, force: bool) -> Path:
    """Write the module, under the name of its function, which is an identifier.

    What is there is taken away rather than written into, so that no link is followed.
    """
    path = folder / f"{module.name}.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if force:
            path.unlink(missing_ok=True)
        with path.open("x", encoding="utf-8") as opened:
            opened.write(module.source)
    except FileExistsError:
        raise Unusable(f"{path} is there already; --force writes over it.") from None
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error}") from error
    return path


def _report(path: Path, module: DefinitionModule) -> None:
    click.echo(f"wrote {path}")
    if module.to_choose:
        click.echo(f"{module.to_choose} places are left to choose: grep -n 'choose:' {path}")
    for command in ("show", "verify"):
        click.echo(f"  schematic {command} {path}:{module.name}")
