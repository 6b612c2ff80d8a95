"""``schematic export``: an API as a document for the tools of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from schematic.define import BoundEndpoint, RestApi, WebSocketApi
from schematic.interchange.asyncapi import AsyncApiVersion, to_asyncapi
from schematic.interchange.json_schema import to_json_schema
from schematic.interchange.openapi import to_openapi
from schematic.interchange.yaml_text import to_yaml
from schematic_engine.cli.paper import standard_output
from schematic_engine.cli.resolve import resolve_any, resolve_rest
from schematic_engine.cli.unusable import Absent, Unusable

__all__ = ["export"]


@click.command(
    epilog="""\b
Examples:
  schematic export elevenlabs
  schematic export my_api.py:my_api --format asyncapi-3.0 -o my_api.yaml
  schematic export my_api.py:my_rest_api -o openapi.json
  schematic export elevenlabs/StreamTextToSpeech --format json-schema
"""
)
@click.argument("reference", metavar="NAME[/ENDPOINT]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["asyncapi", "asyncapi-3.0", "openapi", "json-schema"]),
    help=(
        "What to write: AsyncAPI 3.1 or 3.0, OpenAPI 3.1 of a REST API, JSON Schema of messages. "
        "Unless given, AsyncAPI; OpenAPI where there is a REST API alone."
    ),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of standard output.",
)
@click.option(
    "--yaml", is_flag=True, help="Write YAML rather than JSON; .yaml and .yml say so too."
)
@click.option("--api-version", default="1.0.0", show_default=True, help="The version of the API.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def export(
    *,
    reference: str,
    form: str | None,
    output: Path | None,
    yaml: bool,
    api_version: str,
    force: bool,
) -> None:
    """Write an API as AsyncAPI, OpenAPI or JSON Schema.

    An AsyncAPI document describes the client: what it sends, and what it receives. The order of
    messages stands in the extension x-lifecycle of each channel. OpenAPI is for REST APIs. Only
    JSON Schema is written for an endpoint alone.
    """
    document = _document(reference, form, api_version)
    as_yaml = yaml or (output is not None and output.suffix.lower() in (".yaml", ".yml"))
    text = to_yaml(document) if as_yaml else f"{json.dumps(document, indent=2)}\n"
    if output is None:
        click.echo(text, nl=False, file=standard_output())
    else:
        _write(text, output, force=force)


def _document(reference: str, form: str | None, api_version: str) -> dict[str, Any]:
    found = resolve_rest(reference) if form == "openapi" else _found(reference, form)
    if isinstance(found, RestApi):
        return to_openapi(found, api_version=api_version)
    if form == "json-schema":
        return to_json_schema(found.endpoint if isinstance(found, BoundEndpoint) else found)
    if not isinstance(found, WebSocketApi):
        raise Unusable("AsyncAPI is written for a whole API: leave the endpoint out.")
    version: AsyncApiVersion = "3.0.0" if form == "asyncapi-3.0" else "3.1.0"
    return to_asyncapi(found, version, api_version=api_version)


def _found(reference: str, form: str | None) -> WebSocketApi | BoundEndpoint | RestApi:
    """What a reference names: a REST API too, if no format is asked for and nothing else is."""
    try:
        return resolve_any(reference)
    except Absent as error:
        try:
            rest = resolve_rest(reference)
        except Absent:
            raise error from None
    if form is not None:
        raise Unusable(f"{reference} is a REST API: write it with --format openapi.")
    return rest


def _write(text: str, output: Path, *, force: bool) -> None:
    try:
        with output.open("w" if force else "x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except FileExistsError:
        raise Unusable(f"{output} is there already; --force writes over it.") from None
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error.strerror or error}") from error
