"""`Connection`: bytes in, events out, in either role, over any event loop.

A connection is a handshake, then a wire and a session. It does no I/O and owns no clock; whoever
has a socket drives it by these rules, after every step of its own::

    now and then    connection.handle_timeout(now)       first thing, before feeding data, before
                                                         ping() and, if it is timed, send(), and
                                                         when next_deadline() has come
    data came       connection.receive_data(data)        b"" once, when the peer has ended
    always          write connection.data_to_send()
    then            close the socket if connection.close_expected()

Both calls return events in the order in which things happened. Nothing that the peer does raises
an error: it becomes a `Violation`, or the error of the `Closed` event. Nothing that is refused
changes anything: what `send` refuses is neither written nor counted.

What ends a connection is told once, last: by `Closed`, or by an HTTP response instead of the
upgrade, which is a client's `Rejected` and a server's own `reject`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec import UNSET

from schematic.compile import CompiledEndpoint, Phase, narrow
from schematic.define import BoundEndpoint, CloseNotice, Side, TimerKind
from schematic_engine.address import Address, address_of, header_params
from schematic_engine.arguments import HeaderLines, header_lines, subprotocol_names
from schematic_engine.channel_timers import Due
from schematic_engine.clockwork import Clockwork, Occasion
from schematic_engine.compression import Compression
from schematic_engine.credentials import Carried, Credentials, credentials_for
from schematic_engine.delivery import Delivery
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    InvalidParameter,
    LocalProtocolError,
    MessageTooBig,
    ProtocolError,
    RemoteProtocolError,
)
from schematic_engine.events import (
    Accepted,
    Closed,
    Event,
    Message,
    Overdue,
    Pong,
    Rejected,
    Violation,
)
from schematic_engine.handshake import ClientHandshake, ServerHandshake
from schematic_engine.hiding import secret_forms, without
from schematic_engine.ledger import Ledger, follow_channels, proofs_of
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.notices import announced
from schematic_engine.policy import Policy
from schematic_engine.redaction import told_without
from schematic_engine.redirects import Redirect, with_query
from schematic_engine.repeats import repeater
from schematic_engine.session import Session
from schematic_engine.subprotocols import agree, choosable, is_agreed
from schematic_engine.timer import described_limits
from schematic_engine.unkeyed import Unnamed
from schematic_engine.wire import Wire, WireEvent, check_close

__all__ = ["Connection"]

_Close: TypeAlias = tuple[int | None, str]  # the code, None for the error's own; the reason

_CLIENT_POLICY: Final = Policy()
_SERVER_POLICY: Final = Policy(unknown="error")


class Connection:
    """One connection; made by `client` or `server`.

    Attributes:
        role: which side this is.
        address: where a client has to connect to; None for a server.
        session: the conversation, once the connection is open.
        subprotocol: the one that a server chose, once it has accepted; else None.
        secrets: what a client's request holds that is told to nobody else. What the server
            repeats of it is blacked out in events and errors.
        locations: where a server that rejected points, as it said so, for `Redirects`; that may
            repeat secrets.
        reading: whether what arrives is being read. A driver that has stopped, because its user
            takes nothing, sets it to False, and then no wait for the peer ends.
        patience: how many frames one call takes in that are not plain messages: control frames,
            fragments, what is compressed. Each costs time, however small it is, so a driver whose
            event loop has others to serve sets a number, and asks for what is `left_over`.
    """

    def __init__(
        self,
        handshake: ClientHandshake | ServerHandshake,
        *,
        endpoint: AnyEndpoint | None = None,
        address: Address | None = None,
        compression: bool | Compression,
        limits: Limits,
        policy: Policy,
        params: Mapping[str, object] | None = None,
        carried: Carried | None = None,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self.role = Side.CLIENT if isinstance(handshake, ClientHandshake) else Side.SERVER
        self.address = address
        self.session: Session | None = None
        self.subprotocol: str | None = None
        self.reading = True
        self.patience = math.inf
        self._handshake: ClientHandshake | ServerHandshake | None = handshake  # while it lasts
        self._endpoint = endpoint
        self._compression = compression
        self._limits = limits
        self._policy = policy
        self._wire: Wire | None = None
        self._out = handshake.data_to_send()
        self._pending: list[Event] = []  # what happened outside of the calls that return events
        self._over = self._channelled = False
        self._error: ProtocolError | None = None  # why we failed the connection
        self._params = params or {}
        self._carried = carried
        self.secrets = secrets
        self.locations: tuple[str, ...] = ()
        self._repeaters: dict[object, Callable[[object], bool]] = {}  # by type or id
        self._ledger = Ledger(limits.max_unconfirmed)
        self._left: int | None = None  # the code of our close frame, where the user closed
        self._notices: dict[str, CloseNotice] = {}
        self._clock = Clockwork(self.role, limits)

    @classmethod
    def client(
        cls,
        endpoint: AnyEndpoint,
        *,
        params: Mapping[str, object] | None = None,
        credentials: Credentials | None = None,
        url: str | None = None,
        redirect: Redirect | None = None,
        headers: HeaderLines = (),
        subprotocols: Sequence[str] = (),
        compression: bool | Compression = True,
        limits: Limits = DEFAULT_LIMITS,
        policy: Policy = _CLIENT_POLICY,
    ) -> Connection:
        """A client that asks for ``endpoint``; its request is in `data_to_send`.

        Args:
            endpoint: what to connect to.
            params: values of the connection's parameters by name.
            credentials: what the API's authentication wants.
            url: replaces the API's base URL.
            redirect: where a server sent the client, in place of the endpoint's address; to
                another origin neither credentials nor ``headers`` and ``subprotocols`` go along.
            headers: further header lines; they replace the API's own of the same name.
            subprotocols: offered, most wanted first; those that the endpoint needs, and one that
                carries credentials, follow by themselves.
            compression: whether, or with which options, permessage-deflate is offered.
            limits: bounds on sizes and times.
            policy: what to do about the unknown and the illegal.

        Raises:
            LocalProtocolError: a parameter, credential or header is missing or cannot be sent.
            TypeError: an argument is none of what it can be.
        """
        compiled = narrow(resolve(endpoint), params or {})
        limits = described_limits(limits, compiled.endpoint.lifecycle.timers, Side.CLIENT)
        bound = BoundEndpoint(api=compiled.api, endpoint=compiled.endpoint)
        said = {kind.id for kind in compiled.kinds if kind.side is Side.CLIENT}
        lines, subprotocols = header_lines(headers), subprotocol_names(subprotocols)
        if redirect is None or redirect.trusted:
            carried = credentials_for(bound.api, credentials, said)
            given = (*header_params(bound, params), *carried.headers, *lines)
        else:
            carried, given, subprotocols = Carried(), (), ()
        if redirect is None:
            address = address_of(bound, params, url=url, query=carried.query)
        else:
            address = with_query(redirect.address, carried.query)
        offered = (*subprotocols, *bound.endpoint.subprotocols, *carried.subprotocols)
        names = {name.lower() for name, _ in given}
        usual = [line for line in bound.api.headers if line[0].lower() not in names]
        handshake = ClientHandshake(
            address,
            headers=[*usual, *given],
            subprotocols=tuple(dict.fromkeys(offered)),
            secret=carried.subprotocols[-1] if carried.subprotocols else None,
            compression=compression,
            limits=limits,
        )
        return cls(
            handshake,
            endpoint=compiled,
            address=address,
            compression=compression,
            limits=limits,
            policy=policy,
            params=params,
            carried=carried,
            secrets=secret_forms(credentials, lines, bound.api.auth.ways),
        )

    @classmethod
    def server(
        cls,
        *,
        compression: bool | Compression = True,
        limits: Limits = DEFAULT_LIMITS,
        policy: Policy = _SERVER_POLICY,
    ) -> Connection:
        """A server's side of a fresh TCP connection; it waits for a `Request`."""
        handshake = ServerHandshake(limits=limits)
        return cls(handshake, compression=compression, limits=limits, policy=policy)

    # ------------------------------------------------------------------------------- where it is

    @property
    def phase(self) -> Phase:
        """CONNECTING, then the session's phases; CLOSING from our close frame on, then CLOSED.

        FAILED as soon as, and for ever after, an error of either side ended it.
        """
        if self._error is not None:
            return Phase.FAILED
        if self._over:
            return Phase.CLOSED
        if self._wire is None or self.session is None:
            return Phase.CONNECTING
        return self.session.phase if self._wire.open else Phase.CLOSING

    @property
    def timed(self) -> bool:
        """Whether what is said may start a timer of the description: tell the time before it."""
        return self._clock.schedule is not None

    @property
    def failed(self) -> bool:
        """Whether an error of either side ended it, or is ending it."""
        return self._error is not None

    @property
    def calm(self) -> bool:
        """Whether messages have changed nothing but what is to be read and to be written.

        If not, a deadline may have come nearer, it may be ending, or something may be `left_over`,
        after messages alone.
        """
        return self._error is None and self._clock.calm and not (self._wire and self._wire.unread)

    def allowed(self) -> tuple[str, ...]:
        """The ids of the messages that this side may send now."""
        is_open = self._wire is not None and self._wire.open
        return self.session.allowed() if self.session and is_open else ()

    def expected(self) -> tuple[str, ...]:
        """The ids of the messages that the peer may send now, as far as this side can know."""
        return self.session.expected() if self.session and not (self._over or self._error) else ()

    @property
    def latency(self) -> float | None:
        """Seconds from the last answered ping to its pong; None before there was one."""
        return self._clock.latency

    def awaits_pong(self, payload: bytes) -> bool:
        """Whether the ping with this payload, which `ping` returned, has not been answered."""
        return self._clock.awaits_pong(payload)

    def close_expected(self) -> bool:
        """Whether the TCP connection is to be closed, once `data_to_send` is written."""
        return self._over

    # --------------------------------------------------------------------------------- to be sent

    def data_to_send(self) -> bytes:
        """Takes the bytes to write now."""
        wire = self._wire
        if wire is None or self._out:
            data, self._out = self._out, b""
            return data if wire is None else data + self.data_to_send()
        if wire.pongs:
            self._ledger.jumped(wire.taken, sum(map(len, wire.pongs)))
        return wire.data_to_send()

    def send(self, message: object, body: object = UNSET) -> None:
        """Says something: a typed body, or a message's id and what it says. See `Session.send`.

        Raises:
            LocalIllegalMessage: it may not be said now.
            LocalInvalidMessage: the body does not fit, or the peer would take it for another
                message.
            LocalProtocolError: the connection is not open.
        """
        named = type(message) is str
        again = self._repeaters.get(message if named else type(message))
        if again is None or not (named or body is UNSET) or not again(body if named else message):
            self._say(message, body)

    def delivery(self, unwritten: int = 0) -> Delivery:
        """What became of the messages that were sent, as far as this side can know; at any time.

        Args:
            unwritten: how many of the bytes that `data_to_send` gave were not written, the last
                of them; whoever writes knows.
        """
        heard = () if self.session is None else self.session.heard
        return self._ledger.report((self._wire.taken if self._wire else 0) - unwritten, heard)

    def ping(self, payload: bytes | None = None) -> bytes:
        """Asks the peer for a pong with the same payload, which comes as a `Pong`.

        Pings that keep the connection alive go out by themselves, see ``Limits.ping_interval``.

        Args:
            payload: at most 125 bytes; None takes some that no other ping of this connection has.

        Returns:
            The payload.

        Raises:
            LocalProtocolError: the connection is not open, or the payload is over 125 bytes.
        """
        wire, _ = self._opened()
        payload = self._clock.ping(payload)
        wire.ping(payload)
        self._clock.pinged(payload)
        self._ledger.pinged(payload)
        return payload

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Starts the closing handshake; events go on until `Closed`. A second call does nothing.

        During the opening handshake a client gives up, and a server answers a request with 503.

        Raises:
            LocalProtocolError: the code is not one that may be sent, or the reason has more than
                123 bytes as UTF-8.
        """
        check_close(code, reason)
        if self._wire is None:
            self._abandon()
        elif self._wire.open:
            self._wire.close(code, reason)
            self._left = code
            self._clock.closing()

    def accept(
        self,
        endpoint: AnyEndpoint,
        *,
        subprotocol: str | None = None,
        headers: HeaderLines = (),
        params: Mapping[str, object] | None = None,
    ) -> bool:
        """Opens the connection that a `Request` asked for.

        Args:
            endpoint: what will be spoken.
            subprotocol: one of those that the client offered; None takes the first of them that
                the description knows, if there is one.
            headers: further header lines of the response.
            params: the connection's parameters: some decide which messages there are, some say how
                long timers run. What is missing has its default.

        Returns:
            Whether the conversation begins. It does not where the client offers none of the
            subprotocols that the endpoint needs, and the description says to close then.

        Raises:
            InvalidParameter: the client offers none of the subprotocols that the endpoint needs,
                and the description says to reject it then, with the status ``unagreed``.
            LocalProtocolError: no request waits for an answer, or the answer cannot be sent.
        """
        handshake, compiled = self._asked(), narrow(resolve(endpoint), params or {})
        chosen = _choose(compiled, subprotocol, handshake.offered)
        self._params = params or {}
        session = Session(compiled, Side.SERVER, policy=self._policy)
        handshake.accept(subprotocol=chosen, headers=headers, compression=self._compression)
        self.subprotocol = chosen
        self._out += handshake.data_to_send()
        agreed = is_agreed(compiled, chosen)
        self._open(session, self._pending, hear=agreed)
        if not agreed:
            self.close(compiled.endpoint.unagreed, "subprotocol not acceptable")
        return agreed

    def reject(self, status: int, *, headers: HeaderLines = (), body: bytes = b"") -> None:
        """Answers a `Request` with an HTTP response; the connection is over without an event.

        Raises:
            LocalProtocolError: no request waits for an answer, or the answer cannot be sent.
        """
        handshake = self._asked()
        handshake.reject(status, headers=headers, body=body)
        self._out += handshake.data_to_send()
        self._finish()

    # ----------------------------------------------------------------------------------- received

    def receive_data(self, data: bytes) -> list[Event]:
        """Takes what arrived; ``b""`` says that nothing more will come. Never raises."""
        events, self._pending = self._pending, []
        if self._over:  # given up in time, and the peer does not know it yet
            return events
        if self._wire is None:
            self._shake(data, events)
        else:
            self._hear(data, events)
            if self._channelled:
                self._bound_channels(events)
        return events

    def left_over(self) -> bytes:
        """Takes what the last call has left unread, see `patience`: give it again, and first."""
        if self._wire is None or not self._wire.unread:
            return b""
        unread, self._wire.unread = self._wire.unread, b""
        return unread

    def handle_timeout(self, now: float) -> list[Event]:
        """Tells the time, in seconds of any clock that does not go back."""
        events, self._pending = self._pending, []
        for due in self._clock.tick(now, reading=self.reading):
            self._act(due, events)
        return events

    def next_deadline(self) -> float | None:
        """When `handle_timeout` has to be called at the latest; in the past: at once."""
        return self._clock.deadline(at_once=bool(self._pending))

    # ------------------------------------------------------------------------- only for this class

    def _say(self, message: object, body: object) -> bytes:
        """Says something; returns the payload. Raises what `send` does."""
        wire, session = self._opened()
        kind = message if type(message) is str else type(message)
        steady = session.sayable.get(kind)
        payload, is_text = session.send_frame(message, body)
        self._write(payload, is_text)
        if steady is not None:  # it is not the first time
            self._repeaters[kind] = repeater(steady, session, wire, self._ledger, self._clock)
        return payload

    def _write(self, payload: bytes, is_text: bool) -> None:
        """Queues a message that the session has counted as said."""
        assert self._wire is not None
        assert self.session is not None
        self._wire.send_frame(payload, is_text=is_text)
        self._ledger.sent(self._wire.end, *self.session.said)
        self._clock.said()

    def _opened(self) -> tuple[Wire, Session]:
        if self._wire is None or self.session is None:
            raise LocalProtocolError("the connection is not open")
        if not self._wire.open:
            raise LocalProtocolError("the connection is closing or closed; nothing can be sent")
        return self._wire, self.session

    def _asked(self) -> ServerHandshake:
        if self.role is Side.CLIENT:
            raise LocalProtocolError("only a server answers requests")
        if self._over:
            raise LocalProtocolError("the connection is over; there is nobody to answer")
        if not isinstance(self._handshake, ServerHandshake):
            raise LocalProtocolError("there is no request that waits for an answer")
        return self._handshake

    def _shaking(self) -> ClientHandshake | ServerHandshake:
        assert self._handshake is not None
        return self._handshake

    def _shake(self, data: bytes, events: list[Event]) -> None:
        """Goes on with the opening handshake."""
        handshake = self._shaking()
        try:
            outcome = handshake.receive_data(data)
        except ConnectionClosed as lost:
            self._end(Closed(code=lost.code), events)
        except RemoteProtocolError as error:
            self._out += handshake.data_to_send()
            if type(error) is RemoteProtocolError:  # which may quote the answer
                error = RemoteProtocolError(without(str(error), self.secrets))
            self._end(Closed(code=1006, error=error), events)
        else:
            if outcome is None:
                return
            self._clock.answered()
            if isinstance(outcome, Rejected):
                events.append(self._rejected(outcome))
                return
            outcome = told_without(outcome, self.secrets)
            if isinstance(outcome, Accepted) and self._endpoint is not None:
                self._accepted(outcome, resolve(self._endpoint), events)
                return
            events.append(outcome)

    def _accepted(self, outcome: Accepted, endpoint: CompiledEndpoint, events: list[Event]) -> None:
        """Begins the conversation, if the server speaks what the endpoint needs."""
        if not is_agreed(endpoint, outcome.subprotocol):
            needed = ", ".join(endpoint.endpoint.subprotocols)
            problem = (
                f"the server accepted without a subprotocol that {endpoint.name} needs: {needed}"
            )
            self._end(Closed(code=1006, error=RemoteProtocolError(problem)), events)
            return
        events.append(outcome)
        session = Session(endpoint, Side.CLIENT, policy=self._policy, carried=self._carried)
        self._open(session, events)

    def _open(self, session: Session, events: list[Event], *, hear: bool = True) -> None:
        """Switches from HTTP to frames, of which some may have come already."""
        self.session, self._channelled = session, bool(session.machine.channels)
        lifecycle = session.endpoint.endpoint.lifecycle
        self._notices = {m.id: m.closes for m in lifecycle.messages if m.closes is not None}
        self._clock.opened(lifecycle, session.machine, self._params)
        handshake, self._handshake = self._shaking(), None  # an idle connection is small
        self._wire = Wire(self.role, limits=self._limits, deflate=handshake.deflate)
        self._ledger.trust(proofs_of(session.endpoint, self.role))
        follow_channels(session.machine, self.role, self._ledger)
        if handshake.trailing and hear:
            self._hear(handshake.trailing, events)

    def _act(self, due: Occasion, events: list[Event]) -> None:
        """Does what is due."""
        if isinstance(due, bytes):
            self.ping(due)
        elif isinstance(due, Due):
            self._run_out(due, events)
        elif due == "break off":
            self._break_off(events)
        elif due.deadline in ("open_timeout", "close_timeout"):
            self._expire(due, events)
        else:
            self._lose(due, events)

    def _lose(self, late: DeadlineExceeded, events: list[Event]) -> None:
        """Ends what the peer has not kept alive."""
        wire, _ = self._opened()
        self._error = late
        if late.deadline == "idle_timeout":
            wire.fail(late, code=1008)
            self._clock.closing()
        else:  # a peer that answers no ping will hardly answer a close frame
            wire.fail(late, code=1011)
            self._end(Closed(code=1006, error=late), events)

    def _run_out(self, due: Due, events: list[Event]) -> None:
        """Does what the description says about a timer that has run out."""
        wire, session = self._opened()
        timer = due.timer
        if timer.kind is TimerKind.KEEPALIVE and timer.message is None:
            self.ping()
        elif timer.message is not None:
            body = session.for_channel(timer.message, timer.body, due.name)
            self._try_to_say(timer.message, body)
        if timer.kind is TimerKind.KEEPALIVE:
            return
        if timer.close_code is None:
            key = None if isinstance(due.name, Unnamed) else due.name
            events.append(Overdue(timer=timer, seconds=due.seconds, key=key))
            return
        self._error = DeadlineExceeded(deadline=timer.kind.value, seconds=due.seconds)
        wire.fail(self._error, code=timer.close_code, reason=timer.close_reason)
        self._clock.closing()

    def _try_to_say(self, message: str, body: object) -> bytes | None:
        """Says something if it is legal now; returns the payload."""
        try:
            return self._say(message, UNSET if body is None else body)
        except LocalProtocolError:
            return None

    def _hear(self, data: bytes, events: list[Event]) -> None:
        """Takes in frames."""
        wire = self._wire
        assert wire is not None
        received = wire.receive_data(data, self.patience)
        if not received:
            self._clock.heard()  # a part of something longer
        rest = iter(received)
        while (event := self._hear_plain(rest, events)) is not None:
            if isinstance(event, (str, bytes)):
                self._clock.heard()
                self._understand(event, events)
            elif isinstance(event, Closed):
                self._end(event, events)
            else:
                if isinstance(event, Pong):
                    self._ledger.ponged(event.payload)
                    self._clock.ponged(event.payload)
                events.append(event)
        if wire.failing:
            if not wire.open:
                self._break_off(events)
            else:
                self._clock.failing()

    def _break_off(self, events: list[Event]) -> None:
        """Ends what the peer made unreadable."""
        assert self._wire is not None
        self._end(self._wire.break_off(), events)

    def _hear_plain(self, received: Iterator[WireEvent], events: list[Event]) -> WireEvent | None:
        """Takes in the messages that need no more than that; returns what comes after them."""
        assert self.session is not None
        if self._error is not None:
            return next(received, None)
        known = len(events)
        event = self.session.receive_plain(received, events.append)
        if len(events) > known:  # once for all, since no time passes between them
            self._clock.peer_said()
        return event

    def _bound_channels(self, events: list[Event]) -> None:
        """Fails a connection whose peer has opened too many channels, or with too long a key."""
        wire, session, limits = self._wire, self.session, self._limits
        if wire is None or session is None or not wire.open:
            return
        keys = (event.key for event in events if isinstance(event, Message))
        parts = (part for key in keys for part in (key if isinstance(key, tuple) else (key,)))
        held = sum(states.held(self.role.other) for states in session.machine.channels)
        if any(isinstance(part, str) and len(part) > limits.max_key_size for part in parts):
            limit, unit = "max_key_size", "characters in a key"
        elif held > limits.max_channels:
            limit, unit = "max_channels", "open channels"
        else:
            return
        self._error = MessageTooBig(limit=limit, value=getattr(limits, limit), unit=unit)
        wire.fail(self._error)
        self._clock.closing()

    def _understand(self, payload: str | bytes, events: list[Event]) -> None:
        """Takes in a message, unless an earlier one ended the conversation."""
        assert self._wire is not None
        assert self.session is not None
        if self._error is not None:
            return
        event = self.session.receive(payload, is_text=isinstance(payload, str))
        self._clock.peer_said()
        if event is None:
            return
        if isinstance(event, Violation) and self._policy.violation == "fail":
            event = self._react(event)
        events.append(event)
        if self._policy.replies and self._wire.open:
            reply = self.session.reply_frame(event)
            if reply is not None:
                self._write(*reply)

    def _react(self, breach: Violation) -> Violation:
        """Does what the description says about a breach; by default, fails the connection."""
        assert self._wire is not None
        answer = breach.answer
        close: _Close | None = (None, "")
        if answer is not None:
            close = (answer.close_code, answer.reason)
            if answer.says is not None:
                close = self._reply(answer.says, answer.body, close)
        if close is None:
            return breach
        self._error = breach.error
        if self._wire.open:
            self._wire.fail(breach.error, *close)
            self._clock.closing()
        return msgspec.structs.replace(breach, closing=True)

    def _reply(self, message: str, body: object, close: _Close) -> _Close | None:
        """Says the message that answers a breach; returns how to close then, None not to."""
        payload = self._try_to_say(message, body)
        if payload is None:  # it is not its moment, so all that is left is to close
            return close
        notice = self._notices.get(message)
        if notice is None:
            return None if close[0] is None else close
        code, reason = announced(notice, payload)
        return close[0] or code, close[1] or reason

    def _abandon(self) -> None:
        """Ends the opening handshake."""
        if self._over:
            return
        if isinstance(self._handshake, ServerHandshake) and self._handshake.asked:
            self.reject(503)
        else:
            self._end(Closed(code=1006), self._pending)

    def _expire(self, late: DeadlineExceeded, events: list[Event]) -> None:
        """Ends what the peer has not ended in time."""
        if self._wire is None:
            rejected = self._shaking().give_up()
            self._out += self._shaking().data_to_send()
            if rejected is not None:
                events.append(self._rejected(rejected))
                return
        self._end(Closed(code=1006, error=self._error or late), events)

    def _rejected(self, rejected: Rejected) -> Rejected:
        """Ends a handshake that the server refused; returns how that is told."""
        self.locations = tuple(value for name, value in rejected.headers if name == "location")
        self._finish()
        return told_without(rejected, self.secrets)

    def _end(self, closed: Closed, events: list[Event]) -> None:
        """Tells how it ended, once and last."""
        if closed.error is None and self._error is not None:
            closed = msgspec.structs.replace(closed, error=self._error)
        if isinstance(closed.error, ProtocolError):
            self._error = closed.error
        if self.session is not None:
            closing = self.session.endpoint.endpoint.lifecycle.closing
            answers = closed.clean and closed.code == self._left
            if answers and closing.by is not self.role.other:
                self._ledger.answered_all()
            closed = msgspec.structs.replace(closed, documented=closing.find(closed.code))
        events.append(told_without(closed, self.secrets))
        self._finish()

    def _finish(self) -> None:
        self._over = True
        self._clock.stop()


def _choose(endpoint: CompiledEndpoint, wanted: str | None, offered: Sequence[str]) -> str | None:
    """The subprotocol with which a server accepts.

    Raises:
        InvalidParameter: no offered one will do, and the description wants such requests rejected.
        LocalProtocolError: the one that is wanted may hold a secret of the client.
    """
    known = choosable(endpoint)
    secretive = any(way.subprotocols for way in endpoint.api.auth.ways)
    if wanted is not None and secretive and wanted not in known:
        raise LocalProtocolError(
            f"{endpoint.name} is offered secrets as subprotocols; choose one of {', '.join(known)}"
        )
    chosen = agree(endpoint, offered) if wanted is None else wanted
    if not is_agreed(endpoint, chosen) and endpoint.endpoint.unagreed < 1000:
        raise InvalidParameter(
            parameter="Sec-WebSocket-Protocol",
            problem=f"offer one of {', '.join(endpoint.endpoint.subprotocols)}",
        )
    return chosen
