"""Tapping: record and judge WebSockets as they are spoken.

`Journal` writes what passed as a recording, without secrets, and `JournalFile` keeps it on disk.
"""

from __future__ import annotations

from schematic_engine.tap.journal import MAX_BODY, Journal
from schematic_engine.tap.journal_file import MAX_FILE, JournalFile
from schematic_engine.tap.secrets import Secrets

__all__ = ["MAX_BODY", "MAX_FILE", "Journal", "JournalFile", "Secrets"]
