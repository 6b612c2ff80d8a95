"""Where a run's time goes, by function."""

from __future__ import annotations

import cProfile
from pathlib import Path

from benchmarks.measure import Run, Stopwatch

__all__ = ["hottest"]


def hottest(run: Run, most: int = 8) -> dict[str, float]:
    """The functions that a run spends most time in itself, with their parts of the whole.

    The profiler adds the same to every call, so what calls little looks cheaper than it is.
    """
    run()  # what is made once is made now
    profiler = Stopwatch.profiler = cProfile.Profile()
    try:
        run()
    finally:
        Stopwatch.profiler = None
    spent: dict[str, float] = {}
    for entry in profiler.getstats():
        name = _name(entry.code)
        spent[name] = spent.get(name, 0.0) + entry.inlinetime
    whole = sum(spent.values())
    ranked = sorted(spent.items(), key=lambda item: -item[1])
    return {name: round(seconds / whole, 3) for name, seconds in ranked[:most]}


def _name(code: object) -> str:
    """``module.function`` of Python's, ``Class.method`` or ``function`` of others."""
    if isinstance(code, str):
        words = code.strip("<>").split("'")
        if len(words) > 3:  # <method 'decode' of 'bytes' objects>
            return f"{words[3]}.{words[1]}"
        return code.strip("<>").removeprefix("built-in method ").removeprefix("builtins.")
    path = Path(getattr(code, "co_filename", ""))
    module = path.parent.name if path.stem == "__init__" else path.stem
    return f"{module}.{getattr(code, 'co_qualname', '')}"
