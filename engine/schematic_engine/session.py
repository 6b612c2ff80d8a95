"""`Session`: typed messages in order, over anything that carries WebSocket messages.

A session is a `Machine` and the codecs of one endpoint. It turns what you want to say into a
payload, or refuses; and what the peer said into an event. It does no I/O and knows no frames, so
whoever already has a WebSocket can use it by itself::

    session = Session(api.endpoint("StreamTextToSpeech"), Side.CLIENT)
    await websocket.send(session.send(SendText(text="Hello ")))
    event = session.receive(await websocket.recv())

Which message a payload is depends on the moment: ElevenLabs' first message and its keep-alive are
both ``{"text": " "}``. So the kinds that the payload looks like are tried most specific first,
those that are legal now before all others. A known message at the wrong moment is a violation,
never "unknown"; of kinds that say equally much it is the one that is nearest to being legal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, overload

import msgspec
from msgspec import UNSET, structs

from schematic.compile import CompiledEndpoint, Phase, compile_endpoint
from schematic.compile.table import State
from schematic.define import BodyKind, BoundEndpoint, Breach, MessageSchema, Side
from schematic_engine.apart import LONG, NOTHING, mentions
from schematic_engine.breaches import breach_of, distance
from schematic_engine.codec import KindCodec, codecs_of, copy_in_words, elsewhere_in_words
from schematic_engine.credentials import Carried, with_field
from schematic_engine.errors import (
    LocalIllegalMessage,
    LocalInvalidMessage,
    LocalProtocolError,
    RemoteIllegalMessage,
    RemoteInvalidMessage,
    UnknownMessage,
)
from schematic_engine.events import Ambiguous, Message, SessionEvent, Unknown, Violation
from schematic_engine.keyed import ChannelStep, Key, Keys
from schematic_engine.keys import with_key
from schematic_engine.machine import Machine, Step
from schematic_engine.policy import Policy
from schematic_engine.reflexes import reflexes_of
from schematic_engine.steady import Encode, Steady
from schematic_engine.surplus import surplus_fields
from schematic_engine.unkeyed import Name, Unnamed

__all__ = ["Session"]

E = TypeVar("E")

_NO_CREDENTIALS = Carried()


_NAMED = (RemoteIllegalMessage, RemoteInvalidMessage)
"""The errors that name the message."""

_NO_CLAIM = (0, 0)
"""The specificity up to which a shape says nothing: any object, any text, any bytes."""


class Session:
    """One conversation, seen from one side.

    Attributes:
        endpoint: the endpoint that it follows.
        role: the side that this session speaks for.
        policy: what to do about the unknown.
        machine: where the conversation stands.
        said: what was said last: the id of the message, and the key of its channel if it has one.
        heard: the ids of the messages that have come.
        sayable: by type of body or by id, what was said and changes nothing if it is said again.

    Args:
        endpoint: what is spoken.
        role: the side to speak for.
        policy: what to do about the unknown.
        carried: how credentials travel; those that go into messages are filled in by `send`.
    """

    __slots__ = (
        "_carried",
        "_expected",
        "_mine",
        "_one_pass",
        "_peer",
        "_recent",
        "_reflexes",
        "_rules",
        "_standing",
        "_steady",
        "_theirs",
        "endpoint",
        "heard",
        "machine",
        "policy",
        "role",
        "said",
        "sayable",
    )

    def __init__(
        self,
        endpoint: CompiledEndpoint | BoundEndpoint,
        role: Side,
        *,
        policy: Policy = Policy(),  # noqa: B008  # frozen
        carried: Carried | None = None,
    ) -> None:
        compiled = compile_endpoint(endpoint) if isinstance(endpoint, BoundEndpoint) else endpoint
        codecs = codecs_of(compiled)
        self.endpoint = compiled
        self.role = role
        self.policy = policy
        self.machine = Machine(compiled.table)
        self.said: tuple[str, Keys | None] = ("", None)
        self.heard: set[str] = set()
        self._peer = role.other
        self._reflexes = reflexes_of(compiled, role)
        self._rules = bool(compiled.endpoint.lifecycle.on_breach)
        self._mine = codecs[role]
        self._theirs = codecs[self._peer]
        self._one_pass = policy.fields == "pass"
        self._expected = self._theirs.tagged  # how text is decoded if it is what one expects
        self._recent: KindCodec | None = None  # what text was the last time that it was looked at
        self._steady: dict[type, str] = {}  # kinds, by body, that change nothing where we stand
        self.sayable: dict[object, Steady] = {}
        self._standing = self.machine.state
        self._carried = carried or _NO_CREDENTIALS

    @property
    def phase(self) -> Phase:
        """INITIALIZING, STREAMING or CLOSING."""
        return self.machine.phase

    def allowed(self) -> tuple[str, ...]:
        """The ids of the messages that this side may send now."""
        machine, role = self.machine, self.role
        return tuple(name for name in machine.allowed(role) if not machine.stopped(role, name))

    def expected(self) -> tuple[str, ...]:
        """The ids of the messages that the peer may send now, as far as this side can know."""
        return self.machine.allowed(self._peer)

    # ---------------------------------------------------------------------------------- sending

    @overload
    def send(self, message: object) -> str | bytes: ...
    @overload
    def send(self, message: str, body: object) -> str | bytes: ...
    def send(self, message: object, body: object = UNSET) -> str | bytes:
        """Say something: the payload to put into one WebSocket message.

        Args:
            message: a body whose type tells which message it is, or a message's id.
            body: with an id, what it says: an instance of the schema's type, or JSON values that
                fit it. Without it the message says the only thing that it can, such as
                ``{"text": ""}``.

        Returns:
            ``str`` for a text message, ``bytes`` for a binary one. The conversation has moved on:
            the payload has to be sent.

        Raises:
            LocalIllegalMessage: it may not be said now. Nothing has changed.
            LocalInvalidMessage: the body does not fit, or the peer would take it for another
                message. Nothing has changed.
        """
        payload, is_text = self.send_frame(message, body)
        return payload.decode() if is_text else payload

    def send_frame(self, message: object, body: object = UNSET) -> tuple[bytes, bool]:
        """The same as `send`, for whoever builds frames: the bytes, and whether they are text."""
        named = type(message) is str
        steady = self.sayable.get(message if named else type(message))
        if (
            steady is not None
            and self.machine.state is steady.state
            and (named or body is UNSET)
            and (payload := steady.payload(body if named else message)) is not None
        ):
            self.said = steady.said
            return payload, steady.is_text
        kind = self._kind_to_send(message, body)
        if kind.id not in self.machine.candidates(self.role):
            raise LocalIllegalMessage(**self.machine.explain(self.role, kind.id, sending=True))
        payload = kind.encode(body if isinstance(message, str) else message)
        if kind.id in self._carried.fields:
            payload = with_field(payload, self._carried.fields[kind.id], self._carried.secret)
        try:
            key, ticket = kind.key_in(payload), kind.ticket_in(payload)
        except ValueError as error:
            raise LocalInvalidMessage(message=kind.id, problem=str(error)) from error
        step = self.machine.move(self.role, kind.id, key)
        if step is None or self.machine.stopped(self.role, kind.id, key):
            raise LocalIllegalMessage(**self.machine.explain(self.role, kind.id, key, sending=True))
        rivals = self._rivals(kind, step)
        self._refuse_misreading(kind, step, payload, rivals)
        before = self.machine.state
        self.machine.apply(self.role, step, ticket)
        self.said = (kind.id, _resolved(step))
        if self._is_steady(kind, step, before):
            self._say_again(message, kind, rivals)
        return payload, kind.is_text

    def reply(self, event: SessionEvent) -> str | bytes | None:
        """Say what is said by itself in reply to ``event``, see `AutoReply`.

        Returns:
            The payload, which has to be sent; None if the event wants no reply, or the reply is
            not legal now.
        """
        frame = self.reply_frame(event)
        if frame is None:
            return None
        payload, is_text = frame
        return payload.decode() if is_text else payload

    def reply_frame(self, event: SessionEvent) -> tuple[bytes, bool] | None:
        """The same as `reply`, for whoever builds frames: the bytes, and whether they are text."""
        if not isinstance(event, Message):
            return None
        reply = self._reflexes.reply(event.id, event.payload)
        if reply is None:
            return None
        try:
            return self.send_frame(*reply)
        except LocalProtocolError:  # not its moment, or the peer would take it for something else
            return None

    def _say_again(self, message: object, kind: KindCodec, rivals: frozenset[str]) -> None:
        """Remembers that ``message``, which is of ``kind``, changes nothing where we stand.

        What is said like it need not be judged again: only its body is checked, and what tells it
        from its ``rivals`` here.
        """
        if kind.id in self._carried.fields or kind.read_key is not None:
            return
        if type(message) is str:
            if not rivals:
                self._remember(message, kind, kind.encode)
        elif self._mine.sole(type(message)) is kind:
            apart = self._mine.apart(kind, rivals)
            if apart is not None:
                self._remember(type(message), kind, kind.encoder(apart))

    def _remember(self, how: object, kind: KindCodec, payload: Encode) -> None:
        self.sayable[how] = Steady(self.machine.state, self.said, payload, kind.is_text)

    def _kind_to_send(self, message: object, body: object) -> KindCodec:
        if isinstance(message, str):
            return self._kind_called(message)
        if body is not UNSET:
            raise LocalInvalidMessage(
                message="", problem=f"{message!r} is not a message id, so it takes no body"
            )
        kinds = self._mine.of_type(type(message))
        if not kinds:
            self._refuse_absent(lambda absent: absent.schema.body is type(message))
            copy = copy_in_words(type(message), self._mine.kinds.values())
            advice = copy or "name the message: send('Id', body)"
            raise LocalInvalidMessage(
                message="",
                problem=f"no message of the {self.role.value} has a body of type "
                f"{type(message).__name__}; {advice}",
            )
        legal = kinds if len(kinds) == 1 else self._legal_to_send(kinds, message)
        if len(legal) > 1:
            names = ", ".join(kind.id for kind in legal)
            raise LocalInvalidMessage(
                message="",
                problem=f"a {type(message).__name__} may be {names}; name the one you mean: "
                f"send('{legal[0].id}', body)",
            )
        return legal[0] if legal else kinds[0]

    def _legal_to_send(self, kinds: Sequence[KindCodec], message: object) -> list[KindCodec]:
        """Those of ``kinds``, which share a body type, that ``message`` may be now."""
        payload = kinds[0].encode(message)
        return [kind for kind in kinds if self._step(self.role, kind, payload) is not None]

    def _kind_called(self, name: str) -> KindCodec:
        kind = self._mine.kinds.get(name)
        if kind is not None:
            return kind
        if name in self._theirs.kinds:
            raise LocalIllegalMessage(**self.machine.explain(self.role, name, sending=True))
        self._refuse_absent(lambda absent: absent.id == name)
        known = ", ".join(self._mine.kinds)
        raise LocalInvalidMessage(
            message=name, problem=f"there is no such message; the {self.role.value} has {known}"
        )

    def _refuse_absent(self, is_meant: Callable[[MessageSchema], bool]) -> None:
        """Refuse what could be said if the connection had other parameters, and say which."""
        for absent in self.endpoint.absent:
            if is_meant(absent) and self.role in absent.direction.senders:
                raise LocalInvalidMessage(
                    message=absent.id,
                    problem="this connection does not have it: it needs the parameters "
                    f"{absent.condition}",
                )

    def _refuse_misreading(
        self, kind: KindCodec, step: Step, payload: bytes, rivals: frozenset[str]
    ) -> None:
        """Refuse a payload that would move the peer's view otherwise than ours."""
        if not rivals:
            return
        for other in self._mine.recogniser.find(payload, is_text=kind.is_text):
            if other.id in rivals and self._differs(other, step, payload):
                raise LocalInvalidMessage(
                    message=kind.id,
                    problem=f"the peer would read this body as {other.id}; "
                    f"send {other.id} if that is what you mean",
                )

    def _rivals(self, kind: KindCodec, step: Step) -> frozenset[str]:
        """Those that the peer may prefer to ``kind`` and take for another step, where we stand."""
        kinds, moves = self._mine.kinds, self.machine.candidates(self.role)
        return frozenset(
            name
            for name in self._mine.rivals(kind)
            if name in moves and (kinds[name].read_key is not None or moves[name] != step)
        )

    def _differs(self, other: KindCodec, step: Step, payload: bytes) -> bool:
        """Whether the peer, reading ``payload`` as the rival ``other``, would take another step."""
        if other.read_key is None:
            return True
        taken = self._step(self.role, other, payload)
        return taken is not None and taken != step

    def for_channel(self, message: str, body: object, name: Name | None) -> object:
        """What ``message`` says on the channel of ``name``: ``body`` with the key in its place."""
        path = self._mine.kinds[message].key_path
        if path is None or name is None or isinstance(name, Unnamed):
            return body
        made: dict[str, object] = {} if body is None else msgspec.to_builtins(body)
        return with_key(made, path, name)

    # -------------------------------------------------------------------------------- receiving

    def receive(
        self, payload: str | bytes | bytearray | memoryview, *, is_text: bool | None = None
    ) -> SessionEvent | None:
        """Take in one WebSocket message from the peer. Never raises for what the peer did.

        Args:
            payload: its content.
            is_text: whether it came in text frames. Left out, ``str`` is text, and bytes are
                binary if the peer has any binary messages, else UTF-8 text.

        Returns:
            what it means; None if it is ignored: it is unknown and that is the policy, or it is a
            breach and that is the answer in the description. After a `Violation` and an `Unknown`
            the conversation stands where it stood.
        """
        event = self._understand(payload, is_text)
        if isinstance(event, Violation) and self._rules and event.error.breach is not None:
            name = event.error.message if isinstance(event.error, _NAMED) else ""
            answer = self.endpoint.endpoint.lifecycle.answer_to(
                self._peer, event.error.breach, name
            )
            if answer is not None:
                return None if answer.ignores else structs.replace(event, answer=answer)
        return event

    def receive_plain(self, came: Iterator[E], take: Callable[[Message], object]) -> E | None:
        """Take in many messages at once, as long as they are plain: `receive` in less time.

        Plain is what is of an expected kind, legal, and wants no reply.

        Args:
            came: what came, ``str`` for a text message, ``bytes`` for a binary one. It is advanced
                to behind the first that is not plain.
            take: is called with each plain message, and tells no session.

        Returns:
            The first of ``came`` that is not plain, about which nothing has been done yet; None if
            all of them were.
        """
        if self.machine.state is not self._standing:
            self._stand()
        expected = self._expected if self._one_pass else None
        decode = _expect_nothing if expected is None else expected.decode
        apart = NOTHING if expected is None else expected.apart
        name, tells = apart.name, bool(apart.values or apart.names)
        find_steady = self._steady.get
        steady: str | None = None
        steady_type: type | None = None  # that of its bodies
        for one in came:
            payload: object = one
            if type(payload) is str:
                try:
                    body = decode(payload)
                except (ValueError, RecursionError):
                    self._expected = self._theirs.tagged
                    return one
                if (
                    tells
                    and (
                        (name in payload if len(payload) < LONG else mentions(payload, name))
                        or "\\" in payload
                    )
                    and not apart.holds(body, payload)
                ):
                    return one
            elif type(payload) is bytes:
                body = payload
            else:
                return one
            kind = type(body)
            if kind is not steady_type:
                steady, steady_type = find_steady(kind), kind
            if steady is not None:
                take(Message(steady, body, payload))
                continue
            steady_type = None
            message = self._receive_unanswered(body, payload)
            if message is None:
                return one
            take(message)
        return None

    def _receive_unanswered(self, body: Any, payload: str | bytes) -> Message | None:
        """Takes what is of an expected kind, if it is legal and wants no reply."""
        kind = self._theirs.binary
        if type(body) is not bytes:
            kind = None if self._expected is None else self._expected.kinds[type(body)]
        if kind is None or self._reflexes.answers(kind.id):
            return None
        return self._receive_decoded(kind, body, payload)

    def _understand(
        self, payload: str | bytes | bytearray | memoryview, is_text: bool | None
    ) -> SessionEvent | None:
        if not isinstance(payload, str):
            payload = payload if isinstance(payload, bytes) else bytes(payload)
            if self._theirs.recogniser.reads_binary if is_text is None else not is_text:
                return self._receive_binary(payload)
            if not payload.isascii() and not _is_utf8(payload):
                return _invalid("", "a text message that is not valid UTF-8", payload)
        event = self._receive_expected(payload) if self._one_pass else None
        return self._receive_text(payload) if event is None else event

    def _receive_expected(self, payload: str | bytes) -> Message | None:
        """One pass: takes what decodes at once as one of the kinds that are expected."""
        expected = self._expected
        if expected is None:
            return None
        try:
            body = expected.decode(payload)
        except (ValueError, RecursionError):
            return None  # another kind, unknown or invalid: the recogniser tells
        text = payload if isinstance(payload, str) else payload.decode()
        if not expected.apart.holds(body, text):
            return None
        return self._receive_decoded(expected.kinds[type(body)], body, payload)

    def _receive_decoded(
        self, kind: KindCodec, body: object, payload: str | bytes
    ) -> Message | None:
        """Takes ``payload``, which is of ``kind`` and says ``body``, if it is legal."""
        try:
            key = kind.key_of(body, payload)
            ticket = None if kind.read_ticket is None else kind.read_ticket(payload)
        except (ValueError, RecursionError):
            return None
        step = self.machine.move(self._peer, kind.id, key)
        return None if step is None else self._take(kind, step, ticket, body, payload)

    def _take(
        self, kind: KindCodec, step: Step, ticket: Key | None, body: object, payload: str | bytes
    ) -> Message:
        """Moves, and remembers what does not."""
        before = self.machine.state
        self.machine.apply(self._peer, step, ticket)
        self.heard.add(kind.id)
        if self._is_steady(kind, step, before) and not self._reflexes.answers(kind.id):
            self._steady[type(body)] = kind.id
        return Message(kind.id, body, payload, _resolved(step))

    def _is_steady(self, kind: KindCodec, step: Step, before: State) -> bool:
        """Whether ``step`` has changed nothing, and will not, as long as we stand here."""
        if isinstance(step, ChannelStep):
            return False
        self._stand()
        return self.machine.state is before and not step.refuses and kind.read_ticket is None

    def _stand(self) -> None:
        """Forgets what is steady where we do not stand any more."""
        if self.machine.state is not self._standing:
            self._standing = self.machine.state
            self._steady.clear()
            self.sayable.clear()

    def _receive_text(self, payload: str | bytes) -> SessionEvent | None:
        """Two passes: first which kind it is, then its body."""
        recogniser = self._theirs.recogniser
        try:
            matches = recogniser.text(payload)
        except (ValueError, RecursionError) as error:
            return _invalid("", _in_words(error), payload)
        if matches:
            return self._recognise(matches, payload)
        own = self._own_lookalikes(payload, is_text=True)
        return self._foreign(own, payload, is_text=True)

    def _receive_binary(self, payload: bytes) -> SessionEvent | None:
        recogniser = self._theirs.recogniser
        try:
            matches = recogniser.binary(payload)
        except (ValueError, RecursionError) as error:
            return _invalid("", _in_words(error), payload)
        if matches:
            return self._recognise(matches, payload)
        own = self._own_lookalikes(payload, is_text=False)
        return self._foreign(own, payload, is_text=False)

    def _recognise(self, matches: Sequence[KindCodec], payload: str | bytes) -> SessionEvent:
        """Choose among the kinds that a payload may be, most specific first."""
        kind = matches[0]
        if len(matches) > 1:
            legal = [other for other in matches if self._step(self._peer, other, payload)]
            if legal:
                kind = legal[0]
                alike = [other for other in legal if other.specificity == kind.specificity]
                if len(alike) > 1:
                    return self._ambiguous(alike, payload)
            elif matches[1].specificity == kind.specificity:
                alike = [other for other in matches if other.specificity == kind.specificity]
                kind = min(alike, key=lambda other: self._distance(other, payload))
        try:
            key, ticket = kind.key_in(payload), kind.ticket_in(payload)
            step = self.machine.move(self._peer, kind.id, key)
            if step is None:
                return self._illegal(kind, payload, key)
            body = self._decode(kind, payload)
        except (ValueError, RecursionError) as error:
            return _invalid(kind.id, _in_words(error), payload)
        self.machine.apply(self._peer, step, ticket)
        self.heard.add(kind.id)
        if kind.is_text:
            self._expect(kind)
        return Message(kind.id, body, payload, _resolved(step))

    def _expect(self, kind: KindCodec) -> None:
        """Expects more of ``kind`` after two of it in a row, where no tags tell what to expect."""
        tagged = self._theirs.tagged
        if tagged is None:
            self._expected = self._theirs.one_pass(kind) if kind is self._recent else None
            self._recent = kind
            self._steady.clear()

    def _distance(self, kind: KindCodec, payload: str | bytes) -> tuple[bool, float]:
        """How far ``payload``, which is illegal, is away from being legal as ``kind``."""
        try:
            key = kind.key_in(payload)
        except ValueError:
            return distance(None, astray=True)
        path = self.machine.explain(self._peer, kind.id, key)["path"]
        breach = breach_of(self.machine, self._peer, kind.id, key)
        return distance(path, astray=breach is Breach.NOT_OPEN)

    def _decode(self, kind: KindCodec, payload: str | bytes) -> object:
        """The body, of which the policy may want to know every field."""
        body = kind.decode(payload)
        if self.policy.fields == "error" and kind.schema.kind is BodyKind.JSON:
            surplus = surplus_fields(body, msgspec.json.decode(payload))
            if surplus:
                raise ValueError(f"{kind.schema.name} has no field {', '.join(surplus)}")
        return body

    def _step(self, side: Side, kind: KindCodec, payload: str | bytes) -> Step | None:
        """What ``payload`` of ``side`` does if it is of ``kind``; None if it cannot be that now."""
        try:
            key = kind.key_in(payload)
        except ValueError:
            return None
        return self.machine.move(side, kind.id, key)

    def _ambiguous(self, kinds: Sequence[KindCodec], payload: str | bytes) -> SessionEvent:
        """Several kinds fit equally well: move only if it makes no difference which it is."""
        names = tuple(kind.id for kind in kinds)
        is_json = kinds[0].schema.kind is BodyKind.JSON
        try:
            body = msgspec.json.decode(payload) if is_json else kinds[0].decode(payload)
        except (ValueError, RecursionError) as error:
            return _invalid(" or ".join(names), _in_words(error), payload)
        step, *others = [self._step(self._peer, kind, payload) for kind in kinds]
        if step is not None and all(other == step for other in others):
            self.machine.apply(self._peer, step)
        return Ambiguous(names, body, payload)

    def _illegal(self, kind: KindCodec, payload: str | bytes, key: Keys | None = None) -> Violation:
        facts = self.machine.explain(self._peer, kind.id, key)
        breach = breach_of(self.machine, self._peer, kind.id, key)
        return Violation(RemoteIllegalMessage(breach=breach, **facts), payload)

    def _own_lookalikes(self, payload: str | bytes, *, is_text: bool) -> Sequence[KindCodec]:
        try:
            return self._mine.recogniser.find(payload, is_text=is_text)
        except (ValueError, RecursionError):
            return ()

    def _foreign(
        self, own: Sequence[KindCodec], payload: str | bytes, *, is_text: bool
    ) -> SessionEvent | None:
        """Nothing of the peer's looks like this: it is for us to say, or it is unknown."""
        if own and own[0].specificity > _NO_CLAIM:
            return self._illegal(own[0], payload)
        if self.policy.unknown == "ignore":
            return None
        problem = self._theirs.recogniser.describe(payload, is_text=is_text)
        problem += elsewhere_in_words(self.endpoint, self._peer, payload, is_text=is_text)
        if self.policy.unknown == "pass":
            return Unknown(payload, problem)
        return Violation(UnknownMessage(problem=problem, known=tuple(self._theirs.kinds)), payload)


def _expect_nothing(payload: str | bytes) -> object:
    """Decodes nothing, where nothing is expected."""
    raise ValueError(len(payload))


def _resolved(step: Step) -> Keys | None:
    """The key of the channel on which ``step`` was made, if it is on one and that has a key."""
    return step.key if isinstance(step, ChannelStep) else None


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _in_words(error: Exception) -> str:
    """What is wrong with a payload that cannot be read."""
    fits = isinstance(error, msgspec.ValidationError) or not isinstance(error, msgspec.DecodeError)
    return str(error) if fits else f"it is not JSON: {error}"


def _invalid(message: str, problem: str, payload: str | bytes) -> Violation:
    return Violation(RemoteInvalidMessage(message=message, problem=problem), payload)
