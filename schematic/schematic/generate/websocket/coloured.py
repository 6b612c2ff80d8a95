"""The surfaces of a generated client in one colour: for asyncio, or with blocking calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from schematic.define import Side
from schematic.generate.literals import docstring, literal
from schematic.generate.websocket.plan import ChannelPlan, Spoken, Step
from schematic.generate.websocket.source import Source

__all__ = ["ASYNC", "SYNC", "ClassNames", "Colour", "Coloured"]


@dataclass(frozen=True, slots=True)
class Colour:
    """Asyncio or blocking calls.

    Attributes:
        module: the module of `schematic_engine.client` for it.
        prefix: what the names of generated classes begin with.
        define: how a method is defined.
        wait: what stands before a call.
    """

    module: str
    prefix: str
    define: str
    wait: str


ASYNC = Colour("aio", "", "async def", "await ")
SYNC = Colour("sync", "Sync", "def", "")


@dataclass(frozen=True, slots=True)
class ClassNames:
    """The names of classes, without the prefix of a colour.

    Attributes:
        handles: the class of each channel, by the channel's id.
        later: the classes of the steps that open each channel after the first, by the same.
        phases: the class of each step of the connection's opening but the client's first.
    """

    handles: Mapping[str, str]
    later: Mapping[str, tuple[str, ...]]
    phases: Mapping[int, str]


_ASIDE = 28
"""How long an aside may be in the first line about `run`."""

_RAISES = """
        Raises:
            HandshakeRejected: the server answered with an HTTP status.
            DeadlineExceeded: the connection was not open within ``limits.open_timeout``.
            LocalProtocolError: a parameter or the credentials are missing, or cannot be sent.
            RemoteProtocolError: the answer is none to a WebSocket handshake.
            ConnectionClosed: the server hung up during the handshake.
            OSError: the server or a proxy cannot be reached, or a certificate is not to be trusted.
