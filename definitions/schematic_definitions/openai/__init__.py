"""OpenAI: conversations with a model that hears and speaks, and transcriptions.

Sources: the vendor's API reference and guides for the realtime API at platform.openai.com, and its
public Python SDK.

Covered: `openai` has ``Realtime``, with all eleven kinds of message of the client's and all 46 of
the server's. The order is in `realtime`, which says what it leaves out. The types of messages are
in `client_messages` and `server_messages`, what they hold in `items`, `session`, `responses`,
`audio` and `tools`: ``from schematic_definitions.openai import client_messages``.

Not covered: the names of the beta version (``response.text.delta``); sessions for translation; the
HTTP side of calls over WebRTC or SIP, and Microsoft's addresses for the same API.
"""

from schematic_definitions.openai import (
    audio,
    client_messages,
    items,
    realtime,
    responses,
    server_messages,
    session,
    tools,
)
from schematic_definitions.openai.api import openai

__all__ = [
    "audio",
    "client_messages",
    "items",
    "openai",
    "realtime",
    "responses",
    "server_messages",
    "session",
    "tools",
]
