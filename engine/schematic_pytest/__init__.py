"""What pytest loads: the fixtures, and the hooks that make a test fail.

It is loaded by pytest in every run of an environment that has Schematic, so it loads nothing of
Schematic before a fixture is used. ``-p no:schematic`` leaves it out.

Its assertions are for us, so pytest need not rewrite them: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from schematic_engine.pytest_plugin.client import ClientFactory
    from schematic_engine.pytest_plugin.mock import MockFactory
    from schematic_engine.pytest_plugin.session import SessionFactory

__all__ = [
    "Exhibit",
    "pytest_addoption",
    "pytest_runtest_call",
    "schematic_client",
    "schematic_mock",
    "schematic_session",
]


class Exhibit(Protocol):
    """Something of a test that knows what the other side did wrong."""

    def wrong(self, *, final: bool, colour: bool) -> str:
        """What that is; empty if nothing."""
        ...

    def close(self, *, failed: bool = False) -> None:
        """End it; ``failed`` says whether the test has failed."""


class _Desk:
    """The exhibits of one test, and whether it has failed already."""

    def __init__(self, item: pytest.Item) -> None:
        self.exhibits: list[Exhibit] = []
        self.is_settled = False
        reporter = item.config.pluginmanager.get_plugin("terminalreporter")
        is_written = bool(getattr(item.config.option, "xmlpath", None))
        self._colour = not is_written and bool(getattr(reporter, "hasmarkup", False))

    def keep(self, exhibit: Exhibit) -> None:
        """Another one."""
        self.exhibits.append(exhibit)

    def wrong(self, *, final: bool) -> str:
        """All that is wrong."""
        parts = (one.wrong(final=final, colour=self._colour) for one in self.exhibits)
        return "\n\n".join(part for part in parts if part)

    def close(self) -> str:
        """End all; returns what is wrong, unless that was told before."""
        text, failed = "", True
        try:
            text = "" if self.is_settled else self.wrong(final=True)
            failed = self.is_settled or bool(text)
        finally:
            self.is_settled = True
            while self.exhibits:
                self.exhibits.pop().close(failed=failed)
        return text


_DESK = pytest.StashKey[_Desk]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of recordings."""
    group = parser.getgroup("schematic", "Schematic: recorded WebSocket sessions")
    group.addoption(
        "--schematic-record",
        action="store_true",
        help="record sessions with the real servers, in place of replaying them",
    )
    group.addoption(
        "--schematic-url",
        metavar="URL",
        help="the base URL of the real server (default: $SCHEMATIC_URL, or what the test says)",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test for what the other side did wrong in it, or tell so where it fails anyway."""
    try:
        yield
    except BaseException:
        desk = item.stash.get(_DESK, None)
        if desk is not None and (text := desk.wrong(final=True)):
            item.add_report_section("call", "schematic", text)
        if desk is not None:
            desk.is_settled = True
        raise
    desk = item.stash.get(_DESK, None)
    if desk is not None and (text := desk.wrong(final=False)):
        desk.is_settled = True
        pytest.fail(text, pytrace=False)


@pytest.fixture
def _schematic_desk(request: pytest.FixtureRequest) -> Iterator[_Desk]:
    desk = request.node.stash[_DESK] = _Desk(request.node)
    yield desk
    text = desk.close()
    if text:
        pytest.fail(text, pytrace=False)


@pytest.fixture
def schematic_mock(request: pytest.FixtureRequest, _schematic_desk: _Desk) -> MockFactory:
    """Makes mock servers, whose clients' mistakes fail the test: see `MockFactory`."""
    # Imported here so that runs which use no fixture of ours load nothing.
    from schematic_engine.pytest_plugin.mock import MockFactory  # noqa: PLC0415

    return MockFactory(request.path.parent, _schematic_desk.keep)


@pytest.fixture
def schematic_client(request: pytest.FixtureRequest, _schematic_desk: _Desk) -> ClientFactory:
    """Makes clients, whose servers' mistakes fail the test: see `ClientFactory`."""
    from schematic_engine.pytest_plugin.client import ClientFactory  # noqa: PLC0415

    return ClientFactory(request.path.parent, _schematic_desk.keep)


@pytest.fixture
def schematic_session(request: pytest.FixtureRequest, _schematic_desk: _Desk) -> SessionFactory:
    """Records sessions with real servers, and replays them: see `SessionFactory`."""
    from schematic_engine.pytest_plugin.session import (  # noqa: PLC0415
        FOLDER,
        SessionFactory,
        Taping,
    )

    option = request.config.option
    taping = Taping(option.schematic_record, option.schematic_url, request.node.nodeid)
    folder = request.path.parent / FOLDER / request.path.stem
    return SessionFactory(folder, request.node.name, taping, _schematic_desk.keep)
