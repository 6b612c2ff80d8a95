"""Which of the libraries to compare with are installed; the extra `benchmarks` names them all."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["HINT", "have", "missing"]

_PEERS = ("aiohttp", "matplotlib", "picows", "pydantic", "uvloop", "websockets")
HINT = "pip install -e '.[benchmarks]'"


def have(name: str) -> bool:
    """Whether that one is installed."""
    return find_spec(name) is not None


def missing() -> list[str]:
    """Those that are not."""
    return [name for name in _PEERS if not have(name)]
