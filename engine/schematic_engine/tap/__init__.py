"""Tapping: record and judge WebSockets as they are spoken.

`Proxy` stands between clients and a server. What it is made of can be used alone: `Tap` follows a
connection by the bytes that pass, and gives out records; `Recorder` judges the records of any
number of connections and writes them down; `Journal` writes them as a recording, without secrets,
and `JournalFile` keeps that on disk. The commands are ``schematic proxy`` and ``schematic record``.
"""

from __future__ import annotations

from schematic_engine.conformance.secrets import Secrets
from schematic_engine.tap.journal import MAX_BODY, Journal
from schematic_engine.tap.journal_file import MAX_FILE, JournalFile
from schematic_engine.tap.proxy import MAX_CONNECTIONS, Proxy
from schematic_engine.tap.recorder import Recorder
from schematic_engine.tap.relay import Relay
from schematic_engine.tap.tap import Tap

__all__ = [
    "MAX_BODY",
    "MAX_CONNECTIONS",
    "MAX_FILE",
    "Journal",
    "JournalFile",
    "Proxy",
    "Recorder",
    "Relay",
    "Secrets",
    "Tap",
]
