"""A report of the checker as a page in a headless Chromium, without network.

Chromium itself is not a Python package. It is looked for by the names under which systems install
it, or where the environment variable ``CHROMIUM`` says.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from playwright.sync_api import Browser, Page, sync_playwright

from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import Report, examine_records, read_trace, to_html

__all__ = ["IMAGES", "SCHEMES", "ColorScheme", "browser", "opened", "picture", "report"]

ColorScheme: TypeAlias = Literal["light", "dark"]
IMAGES = Path(__file__).parent.parent.parent / "docs" / "images"
SCHEMES: tuple[ColorScheme, ColorScheme] = "light", "dark"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SILENT = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)

_TALK: list[tuple[str, str, dict[str, object]]] = [
    ("client", "open", {"path": "/v1/text-to-speech/rachel/stream-input"}),
    ("server", "accepted", {}),
    ("client", "text", {"text": " ", "xi-api-key": "made up"}),
    ("client", "text", {"text": "Order is a promise. "}),
    ("server", "text", {"audio": "SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4", "isFinal": None}),
    ("client", "text", {"text": ""}),
    ("client", "text", {"text": "One more thing. "}),
    ("server", "text", {"audio": "SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4", "isFinal": None}),
    ("server", "text", {"isFinal": True}),
    ("server", "close", {"code": 1000}),
    ("client", "close", {"code": 1000}),
]


def report() -> str:
    """The page about two conversations: one with text after the close message, one in order."""
    lines: list[bytes] = []
    for connection, talk in enumerate([_TALK, [*_TALK[:6], *_TALK[7:]]], 1):
        for number, (side, kind, fields) in enumerate(talk):
            line: dict[str, object] = {"conn": connection, "dir": side, "kind": kind}
            line |= {"t": number / 8}
            line |= {"data": json.dumps(fields)} if kind == "text" else fields
            lines.append(json.dumps(line).encode())
    endpoint = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
    trace = examine_records(endpoint, "talk.jsonl", read_trace(lines), transcribe=100)
    return to_html(Report(endpoint.name, (trace,)))


def _chromium() -> str:
    named = os.environ.get("CHROMIUM")
    found = [named] if named else [path for path in map(shutil.which, _NAMES) if path]
    if not found:
        names = ", ".join(_NAMES)
        raise FileNotFoundError(
            f"no {names} in PATH: install Chromium, or set CHROMIUM to its path"
        )
    return found[0]


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_chromium(), args=[*_SILENT])
        yield chromium
        chromium.close()


def opened(browser: Browser, file: Path, scheme: ColorScheme = "light") -> Page:
    """The page in ``file``, on a screen of 1000 x 900 pixels without any network."""
    context = browser.new_context(
        offline=True, color_scheme=scheme, viewport={"width": 1000, "height": 900}
    )
    page = context.new_page()
    page.goto(file.as_uri())
    return page


def picture(page: Page) -> bytes:
    """What is seen of a page, as PNG."""
    return page.screenshot(animations="disabled")
