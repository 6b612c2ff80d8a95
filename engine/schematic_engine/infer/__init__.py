"""Learning from traffic: a definition drafted from recorded conversations.

`Gathering` takes in recordings, `draft_of` makes the source of a module of them. The command is
``schematic infer``.
"""

from __future__ import annotations

from schematic_engine.infer.conversations import Gathering
from schematic_engine.infer.draft import Draft, definition_of, draft_of

__all__ = ["Draft", "Gathering", "definition_of", "draft_of"]
