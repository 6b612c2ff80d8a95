"""The error of a recording that cannot be read at all."""

from __future__ import annotations

__all__ = ["UnreadableSourceError"]


class UnreadableSourceError(ValueError):
    """A recording is not what it is said, or seems, to be. The text says why, and shows none of it.

    A part of a recording that cannot be read is no error but a `BadLine`.
    """
