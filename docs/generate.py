"""Write the parts of the site that come from descriptions: ``python docs/generate.py``.

Every API that the project offers (the entry points in pyproject.toml) has a page, and each of its
endpoints has one. With ``--check`` it only says which files are out of date, or should not be
there, and exits with 1 if any is.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

from schematic import BoundEndpoint, WebSocketApi, WebSocketEndpoint
from schematic.compile import CompiledEndpoint, Table, compile_endpoint
from schematic.compile.diagram import to_markdown, to_mermaid, to_svg
from schematic.compile.reference import to_page
from schematic.interchange.reference import keys_page
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.codec import codecs_of
from schematic_engine.conformance import RULES, Rule
from schematic_engine.conformance.examples import example_of
from schematic_engine.probing import PROBE_RULES
from schematic_engine.probing.examples import example_of as probed_example_of

DOCS = Path(__file__).parent
FOLDERS = ("apis", "generated")


def files() -> dict[str, str]:
    """The path below ``docs/`` and the content of each file."""
    return {**excerpts(), **pages(), "rules.md": rules_page()}


def excerpts() -> dict[str, str]:
    """What pages written by hand include."""
    made: dict[str, str] = {}
    for name, endpoint in (
        ("elevenlabs", "StreamTextToSpeech"),
        ("elevenlabs-multi", "StreamMultiContext"),
    ):
        table: Table = compile_endpoint(elevenlabs().endpoint(endpoint)).table
        made[f"generated/{name}.svg"] = to_svg(table)
        made[f"generated/{name}.md"] = to_markdown(table)
        made[f"generated/{name}.mmd"] = to_mermaid(table)
    made["generated/x-lifecycle.md"] = keys_page()
    return made


def pages() -> dict[str, str]:
    """A page for every API and every endpoint, and one that leads to them."""
    made: dict[str, str] = {}
    rows: list[str] = []
    offered = _offered()
    for name, (module, api) in offered.items():
        made[f"apis/{name}/index.md"] = _api_page(name, module, api)
        for endpoint in api.endpoints:
            slug, bound = _slug(endpoint.id), api.endpoint(endpoint.id)
            compiled = compile_endpoint(bound)
            made[f"apis/{name}/{slug}.svg"] = to_svg(compiled.table, title=compiled.name)
            made[f"apis/{name}/{slug}.md"] = to_page(
                compiled, picture=f"{slug}.svg", about=_about(module, bound)
            )
            about = endpoint.description or api.description
            rows.append(f"| [{name}/{endpoint.id}]({name}/{slug}.md) | {about} |")
    made["apis/index.md"] = _contents(rows, list(offered))
    return made


_RULES = """\
# Rules

What `schematic check` looks for (`SCH-`), and what `schematic probe` does besides (`PRB-`).
`schematic rules ID` says the same on the command line. An *error* is something that no correct
peer does. A *warning* is something that a correct peer may have had to bear, or that cannot be
held against either side. A *note* says what could not be judged.

The examples are of an API of captions: `Start` opens, `Line` and `Caption` stream, `Stop` and
`Done` close; those of the prober are conversations with a server that echoes.

| rule | | |
|---|---|---|
"""


def rules_page() -> str:
    """The rules of checker and prober, each with an example and what is said of it."""
    every = {**RULES, **PROBE_RULES}
    rows = [f"| {rule.id} | {rule.severity.value} | {rule.name} |\n" for rule in every.values()]
    return _RULES + "".join([*rows, *map(_rule, every.values())])


def _rule(rule: Rule) -> str:
    example = example_of(rule) if rule.id in RULES else probed_example_of(rule)
    return (
        f"\n## {rule.id}: {rule.name}\n\n*{rule.severity.value}* · {rule.summary}\n\n{rule.help}\n"
        f"\n```text\n{example}\n```\n"
    )


def _offered() -> dict[str, tuple[ModuleType, WebSocketApi]]:
    """The module and the API of each entry point, by the name under which it is offered."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    entries = project["project"]["entry-points"]["schematic.definitions"]
    offered: dict[str, tuple[ModuleType, WebSocketApi]] = {}
    for name, reference in sorted(entries.items()):
        path, _, function = reference.partition(":")
        module = importlib.import_module(path)
        offered[name] = (module, getattr(module, function)())
    return offered


def _contents(rows: list[str], names: list[str]) -> str:
    return (
        "# APIs\n\nWhat comes with Schematic. Each page is written from the description that "
        "clients, mock servers and\ncheckers run.\n\n| endpoint | |\n|---|---|\n"
        + "\n".join(rows)
        + "\n\n"
        + _toctree([f"{name}/index" for name in names])
    )


def _api_page(name: str, module: ModuleType, api: WebSocketApi) -> str:
    links = "\n".join(
        f"- [{endpoint.id}]({_slug(endpoint.id)}.md): {endpoint.description}"
        for endpoint in api.endpoints
    )
    return (
        f"# {api.name}\n\n{inspect.getdoc(module)}\n\n## Endpoints\n\n{links}\n\n"
        f"The description is `{module.__name__}`; on the command line it is called `{name}`:\n\n"
        f"```bash\nschematic show {name}\nschematic mock {name}\n```\n\n"
        + _toctree([_slug(endpoint.id) for endpoint in api.endpoints])
    )


def _toctree(entries: list[str]) -> str:
    return "```{toctree}\n:hidden:\n\n" + "\n".join(entries) + "\n```\n"


def _about(module: ModuleType, bound: BoundEndpoint) -> str:
    """What the endpoint's module says of it, where it has one of its own."""
    for other in _modules(module):
        if other is not module and bound.endpoint in _endpoints(other):
            places = " and ".join(f"`{name}`" for name in _homes(compile_endpoint(bound)))
            return f"{inspect.getdoc(other)}\n\nThe types of its messages are in {places}."
    return ""


def _homes(endpoint: CompiledEndpoint) -> list[str]:
    """The modules in which the types of its messages are defined, by name."""
    kinds = [kind for side in codecs_of(endpoint).values() for kind in side.kinds.values()]
    homes = {body.__module__ for kind in kinds for body in kind.types}
    return sorted(homes - {"builtins"})  # of bytes


def _modules(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        yield importlib.import_module(f"{module.__name__}.{found.name}")


def _endpoints(module: ModuleType) -> Iterator[WebSocketEndpoint]:
    """What the module's own functions that describe an endpoint give."""
    for _, function in inspect.getmembers(module, inspect.isfunction):
        own = function.__module__ == module.__name__ and not inspect.signature(function).parameters
        if own and get_type_hints(function).get("return") is WebSocketEndpoint:
            yield function()


def _slug(name: str) -> str:
    """``ListenV1`` as it stands in addresses: ``listen-v1``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    made = {DOCS / name: content.encode() for name, content in files().items()}
    there = {path for folder in FOLDERS for path in (DOCS / folder).rglob("*.*")}
    stale = [path for path, content in made.items() if not _is(path, content)]
    left_over = sorted(there - set(made))
    for path in (*stale, *left_over):
        print(path.relative_to(DOCS.parent).as_posix())
    if "--check" in arguments:
        return 1 if stale or left_over else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[path])
    for path in left_over:
        path.unlink()
    return 0


def _is(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
