"""What there is to know about connecting, in a few words: credentials, parameters, times."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.define import (
    AuthKind,
    ConnectionParam,
    Timer,
    TimerKind,
    WebSocketApi,
)

__all__ = ["auth_in_words", "param_values", "timer_in_words"]


def auth_in_words(api: WebSocketApi) -> str:
    """Where the credentials go, and which environment variables may hold them."""
    auth = api.auth
    if auth.kind is AuthKind.NONE:
        how = "none"
    elif auth.kind is AuthKind.API_KEY_QUERY:
        how = f"query parameter `{auth.name}`"
    elif auth.kind is AuthKind.BASIC:
        how = "user name and password (HTTP Basic)"
    else:
        how = f"header `{auth.header}: {auth.prefix + ' ' if auth.prefix else ''}KEY`"
    sources = " or ".join(f"`{name}`" for name in api.env_auth)
    return f"{how}, from {sources}" if sources else how


def param_values(param: ConnectionParam) -> Iterator[str]:
    """What values it has, and what they mean."""
    if param.choices:
        yield "one of " + ", ".join(f"`{param.param_type.format(one)}`" for one in param.choices)
    if param.default is not None:
        yield f"default `{param.param_type.format(param.default)}`"
    if param.description:
        yield param.description


def timer_in_words(timer: Timer) -> str:
    """Who waits for what, how long, and what happens then."""
    after = f"After {timer.seconds:g} s" + (f", or `{timer.param}`," if timer.param else "")
    owner = f"the {timer.owner.value}"
    if timer.kind is TimerKind.KEEPALIVE:
        does = f"says `{timer.message}`" if timer.message else "pings"
        return f"{after} of its own silence {owner} {does}."
    if timer.kind is TimerKind.IDLE:
        waits = f"of silence from the {timer.of.value}"
    else:
        waits = "without the opening being finished"
    return f"{after} {waits} {owner} closes with {timer.close_code}."
