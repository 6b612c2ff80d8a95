"""Deepgram: speech to text, text to speech, and a voice agent.

Sources: the vendor's API reference and guides at developers.deepgram.com, with the AsyncAPI
descriptions published there; its public Python SDK; and public issue threads for how an idle
stream is closed.

Covered: `deepgram` has ``ListenV1``, ``ListenV2``, ``SpeakV1`` and ``SpeakV2``; `deepgram_agent`,
at an address of its own, has ``AgentV1``. Each endpoint has its module, which says what it leaves
out and holds the types of its messages: ``from schematic_definitions.deepgram import listen_v1``,
then ``listen_v1.CloseStream()``.

A key goes into the header as ``Token KEY``, or is offered as the subprotocol after ``token``, as
browsers have to; a temporary token goes into the header as ``Bearer TOKEN``.

No document says how long to wait for a greeting, a summary or the end of a turn, nor how long the
server does for an agent's settings or for more text, so no timer ends such a wait, which `schematic
verify` notes as ``waiting-without-timer``: give ``receive`` a timeout.

The agent is an API of its own, ``deepgram-agent`` on the command line, because an API has one
address.
"""

from schematic_definitions.deepgram import (
    agent_settings,
    agent_v1,
    listen_v1,
    listen_v2,
    speak_v1,
    speak_v2,
)
from schematic_definitions.deepgram.api import deepgram, deepgram_agent

__all__ = [
    "agent_settings",
    "agent_v1",
    "deepgram",
    "deepgram_agent",
    "listen_v1",
    "listen_v2",
    "speak_v1",
    "speak_v2",
]
