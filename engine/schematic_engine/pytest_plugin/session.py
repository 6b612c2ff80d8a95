"""`SessionFactory`, the value of the fixture ``schematic_session``: record once, replay ever after.

With ``--schematic-record`` a test talks to the real server, through a proxy of this machine that
keeps what passes, without secrets, in a file beside the test. Without it, a mock says again what
the server said, and the client has to say what it said.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import SchematicError, Side
from schematic_engine.conformance import read_trace
from schematic_engine.conformance.trace import lines_of
from schematic_engine.endpoints import resolve
from schematic_engine.playbook import recorded
from schematic_engine.policy import Policy
from schematic_engine.pytest_plugin.mock import Mock, Scripts
from schematic_engine.pytest_plugin.places import Spoken, endpoint_of
from schematic_engine.pytest_plugin.verdict import Rulebook, as_checked, check_rules
from schematic_engine.tap import Proxy

__all__ = [
    "FOLDER",
    "URL",
    "NoRecording",
    "Recording",
    "Session",
    "SessionFactory",
    "Taping",
    "Timing",
]

FOLDER: Final = "recordings"
"""Where recordings are, in the folder of the test."""

URL: Final = "SCHEMATIC_URL"
"""The environment variable for the base URL of the real server."""

Timing: TypeAlias = float | Literal["instant", "real"]
"""How delays are replayed: not at all, as recorded, or multiplied by a number."""

_WHOLE: Final = 1 << 24
_LONGEST_NAME: Final = 100


class NoRecording(SchematicError, FileNotFoundError):
    """A test has no recording to replay."""


@dataclass(frozen=True, slots=True)
class Session:
    """What stands in for the real server, or leads to it.

    Attributes:
        url: the base URL for clients.
        file: the recording.
        is_recording: whether the real server is at the other end.
    """

    url: str
    file: Path
    is_recording: bool


@dataclass(frozen=True, slots=True)
class Taping:
    """What the options of the run say.

    Attributes:
        record: whether recordings are made.
        url: the base URL of the real server; None where the option is not given.
        test: how the test is called on the command line.
    """

    record: bool
    url: str | None
    test: str


class Recording:
    """One recording that is being made; it is kept if its test passes.

    Args:
        endpoint: what is spoken.
        upstream: the base URL of the real server.
        file: where the recording is to be.
        rulebook: which findings count.
        secrets: texts that are hidden wherever they stand.
    """

    def __init__(
        self,
        endpoint: CompiledEndpoint,
        upstream: str,
        file: Path,
        rulebook: Rulebook,
        secrets: Collection[str],
    ) -> None:
        self._file, self._rulebook = file, rulebook
        self._folder = TemporaryDirectory(prefix="schematic-")
        self._fresh = Path(self._folder.name) / file.name
        self._proxy = Proxy(upstream, endpoint, file=self._fresh, secrets=secrets, max_body=_WHOLE)
        self._proxy.__enter__()
        self.url = self._proxy.url

    def wrong(self, *, final: bool, colour: bool) -> str:
        """What the client did wrong; empty if nothing."""
        del colour
        report = self._proxy.report()
        (trace,) = report.traces
        found = [
            shown
            for shown in trace.findings
            if shown.finding.side is Side.CLIENT and self._rulebook.counts(shown.finding)
        ]
        if found:
            return as_checked(report.name, trace, found)
        if self._proxy.problem:
            return f"{self._file.name} cannot be written: {self._proxy.problem}"
        if not final or self._proxy.accepted > self._proxy.unreached:
            return ""
        if self._proxy.unreached:
            return f"nothing to record: no server was reached at {self._proxy.why_unreached}"
        return "no client connected: nothing to record"

    def close(self, *, failed: bool = False) -> None:
        """End it, and put the recording in its place unless the test has failed."""
        try:
            self._proxy.__exit__(None, None, None)
            if not failed:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._file.write_bytes(self._fresh.read_bytes())
        finally:
            self._folder.cleanup()


class SessionFactory:
    """Records or replays sessions of one test; the value of the fixture ``schematic_session``.

    Args:
        folder: where the recordings of the test's module are.
        name: the name of the test.
        taping: what the options of the run say.
        keep: called with each mock or recording.
    """

    def __init__(
        self, folder: Path, name: str, taping: Taping, keep: Callable[[Mock | Recording], None]
    ) -> None:
        self._folder, self._name = folder, name
        self._taping, self._keep = taping, keep
        self._taken: set[Path] = set()

    def __call__(
        self,
        what: Spoken,
        *,
        upstream: str | None = None,
        name: str | None = None,
        timing: Timing = "instant",
        ignore: Collection[str] = (),
        secrets: Collection[str] = (),
        allow: Collection[str] = (),
        strict: bool = False,
        patience: float = 1.0,
    ) -> Session:
        """A server that replays the recording of this test, or records the real one.

        Args:
            what: the endpoint, or its name.
            upstream: the base URL of the real server; the option ``--schematic-url`` and the
                variable ``SCHEMATIC_URL`` come first. None is the API's own.
            name: the name of the recording; None is that of the test.
            timing: how delays are replayed: ``instant``, ``real``, or multiplied by a number. The
                order is kept by what waits for what: the server says nothing before it has heard
                all that it had heard then.
            ignore: names of fields of the client whose values may differ from the recorded ones.
            secrets: texts that a recording hides wherever they stand, besides those that the
                description calls secret and those that sound like it.
            allow: ids of rules that clients may break.
            strict: whether warnings of the judge fail the test, too.
            patience: seconds that are waited at the end of the test for what is missing.

        Raises:
            NoRecording: there is none; the error says how to make it.
            PlaybookError: the recording cannot be read.
            DefinitionError: there is no such endpoint or rule.
            InvalidParameter: the URL of the real server is none.
            OSError: the recording cannot be read.
        """
        __tracebackhide__ = True
        check_rules(allow)
        endpoint = resolve(endpoint_of(what))
        rulebook = Rulebook(frozenset(allow), strict)
        file = self._file(name or self._name)
        if self._taping.record:
            real = self._taping.url or os.environ.get(URL) or upstream or endpoint.api.base_url
            recording = Recording(endpoint, real, file, rulebook, secrets)
            self._keep(recording)
            return Session(recording.url, file, is_recording=True)
        if not file.is_file():
            raise NoRecording(self._how_to_record(file, upstream or endpoint.api.base_url))
        with file.open("rb") as stream:
            books = recorded(endpoint, read_trace(lines_of(stream)), name=file.name, ignore=ignore)
        pace = {"instant": 0.0, "real": 1.0}[timing] if isinstance(timing, str) else timing
        mock = Mock((endpoint,), Scripts(books, pace, patience), rulebook, Policy(), None)
        self._keep(mock)
        return Session(mock.url, file, is_recording=False)

    def _file(self, name: str) -> Path:
        """The file of a recording: a name in the folder, whatever is asked for."""
        safe = re.sub(r"[^\w.=-]+", "_", name).strip("._")[:_LONGEST_NAME] or "session"
        file = self._folder / f"{safe}.jsonl"
        number = 1
        while file in self._taken:
            number += 1
            file = self._folder / f"{safe}-{number}.jsonl"
        self._taken.add(file)
        return file

    def _how_to_record(self, file: Path, url: str) -> str:
        return (
            f"there is no recording {file}. Record one with\n"
            f"    pytest --schematic-record '{self._taping.test}'\n"
            f"which talks to {url}, or to another server with --schematic-url URL or {URL}=URL"
        )
