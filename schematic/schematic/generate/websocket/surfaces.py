"""The surfaces of a generated client: methods, phases, callbacks, split streams.

What is said is listed once; the classes that use the lists are written twice, see `coloured`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from schematic.define import Side
from schematic.generate.literals import docstring, literal
from schematic.generate.websocket.coloured import ClassNames, Colour, Coloured
from schematic.generate.websocket.plan import ChannelPlan, Plan, Spoken, Step
from schematic.generate.websocket.source import Source

__all__ = ["Surfaces"]


class Surfaces:
    """Writes the surfaces of one client.

    Args:
        source: the module; its messages are declared already.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._plan = source.plan
        names = source.names
        self._handles = {
            one.channel.id: names.new_family(one.channel.id, _of_channel)
            for one in source.plan.channels
        }
        self._channel_phases = {
            one.channel.id: tuple(self._later(one)) for one in source.plan.channels
        }
        self._phases = {
            number: names.new_family(_phase(source, number), _in_both)
            for number, step in enumerate(source.plan.steps)
            if step.side is Side.SERVER or not source.plan.is_first(number)
        }

    def _later(self, channel: ChannelPlan) -> Iterator[str]:
        """The names of the phases of the steps that open a channel after the first."""
        handle = self._handles[channel.channel.id]
        for step in channel.opening[1:]:
            name = f"{handle}Initializing{self._source.of(step.choices[0])}"
            yield self._source.names.new_family(name, _in_both)

    # ------------------------------------------------------------------------- for both colours

    def sends(self) -> str:
        """The methods that say one message each, whatever they return."""
        source, plan = self._source, self._plan
        base = source.runtime("Sends")
        source.runtime("R_co")
        parts: list[str] = []
        if plan.ambient:
            parts.append(self._listing("_Ambient", base, plan.ambient, "What may be said always."))
            base = "_Ambient"
        about = "What is said in the streaming phase."
        parts.append(self._listing("_Streams", base, plan.streaming, about))
        known = {one.id for one in (*plan.ambient, *plan.streaming)}
        about = "Everything that the client says; what may not be said now is refused."
        rest = [one for one in plan.client if one.id not in known]
        name, also = f"{source.prefix}Sink", f", {source.runtime('Sink')}[ClientMessage, R_co]"
        parts.append(self._listing(name, "_Streams", rest, about, also))
        parts += [self._channel_listing(channel) for channel in plan.channels]
        return "\n\n".join(parts)

    def _listing(
        self, name: str, base: str, messages: Iterable[Spoken], about: str, also: str = ""
    ) -> str:
        source = self._source
        lines = "".join(
            _member(f"send_{one.method}", f"{source.runtime('Send')}({source.of(one)})", one, "say")
            for one in messages
        )
        return f"class {name}({base}[R_co]{also}):\n{docstring(about)}{lines}"

    def _channel_listing(self, channel: ChannelPlan) -> str:
        source = self._source
        handle = self._handles[channel.channel.id]
        base = source.runtime("ChannelSends")
        send = source.runtime("KeyedSend")
        about = f"What the client says on one {channel.channel.id}."
        lines = "".join(
            _member(f"send_{one.method}", f"{send}({self._keyed(channel, one)})", one, "say")
            for one in channel.messages
        )
        return f"class _{handle}Sends({base}[R_co]):\n{docstring(about)}{lines}"

    def _keyed(self, channel: ChannelPlan, spoken: Spoken) -> str:
        """What takes the key first, and then the fields of the message."""
        of = self._source.of(spoken)
        field = next(one for one in spoken.fields if one.encode_name == channel.key_field)
        if field.required:
            return of
        name = self._source.types.fields(spoken.message.schema.body)[channel.key_field]
        return f"{self._source.runtime('key_first')}({of}, {literal(name)})"

    def handlers(self) -> str:
        """The methods that take handlers."""
        source, plan = self._source, self._plan
        lines = "".join(
            _member(f"on_{one.method}", f"{source.runtime('On')}({source.of(one)})", one, "hear")
            for one in plan.server
        )
        base = source.runtime("Handlers")
        about = docstring("A handler for each message of the server.")
        return f"class _Handlers({base}):\n{about}\n{self._settings()}{lines}"

    def _settings(self) -> str:
        """What a conversation says by itself."""
        source, plan = self._source, self._plan
        firsts = {
            name: source.of(step.choices[0]) if _makes_itself(step) else "None"
            for name, step in _openings(plan).items()
        }
        close = plan.close
        goodbye = source.of(close) if close else source.runtime("WebSocketClose")
        settings = f"    goodbye = {goodbye}\n" if close is None or close.says_itself else ""
        for name, pairs in (
            ("opening", {literal(key): value for key, value in firsts.items()}),
            ("plain", {kind: source.of(one) for kind, one in plan.plain.items()}),
        ):
            if pairs:
                inner = "".join(f"({key}, {value}), " for key, value in pairs.items())
                settings += f"    {name} = ({inner.rstrip() if len(pairs) == 1 else inner[:-2]})\n"
        return settings

    def run_params(self) -> str:
        """The declaration of ``RunParams``."""
        source, plan = self._source, self._plan
        lines: list[str] = []
        for name, step in _openings(plan).items():
            union = " | ".join(map(source.of, step.choices))
            optional = _makes_itself(step)
            lines.append(f"    {name}: {union if optional else source.required(union)}\n")
        said = ["what is said first"] if lines else []
        if plan.close is not None and not plan.close.says_itself:
            lines.append(f"    goodbye: {source.required(source.of(plan.close))}\n")
            said.append("the goodbye")
        takes = f" beside `ConnectParams`: {', and '.join(said)}" if said else ": `ConnectParams`"
        about = docstring(f"What ``run`` takes{takes}.")
        body = f"\n{''.join(lines)}" if lines else ""
        return f"class RunParams(ConnectParams, total=False):\n{about}{body}"

    # -------------------------------------------------------------------------- for one of them

    def of(self, colour: Colour) -> str:
        """All surfaces for asyncio, or for blocking calls."""
        names = ClassNames(self._handles, self._channel_phases, self._phases)
        written = Coloured(self._source, colour, names, self._keyed)
        return "\n\n".join(written.parts())


def _member(name: str, value: str, spoken: Spoken, does: Literal["say", "hear"]) -> str:
    """A method that says a message or takes a handler for it, as an attribute of a class."""
    plain = f"Says {spoken.id}." if does == "say" else f"Handles {spoken.id}."
    return f"\n    {name} = {value}\n{docstring(spoken.message.description or plain)}"


def _openings(plan: Plan) -> dict[str, Step]:
    """The steps of the client's, by the names of the arguments that say them."""
    steps = plan.client_steps
    names = ["initialize", *(step.choices[0].method for step in steps[1:])]
    return dict(zip(names, steps, strict=False))


def _makes_itself(step: Step) -> bool:
    return len(step.choices) == 1 and step.choices[0].says_itself


def _in_both(name: str) -> tuple[str, str]:
    """The names of a class for asyncio, and for blocking calls."""
    return (name, f"Sync{name}")


def _of_channel(name: str) -> list[str]:
    """The names of all classes of a channel."""
    kinds = [name, *(f"{name}{phase}" for phase in ("Opening", "Streaming", "Closing"))]
    return [f"_{name}Sends", *(one for kind in kinds for one in _in_both(kind))]


def _phase(source: Source, number: int) -> str:
    """What the phase of a step of the opening is called."""
    step = source.plan.steps[number]
    kind = "Awaiting" if step.side is Side.SERVER else "Initializing"
    return f"{kind}{source.of(step.choices[0])}"