"""


class Coloured:
    """Writes the surfaces in one colour.

    Args:
        source: the module.
        colour: the colour.
        names: the names of its classes.
        keyed: writes what takes the key of a channel first, and then the fields of a message.
    """

    def __init__(
        self,
        source: Source,
        colour: Colour,
        names: ClassNames,
        keyed: Callable[[ChannelPlan, Spoken], str],
    ) -> None:
        self._source = source
        self._plan = source.plan
        self._colour = colour
        self._names = names
        self._handles = names.handles
        self._opening = names.phases
        self._keyed = keyed
        self._client = f"{colour.prefix}{source.prefix}Ws"
        self._said = self._base("Sending") if colour is ASYNC else "None"

    def parts(self) -> Iterator[str]:
        """The classes, each after those that it uses."""
        for channel in self._plan.channels:
            yield self._handle(channel)
        yield self._client_class()
        for channel in self._plan.channels:
            yield from self._channel_phases(channel)
        yield from self._phases()
        yield self._callbacks()

    # -------------------------------------------------------------------------------- explicit

    def _handle(self, channel: ChannelPlan) -> str:
        handle = self._handles[channel.channel.id]
        about = docstring(f"One {channel.channel.id}: what is said on it carries its key.")
        return f"class {self._colour.prefix}{handle}(_{handle}Sends[{self._said}]):\n{about}"

    def _client_class(self) -> str:
        source, plan = self._source, self._plan
        about = plan.compiled.endpoint.description or f"A client of {plan.compiled.name}."
        stream = self._base("Stream")
        sink = f"{source.prefix}Sink[{self._said}]"
        return (
            f"class {self._client}({sink}, {self._base('Client')}[ServerMessage]):\n"
            f"{docstring(about)}\n"
            f"    close = {self._base('Close')}({self._goodbye()})\n"
            f"{docstring(self._about_close())}\n"
            f"{self._connect(source.typing('Self'), 'return cls._connect(params)', first=True)}"
            f"{self._channel_methods()}\n"
            f"    def split(self) -> tuple[{sink}, {stream}[ServerMessage]]:\n"
            f'        """A sink for those who send, and a stream for the one who receives."""\n'
            f"        return self, {stream}(self)\n"
        )

    def _connect(self, gives: str, body: str, *, first: bool = False) -> str:
        unpack = self._source.typing("Unpack")
        return (
            "    @classmethod\n"
            f"    def connect(cls, **params: {unpack}[ConnectParams]) -> "
            f"{self._base('Connecting')}[{gives}]:\n"
            f"{self._about_connect(gives, first)}        {body}\n"
        )

    def _about_connect(self, gives: str, first: bool) -> str:
        model = f"`{self._source.prefix}Ws.connect`"
        if not first:
            return docstring(f"Connect, as {model} does; `{gives}` comes first.", indent=8)
        if self._colour is SYNC:
            return docstring(f"Connect, by ``with`` or ``open()``, as {model} does.", indent=8)
        variables = self._plan.compiled.api.env_auth
        about = "Connect, by ``async with`` or ``await``; `ConnectParams` are the arguments."
        if variables:
            names = "`` or ``".join(variables)
            about += f"\n\n``auth`` may be left out if ``{names}`` is set."
        said = docstring(about, indent=8).rstrip().removesuffix('"""').rstrip()
        return f'{said}\n{_RAISES}        """\n'

    def _channel_methods(self, phase: bool = False) -> str:
        return "".join(self._channel_method(one, phase) for one in self._plan.channels)

    def _channel_method(self, channel: ChannelPlan, phase: bool) -> str:
        handle = f"{self._colour.prefix}{self._handles[channel.channel.id]}"
        name = channel.method
        default = "" if channel.default is None else f" = {literal(channel.default)}"
        kind = " | ".join(channel.key_types)
        if phase:
            enter, walk = self._source.runtime("enter"), self._source.runtime("Walk")
            gives, body = f"{handle}Opening", f"{enter}({handle}Opening, {walk}(self, key))"
            state = "it is not open yet"
        else:
            gives, body = handle, f"{handle}(self, key)"
            state = "nothing is said yet"
        about = docstring(f"The {channel.channel.id} with this key; {state}.", indent=8)
        return (
            f"\n    def {name}(self, key: {kind}{default}) -> {gives}:\n{about}"
            f"        return {body}\n"
        )

    def _about_close(self) -> str:
        close = self._plan.close
        how = f"Say {close.id}, and close" if close else "Close the WebSocket"
        return f"{how}; returns what the server still says."

    def _goodbye(self) -> str:
        close = self._plan.close
        return self._source.of(close) if close else self._source.runtime("WebSocketClose")

    # ---------------------------------------------------------------------------------- phases

    def _phases(self) -> Iterator[str]:
        prefix = self._colour.prefix
        listening = f"{self._base('Listening')}[ServerMessage]"
        about = "The client has said its last message; what the server still says is received."
        late = "".join(
            self._member(
                f"send_{one.method}", f"{self._source.runtime('Send')}({self._source.of(one)})", one
            )
            for one in self._plan.ambient
            if one.message.after_end
        )
        yield f"class {prefix}Closing({listening}):\n{docstring(about)}{late}"
        yield self._streaming(listening)
        following = f"{prefix}Streaming"
        for number, step in reversed(list(enumerate(self._plan.steps))):
            following, written = self._step(number, step, following, listening)
            yield written
        base = self._base("Phases")
        returns = f"return cls._begin({self._client}, {following}, params)"
        about = "The same client, with the phase as type: what may not be said now has no method."
        yield (
            f"class {prefix}{self._source.prefix}Phases({base}):\n{docstring(about)}\n"
            f"{self._connect(following, returns)}"
        )

    def _streaming(self, listening: str) -> str:
        prefix, plan = self._colour.prefix, self._plan
        step, closing = self._base("Step"), f"{prefix}Closing"
        lines = "".join(
            self._member(
                "close" if one is plan.close else one.step,
                f"{step}({self._source.of(one)}, {closing})",
                one,
            )
            for one in plan.endings
        )
        if plan.close is None:
            lines += f"\n    close = {step}({self._goodbye()}, {closing})\n"
            lines += docstring("Close the WebSocket.")
        return (
            f"class {prefix}Streaming(_Streams[{self._said}], {listening}):\n"
            f"{docstring('Messages go both ways, in any order.')}{lines}"
            f"{self._channel_methods(phase=True)}"
        )

    def _step(self, number: int, step: Step, following: str, listening: str) -> tuple[str, str]:
        """The phase of one step: its name, and its class."""
        prefix = self._colour.prefix
        first = number not in self._opening
        name = f"{prefix}{self._opening.get(number, 'Initializing')}"
        if step.side is Side.SERVER:
            return name, self._awaiting(name, step, following)
        # What the server opens with later is waited for, so it is not received before.
        waits = any(one.side is Side.SERVER for one in self._plan.steps[number:])
        base = self._base("Phase") if step.gating or waits else listening
        bases = f"_Ambient[{self._said}], {base}" if self._plan.ambient else base
        method = self._base("Step")
        lines = "".join(
            self._member(
                "initialize" if first and len(step.choices) == 1 else one.step,
                f"{method}({self._source.of(one)}, {prefix}Closing)"
                if one.id in step.ends
                else f"{method}({self._source.of(one)}, {following})",
                one,
            )
            for one in step.choices
        )
        return (
            name,
            f"class {name}({bases}):\n{docstring('The client opens the conversation.')}{lines}",
        )

    def _awaiting(self, name: str, step: Step, following: str) -> str:
        prefix = self._colour.prefix
        base = self._base("Phase")
        bases = f"_Ambient[{self._said}], {base}" if self._plan.ambient else base
        then = {
            self._source.of(one): f"{prefix}Closing" if one.id in step.ends else following
            for one in step.choices
        }
        gives = " | ".join(dict.fromkeys(then.values()))
        pairs = ", ".join(f"{message}: {phase}" for message, phase in then.items())
        words = " or ".join(then)
        about = f"The server speaks next: {words}."
        ready = (
            f"\n    {self._colour.define} ready(self) -> {gives}:\n"
            + docstring(f"Wait for {words}; the next phase receives it.", indent=8)
            + self._proceed(f"{{{pairs}}}", gives)
        )
        return f"class {name}({bases}):\n{docstring(about)}{ready}"

    def _proceed(self, pairs: str, gives: str) -> str:
        """The statements of ``ready``."""
        if self._colour is ASYNC or "|" not in gives:
            return f"        return {self._colour.wait}self._proceed({pairs})\n"
        # mypy does not take a union that is returned for what a bare type variable stands for.
        make = self._source.imports.name("collections.abc", "Callable", typing_only=True)
        walk = self._source.runtime("Walk")
        kind = f"dict[object, {make}[[{walk}[None]], {gives}]]"
        return f"        then: {kind} = {pairs}\n        return self._proceed(then)\n"

    def _channel_phases(self, channel: ChannelPlan) -> Iterator[str]:
        source, name = self._source, f"{self._colour.prefix}{self._handles[channel.channel.id]}"
        phase, step = self._base("ChannelPhase"), self._base("KeyedStep")
        send = source.runtime("KeyedSend")
        what = channel.channel.id
        if channel.endings or any(step.ends for step in channel.opening):
            about = docstring(f"This side of the {what} has ended.")
            yield f"class {name}Closing({phase}):\n{about}"
        lines = "".join(
            self._member(f"send_{one.method}", f"{send}({self._keyed(channel, one)})", one)
            for one in channel.streaming
        )
        lines += "".join(
            self._member(
                "close" if len(channel.endings) == 1 else one.step,
                f"{step}({self._keyed(channel, one)}, {name}Closing)",
                one,
            )
            for one in channel.endings
        )
        yield f"class {name}Streaming({phase}):\n{docstring(f'The {what} is open.')}{lines}"
        following = f"{name}Streaming"
        later = [f"{self._colour.prefix}{one}" for one in self._names.later[what]]
        for own, opening in reversed(
            list(zip([f"{name}Opening", *later], channel.opening, strict=True))
        ):
            first = own not in later
            lines = "".join(
                self._member(
                    "open" if first and len(opening.choices) == 1 else one.step,
                    f"{step}({self._keyed(channel, one)}, "
                    f"{f'{name}Closing' if one.id in opening.ends else following})",
                    one,
                )
                for one in opening.choices
            )
            about = f"The {what} is not open yet."
            if not first:
                about = f"The {what} is being opened; the client's next step is due."
            yield f"class {own}({phase}):\n{docstring(about)}{lines}"
            following = own

    # ------------------------------------------------------------------------------- callbacks

    def _callbacks(self) -> str:
        source = self._source
        name = f"{self._colour.prefix}{source.prefix}Callbacks"
        about = "A whole conversation: handlers for what comes, and a source of what is said."
        return (
            f"class {name}(_Handlers, {self._base('Callbacks')}):\n{docstring(about)}{self._run()}"
        )

    def _run(self) -> str:
        source, plan = self._source, self._plan
        union = " | ".join((*plan.plain, *map(source.of, plan.client_streams)))
        return (
            f"\n    {self._colour.define} run(self, source: "
            f"{self._base('Source')}[{union or source.typing('Never')}], "
            f"**params: {source.typing('Unpack')}[RunParams]) -> None:\n"
            + docstring(self._about_run(), indent=8)
            + f"        {self._colour.wait}self._run({self._client}, params, source)\n"
        )

    def _about_run(self) -> str:
        plain = self._plan.plain.items()
        means = " and ".join(f"``{kind}`` is `{self._source.of(one)}`" for kind, one in plain)
        inside, after = (
            (f" ({means})", "") if 0 < len(means) < _ASIDE else ("", f" {means}." if means else "")
        )
        return f"Say what ``source`` gives{inside} and goodbye; handle what comes.{after}"

    # --------------------------------------------------------------------------------- helpers

    def _base(self, what: str) -> str:
        """Something of `schematic_engine.client` in this colour."""
        return f"{self._source.runtime(self._colour.module)}.{what}"

    def _member(self, name: str, value: str, spoken: Spoken) -> str:
        about = spoken.message.description or f"The message {spoken.id}."
        return f"\n    {name} = {value}\n{docstring(about)}"
