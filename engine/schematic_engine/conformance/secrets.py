"""What is secret on one connection, and records without it: `Secrets`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import unquote, unquote_plus

from msgspec import structs

from schematic.compile import CompiledEndpoint
from schematic.define import AuthKind, AuthStrategy, ParamType, Side
from schematic.define.urls import template_parts
from schematic_engine.conformance.book import book_of
from schematic_engine.conformance.redact import HIDDEN, redact_text
from schematic_engine.conformance.texts import Names, hide, sounds_secret
from schematic_engine.conformance.trace import Record, RecordKind, host_and_target
from schematic_engine.hiding import secret_forms, without

__all__ = ["Secrets"]

_NAMED: Final = "x-secret"
"""The name of a header whose value is secret, for values that came in another way."""

_NONCE: Final = "sec-websocket-key"  # which is none (RFC 6455, section 1.3)
_MOST_KNOWN: Final = 512
_LONGEST_FORM: Final = 4096
_SHORTEST_HEARD: Final = 8
_SHORTEST_LEARNED: Final = 6
_FEWEST_CHARACTERS: Final = 3
"""Different ones in what is learned from a body: ``******`` is what others have put there."""

_MOST_LEARNED: Final = 32
_COMMON: Final = (
    *("boolean", "default", "disabled", "enabled", "integer", "invalid", "missing", "number"),
    *("object", "optional", "required", "string", "undefined", "unknown", "unlimited"),
)
"""Values of fields that sound secret, such as ``"token_limit": "unlimited"``, and say nothing."""

_LONGEST_SEARCHED: Final = 1 << 16
"""Bytes of a binary message that are looked at for a text with secrets in it."""


class Secrets:
    """Hides what is secret on one connection.

    Hidden are the parameters, fields and subprotocols that carry credentials as the endpoint
    describes it; JSON fields and query parameters whose names sound like it; and every known
    secret, plain and encoded, wherever it stands. What tells messages and channels apart is never
    hidden for its name alone.

    The values of secret fields, and of a request's credentials, are known from then on, the first
    32 of the fields. Those of fields that have less than six characters, or are words of the
    description or otherwise commonplace, cannot be told from other text, and are not.

    Args:
        endpoint: what the connection speaks; None if that is not known.
        known: secrets that are hidden wherever they stand, in any of their usual encodings. Those
            shorter than four characters cannot be told from other text, and are not.
    """

    def __init__(self, endpoint: CompiledEndpoint | None = None, known: Iterable[str] = ()) -> None:
        self._endpoint = endpoint
        self._ways: tuple[AuthStrategy, ...] = () if endpoint is None else endpoint.api.auth.ways
        self._params = {way.name for way in self._ways if way.name is not None}
        fields = None if endpoint is None else book_of(endpoint).secret_fields
        self._names = {side: Names() for side in Side} if fields is None else fields.names
        self._words: Collection[str] = () if fields is None else fields.words
        self._learned: set[str] = set()
        self._asked: Record | None = None  # the last one, which is often asked for again
        self._clean: Record | None = None
        self._forms: tuple[str, ...] = ()
        self._quoted: tuple[str, ...] = ()
        self._know(((_NAMED, secret) for secret in known), 1)

    @property
    def forms(self) -> tuple[str, ...]:
        """Every known secret in every encoding, the longest first."""
        return self._forms

    def learn_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Hide from here on what header lines carry whose names are, or sound, secret.

        What has less than eight characters is left, since ``test`` is a word besides being the key
        of many a test.
        """
        self._know((one for one in headers if one[0].lower() != _NONCE), _SHORTEST_HEARD)

    def learn(self, record: Record) -> None:
        """Hide from here on what the secret fields of a message, or a request, hold."""
        if record.kind in (RecordKind.OPEN, RecordKind.HTTP):
            self._learn_request(record)
            return
        payload = record.payload
        text = _json_in(payload) if isinstance(payload, bytes) else payload
        if text:
            found: list[str] = []
            hide(text, self._names[record.side], found=found)
            self._learn(found)

    def in_words(self, text: str) -> str:
        """A sentence about what was said, without known secrets, quoted or not."""
        return without(text, self._quoted)

    def _learn(self, values: Iterable[str]) -> bool:
        """Hide from here on what stood in secret fields; whether there was anything new."""
        before = len(self._learned)
        for value in values:
            if len(self._learned) < _MOST_LEARNED and self._can_be_told(value):
                self._learned.add(value)
                self._know([(_NAMED, value)], _SHORTEST_LEARNED)
        return len(self._learned) > before

    def _can_be_told(self, value: str) -> bool:
        """Whether what stood in a secret field is new, and unlike what anybody may say."""
        return (
            _SHORTEST_LEARNED <= len(value) <= _LONGEST_FORM
            and value not in self._learned
            and HIDDEN not in value
            and len(set(value)) >= _FEWEST_CHARACTERS
            and value.lower() not in _COMMON
            and not any(value in word for word in self._words)
        )

    def _know(self, headers: Iterable[tuple[str, str]], least: int) -> None:
        self._asked = self._clean = None
        new = secret_forms(None, headers, self._ways)
        forms = {*self._forms, *(form for form in new if least <= len(form) <= _LONGEST_FORM)}
        if len(forms) <= _MOST_KNOWN:
            self._forms = _longest_first(forms)
            self._quoted = _longest_first({*forms, *(repr(form)[1:-1] for form in forms)})

    def hidden(self, record: Record) -> Record:
        """``record`` without secrets: itself if it has none.

        A binary message that holds one becomes one that is not recorded in full.
        """
        if self._clean is None or (record is not self._asked and record is not self._clean):
            clean = self._hidden(record)
            self._asked, self._clean = record, clean
        return self._clean

    def _hidden(self, record: Record) -> Record:
        if record.is_message:
            return self._message(record)
        if record.kind in (RecordKind.OPEN, RecordKind.HTTP):
            self._learn_request(record)
        return structs.replace(
            record,
            reason=redact_text(without(record.reason, self._forms)),
            target=None if record.target is None else self._target(record.target),
            offered=None if record.offered is None else tuple(map(self._offer, record.offered)),
            chosen=None if record.chosen is None else self._offer(record.chosen),
        )

    # ------------------------------------------------------------------------------- messages

    def _message(self, record: Record) -> Record:
        payload = record.payload
        if isinstance(payload, bytes):
            return structs.replace(record, payload=None) if self._is_in(payload, record) else record
        if payload is None:
            return record
        clean = self._hide(payload, record.side)
        return record if clean is payload else structs.replace(record, payload=clean)

    def _hide(self, text: str, side: Side) -> str:
        found: list[str] = []
        clean = hide(text, self._names[side], self._forms, found=found)
        return hide(text, self._names[side], self._forms) if self._learn(found) else clean

    def _is_in(self, payload: bytes, record: Record) -> bool:
        """Whether a binary message holds a secret, in plain or as a text."""
        if any(form.encode() in payload for form in self._forms):
            return True
        text = _json_in(payload)
        return self._hide(text, record.side) is not text

    # ------------------------------------------------------------------------------- requests

    def _learn_request(self, record: Record) -> None:
        """What the client of a request gives as its credentials."""
        _, target = host_and_target(record.target or "")
        query = target.partition("?")[2].split("&")
        pairs = [(unquote_plus(n), unquote_plus(v)) for n, _, v in map(_parted, query)]
        offered = record.offered or ()
        keys = [key for name in offered if (key := self._key_in(name)) and HIDDEN not in key]
        found = [v for n, v in pairs if self._is_secret(n) and HIDDEN not in v]
        self.learn_headers((_NAMED, value) for value in (*found, *keys))

    def _target(self, target: str) -> str:
        _, target = host_and_target(target)  # what stands before the host may be a password
        path, mark, query = target.partition("?")
        path = without(self._path(path), self._forms)
        return path + mark + "&".join(map(self._pair, query.split("&")))

    def _pair(self, pair: str) -> str:
        name, equals, value = _parted(pair)
        hidden = HIDDEN if value and self._is_secret(unquote_plus(name)) else value
        return without(name, self._forms) + equals + without(hidden, self._forms)

    def _path(self, path: str) -> str:
        """A path without what stands for a placeholder that sounds secret."""
        if self._endpoint is None:
            return path
        template = self._endpoint.endpoint.path.split("/")
        segments = path.split("/")
        for at in range(1, min(len(template), len(segments))):
            before, name, after = template_parts(template[-at]) or ("", "", "")
            if name and sounds_secret(name) and len(unquote(segments[-at])) > len(before + after):
                segments[-at] = before + HIDDEN + after
        return "/".join(segments)

    def _is_secret(self, name: str) -> bool:
        """Whether a query parameter is secret: by its role, or by its name unless it is plain."""
        return name in self._params or (sounds_secret(name) and name not in self._plain)

    @property
    def _plain(self) -> Collection[str]:
        """Parameters that are described, and cannot hold a secret or decide about messages."""
        if self._endpoint is None:
            return ()
        endpoint = self._endpoint.endpoint
        deciding = {n for m in endpoint.lifecycle.every_message for n in m.condition.names}
        return deciding | {
            param.name
            for param in endpoint.params
            if param.param_type is not ParamType.STRING or param.choices
        }

    @property
    def _named(self) -> Collection[str]:
        """Subprotocols that are described, and so no keys."""
        return () if self._endpoint is None else self._endpoint.endpoint.subprotocols

    def _offer(self, name: str) -> str:
        """A subprotocol without the key that it is or holds."""
        key = self._key_in(name)
        return without(name.removesuffix(key) + HIDDEN if key else name, self._forms)

    def _key_in(self, name: str) -> str:
        """The key that is, or ends, the name of a subprotocol; empty if there is none."""
        ways = [way for way in self._ways if way.kind is AuthKind.SUBPROTOCOL]
        if name in self._named or any(name in way.subprotocols for way in ways):
            return ""
        for way in ways:
            if way.prefix is None or name.startswith(way.prefix):
                return name[len(way.prefix or "") :]
        head, dot, key = name.rpartition(".")
        return key if dot and sounds_secret(head) else ""


def _json_in(payload: bytes) -> str:
    """A binary message as a text, if it may be JSON and is not long; else nothing."""
    if len(payload) > _LONGEST_SEARCHED or payload[:1] not in (b"{", b"["):
        return ""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return ""


def _parted(pair: str) -> tuple[str, str, str]:
    return pair.partition("=")


def _longest_first(forms: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))
