"""Replies that a side says by itself, as the description has it: `Reflexes`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec import UNSET

from schematic.compile import CompiledEndpoint
from schematic.define import AutoReply, Side
from schematic_engine.codec import KindCodec, codecs_of
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.fields import field_at

__all__ = ["Reflexes", "reflexes_of"]


class Reflexes:
    """What one side replies by itself.

    Args:
        endpoint: what is spoken.
        side: who replies.
    """

    __slots__ = ("_replies",)

    def __init__(self, endpoint: CompiledEndpoint, side: Side) -> None:
        kinds = codecs_of(endpoint)[side].kinds
        self._replies: dict[str, tuple[KindCodec, AutoReply]] = {
            question: (kinds[message.id], message.replies)
            for message in endpoint.endpoint.lifecycle.messages
            if message.replies is not None and side in message.direction.senders
            for question in message.replies.questions
        }

    def answers(self, question: str) -> bool:
        """Whether the message ``question`` wants a reply."""
        return question in self._replies

    def reply(self, question: str, payload: str | bytes) -> tuple[str, Any] | None:
        """The reply to the message ``question``, received as ``payload``: its id and its body.

        Returns:
            None if the message wants none, or lacks something without which the reply cannot be
            made. Whether it is legal now is for the caller to find out.
        """
        found = self._replies.get(question)
        if found is None:
            return None
        kind, reply = found
        body: Any = _copied(reply, payload) if reply.fields else UNSET
        try:
            kind.encode(body)
        except LocalInvalidMessage:
            return None
        return kind.id, body


@lru_cache(maxsize=256)
def reflexes_of(endpoint: CompiledEndpoint, side: Side) -> Reflexes:
    """The reflexes of ``side``, made once and shared by the connections of ``endpoint``."""
    return Reflexes(endpoint, side)


def _copied(reply: AutoReply, payload: str | bytes) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for source, target in reply.fields:
        value = field_at(source, payload)
        if value is UNSET:
            continue
        *outer, last = target.split(".")
        place = body
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = value
    return body
