"""``schematic list``: which APIs are there?"""

from __future__ import annotations

import click

from schematic_engine.cli.paper import Paper, clean
from schematic_engine.cli.resolve import installed, load
from schematic_engine.cli.unusable import Unusable

__all__ = ["list_apis"]


@click.command(
    "list",
    epilog="""\b
Examples:
  schematic list
  schematic list | cut -d' ' -f1

Packages add APIs through the entry-point group schematic.definitions. A file of yours needs no
installing: schematic show my_api.py:my_api
""",
)
def list_apis() -> None:
    """List the APIs that are installed, and their endpoints."""
    rows: list[tuple[str, str, str]] = []
    for name, entry in installed().items():
        try:
            api = load(entry)
        except Unusable as error:
            click.echo(f"Left out: {error.message}", err=True)
            continue
        for endpoint in api.endpoints:
            about = clean(endpoint.description or api.description)
            rows.append((f"{name}/{endpoint.id}", endpoint.path, about))
    if rows:
        Paper().columns(rows, styles=("bold", "cyan", ""), indent=0)
    else:
        click.echo("No APIs are installed.", err=True)
