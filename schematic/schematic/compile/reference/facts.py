"""What there is to know about connecting, in a few words: credentials, parameters, times.

Each function takes ``code``, which sets off names and values: between backticks for Markdown, not
at all for terminals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import replace

from schematic.define import (
    AuthKind,
    AuthStrategy,
    ConnectionLifecycle,
    ConnectionParam,
    ListStyle,
    Timer,
    TimerKind,
    WebSocketApi,
    WebSocketEndpoint,
)

__all__ = ["Code", "auth_in_words", "param_in_words", "timer_in_words", "timers_in_words"]

Code = Callable[[str], str]
"""How a name or a value is set off from the words around it."""

_LISTS = {
    ListStyle.REPEATED: "as repeated keys",
    ListStyle.COMMA: "joined by commas",
    ListStyle.JSON: "as a JSON array",
}


def auth_in_words(
    api: WebSocketApi, code: Code = str, endpoint: WebSocketEndpoint | None = None
) -> str:
    """Where the credentials go, and which environment variables may hold them.

    With ``endpoint``, ways are left out that are for messages which only other endpoints have.
    """
    ids = None if endpoint is None else {one.id for one in endpoint.lifecycle.every_message}
    how = ", or ".join(_carried(way, code) for way in _ways(api.auth, ids))
    sources = " or ".join(code(f"${name}") for name in api.env_auth)
    return f"{how}, from {sources}" if sources else how


def _ways(auth: AuthStrategy, ids: Set[str] | None) -> Iterator[AuthStrategy]:
    """The ways that there are where the messages ``ids`` are, each naming no other message."""
    for way in auth.ways:
        if ids is None or way.kind is not AuthKind.MESSAGE:
            yield way
        elif messages := tuple(name for name in way.messages if name in ids):
            yield replace(way, messages=messages)


def _carried(auth: AuthStrategy, code: Code) -> str:
    word = auth.prefix or ""
    offered = ", ".join([*auth.subprotocols, f"{word}…"])
    places = {
        AuthKind.NONE: "none",
        AuthKind.API_KEY_QUERY: f"query parameter {code(str(auth.name))}",
        AuthKind.BASIC: "user name and password (HTTP Basic)",
        AuthKind.SUBPROTOCOL: f"subprotocols {code(offered)}",
        AuthKind.MESSAGE: f"field {code(str(auth.field))} of {' or '.join(auth.messages)}",
    }
    line = f"{auth.header}: {word + ' ' if word else ''}…"
    return places.get(auth.kind, f"header {code(line)}")


def param_in_words(param: ConnectionParam, code: Code = str, *, most: int = 1000) -> Iterator[str]:
    """What values it has, and what they mean; of more than ``most`` choices only the first."""
    if param.default is not None:
        yield "default " + ", ".join(code(text) for _, text in param.write(param.default))
    if param.many:
        yield "several, " + " or ".join(_LISTS[style] for style in param.styles)
    if param.brackets:
        yield f"as {code(f'{param.name}[key]=value')}"
    if bounds := _bounds(param):
        yield bounds
    if param.choices:
        shown = [code(param.text(choice)) for choice in param.choices]
        if len(shown) > most:
            shown[most - 1 :] = [f"… ({len(shown)} in all)"]
        yield "one of " + " ".join(shown)
    if param.description:
        yield param.description


def _bounds(param: ConnectionParam) -> str:
    """The numbers that are allowed, to the last digit."""
    least, most = param.minimum, param.maximum
    if least is not None and most is not None:
        return f"{least} to {most}"
    if least is not None:
        return f"at least {least}"
    return "" if most is None else f"at most {most}"


def timers_in_words(lifecycle: ConnectionLifecycle, code: Code = str) -> tuple[str, ...]:
    """The timers of a connection, and those of its channels."""
    own = (timer_in_words(timer, code) for timer in lifecycle.timers)
    channels = (
        f"on each {code(channel.id)}, {timer_in_words(timer, code)}"
        for channel in lifecycle.channels
        for timer in channel.lifecycle.timers
    )
    return (*own, *channels)


def timer_in_words(timer: Timer, code: Code = str) -> str:
    """Who waits for what, how long, and what happens then."""
    after = f"after {timer.seconds:g} s" + (f", or {code(timer.param)}," if timer.param else "")
    owner = f"the {timer.owner.value}"
    if timer.kind is TimerKind.KEEPALIVE:
        does = f"says {code(timer.message)}" if timer.message else "pings"
        return f"{after} of its own silence {owner} {does}"
    if timer.kind is TimerKind.OPEN:
        return f"{after} without an answer to the upgrade {owner} gives up"
    if timer.kind is TimerKind.CLOSE:
        return f"{after} without an answer to its close frame {owner} drops the connection"
    if timer.kind is TimerKind.IDLE:
        waits = f"of silence from the {timer.of.value}"
    elif timer.kind is TimerKind.REPLY:
        waits = f"without a word from the {timer.of.value}"
    elif timer.kind is TimerKind.PONG:
        waits = "without a pong to its ping"
    else:
        waits = "without the opening being finished"
    if timer.close_code is None:
        does = f"says {code(timer.message)}" if timer.message else "is told"
        return f"{after} {waits} {owner} {does}"
    reason = f" and the reason {code(timer.close_reason)}" if timer.close_reason else ""
    says = f" says {code(timer.message)} and" if timer.message else ""
    return f"{after} {waits} {owner}{says} closes with {timer.close_code}{reason}"
