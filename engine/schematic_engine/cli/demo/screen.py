"""The demo on a terminal: timeline, diagram and figures, redrawn as messages pass.

Without a terminal the same timeline comes as plain lines, one a message.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from schematic.compile import Phase, State, Table
from schematic.compile.diagram import to_text
from schematic.define import Side
from schematic_engine.cli.demo.story import Outcome, Said

__all__ = ["LiveScreen", "PlainScreen", "Screen", "screen_for"]

_ARROWS = {Side.CLIENT: "──▶", Side.SERVER: "◀──"}
_COLOURS = {
    Phase.INITIALIZING: "yellow",
    Phase.STREAMING: "green",
    Phase.CLOSING: "magenta",
    Phase.CLOSED: "cyan",
}
_TIMELINE_WIDTH = 70


class Screen(Protocol):
    """Where the demo is shown; a context manager around the run."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def show(self, said: Said) -> None:
        """Show one more message."""

    def finish(self, outcome: Outcome, file: str) -> None:
        """Show what came of it all."""


def screen_for(console: Console, table: Table, title: str) -> Screen:
    """A live screen on a terminal that can show one, plain lines elsewhere."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveScreen(console, table, title)
    return PlainScreen(console, title)


class PlainScreen:
    """One line for each message."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._phase: Phase | None = None

    def __enter__(self) -> Self:
        self._print(self._title)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    def show(self, said: Said) -> None:
        """Show one more message."""
        change = f"  [{said.phase.value}]" if said.phase is not self._phase else ""
        self._phase = said.phase
        who = f"{said.side.value:6}"
        self._print(
            f"{said.at:7.3f} s  {who} {said.message:20} {said.size:7} B  {said.detail}{change}"
        )

    def finish(self, outcome: Outcome, file: str) -> None:
        """Show what came of it all."""
        for line in _results(outcome, file):
            self._print(line)

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class LiveScreen:
    """A timeline beside the state diagram, redrawn with every message."""

    def __init__(self, console: Console, table: Table, title: str) -> None:
        self._console = console
        self._table = table
        self._title = title
        self._said: list[Said] = []
        self._state: State = table.start
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> Self:
        self._live.__enter__()
        self._draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.__exit__(kind, error, traceback)

    def show(self, said: Said) -> None:
        """Show one more message."""
        self._said.append(said)
        self._state = said.state
        self._draw()

    def finish(self, outcome: Outcome, file: str) -> None:
        """Show what came of it all, under the last picture."""
        if not self._roomy:
            self._console.print(self._diagram())
        for line in _results(outcome, file):
            style = "green" if line.startswith("✓") else ""
            self._console.print(Padding(Text(line.strip(), style=style), (0, 0, 0, _indent(line))))

    def _draw(self) -> None:
        self._live.update(self._frame(), refresh=True)

    def _frame(self) -> RenderableType:
        """Timeline and diagram side by side, or what of it there is room for."""
        if self._roomy:
            grid = Grid.grid(expand=True)
            grid.add_column(ratio=1)
            grid.add_column()
            grid.add_row(self._timeline(len(self._said)), self._diagram())
            return grid
        return Group(self._timeline(self._console.height - 11), self._phases(), self._figures())

    @property
    def _roomy(self) -> bool:
        lines = to_text(self._table).splitlines()
        wide = max(map(len, lines)) + _TIMELINE_WIDTH <= self._console.width
        return wide and len(lines) + 8 <= self._console.height

    def _diagram(self) -> RenderableType:
        drawn = Text(to_text(self._table, current=self._state), no_wrap=True)
        colour = _COLOURS.get(self._phase, "white")
        return Panel(
            Group(drawn, self._figures()),
            title="where it stands",
            border_style=colour,
            expand=False,
        )

    def _phases(self) -> Text:
        """The phases in a line, the present one standing out."""
        line = Text(" ")
        for phase in (Phase.INITIALIZING, Phase.STREAMING, Phase.CLOSING):
            here = phase is self._phase
            line.append(f" {phase.value} ", f"reverse bold {_COLOURS[phase]}" if here else "dim")
            line.append(" ▸ " if phase is not Phase.CLOSING else "", "dim")
        return line

    @property
    def _phase(self) -> Phase:
        return self._table.phase(self._state)

    def _timeline(self, most: int) -> RenderableType:
        """The last ``most`` messages."""
        grid = Grid.grid(padding=(0, 1))
        grid.add_column(style="dim", justify="right", no_wrap=True, min_width=5)
        grid.add_column(no_wrap=True, min_width=3)
        grid.add_column(no_wrap=True, min_width=20)
        grid.add_column(style="dim", justify="right", no_wrap=True, min_width=9)
        grid.add_column(no_wrap=True, overflow="ellipsis")
        phase = None
        for said in self._said[-max(most, 1) :]:
            colour = "cyan" if said.side is Side.CLIENT else "green"
            if said.phase is not phase:
                phase = said.phase
                grid.add_row("", "", Text(phase.value, style=f"bold {_COLOURS[phase]}"), "", "")
            grid.add_row(
                f"{said.at:.2f}",
                Text(_ARROWS[said.side], style=colour),
                Text(said.message, style=colour),
                f"{said.size:,} B",
                Text(said.detail, style="dim" if said.side is Side.SERVER else ""),
            )
        return Panel(grid, title=self._title, border_style="blue")

    def _figures(self) -> Text:
        totals = {side: [said for said in self._said if said.side is side] for side in Side}
        lines = [
            f"{side.value:6} {len(said):3} messages {sum(s.size for s in said):9,} bytes"
            for side, said in totals.items()
        ]
        at = self._said[-1].at if self._said else 0.0
        return Text("\n".join([*lines, f"time   {at:7.2f} s"]), style="dim")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _results(outcome: Outcome, file: str) -> list[str]:
    """What the demo has shown, in words."""
    seconds = len(outcome.pcm) / 2 / outcome.rate
    ended = f"closed with {outcome.close_code} after {outcome.seconds:.2f} s"
    lines = [
        f"✓ {len(outcome.said)} messages in order, {ended}",
        f"✓ {seconds:.1f} s of sound, {outcome.characters} characters timed, in {file}",
    ]
    if outcome.refusal is not None:
        lines += [
            "✓ and a second connection tried to send text before the opening; it was refused:",
            f"    {type(outcome.refusal).__name__}: {outcome.refusal}",
            "  Nothing was written, and the connection went on as if it had not been tried.",
        ]
    return lines
