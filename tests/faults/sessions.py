"""One session in memory for each seed: who says what and when, on a network as faulty as it gets.

`play` plays it and holds what has to hold of every session, whatever the network does:

* it ends: at either end with one `Closed`, last, or for a client with the HTTP response;
* the errors are documented ones, and nothing raises;
* what is heard is what was said, in that order, nothing twice and nothing left out between;
* whoever is told that the end was clean has heard everything;
* nothing is left to be done, written or waited for.

Bytes that the network itself made up can turn one message into another, which only TLS tells. So
behind damage only the first and the last two are held.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from schematic import Side
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.errors import LocalProtocolError, RemoteProtocolError
from schematic_engine.events import Closed, Event, Message, Rejected, Request, Violation
from schematic_engine.limits import Limits
from schematic_engine.testing import Chop, Corrupt, Delay, Garbage, Link, Plan
from support.echo import TALK, Bye, Farewell, Heard, Hello, Say

__all__ = ["play"]

OPEN_SECONDS, CLOSE_SECONDS, TALK_SECONDS = 5.0, 7.0, 20.0
SIZES = (0, 1, 20, 20, 20, 200)
LARGE = (3000, 70_000)


@dataclass
class Spoken:
    """What one side has said, and how many bytes it had written when each message was out."""

    bodies: list[object] = field(default_factory=list[object])
    marks: list[int] = field(default_factory=list[int])


class Session:
    """A client that says things, and a server that repeats them."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.plan = Plan.random(seed, within=self.dice.choice((300, 1200, 5000)))
        faults = (*self.plan.to_server, *self.plan.to_client)
        self.is_chopped = any(isinstance(fault, Chop) for fault in faults)
        self.delays = sum(fault.seconds for fault in faults if isinstance(fault, Delay))
        pinged = self.dice.random() < 0.3
        limits = Limits(
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=4.0 if pinged else None,
            ping_timeout=3.0 if pinged else None,
        )
        client = Connection.client(
            TALK,
            credentials=Credentials("key"),
            compression=self.dice.random() < 0.5,
            limits=limits,
        )
        self.spoken = {side: Spoken() for side in Side}
        server = Connection.server(limits=limits)
        self.link = Link(client, server, self.plan, react=self.react, now=1000.0)

    def talk(self) -> None:
        """Everything that happens, from the request to the end."""
        for number in range(self.dice.randrange(12)):
            self.link.wait(self.dice.random())
            body = Hello() if number == 0 else Say(self.text(number))
            self.say(Side.CLIENT, body)
        if self.dice.random() < 0.6:
            self.say(Side.CLIENT, Bye())
        self.link.wait(TALK_SECONDS)
        # Nobody but a clock can tell a dead peer from a silent one: whoever talks has to give up.
        for side in self.dice.sample(list(Side), 2):
            self.link.ends[side].connection.close()
            self.link.wait(self.dice.choice((0.0, 3.0)))
        self.link.run_out()

    def say(self, side: Side, body: object) -> None:
        """Say it, unless it is too late or too early, which is no error of anybody."""
        end = self.link.ends[side]
        try:
            end.connection.send(body)
        except LocalProtocolError:
            return
        self.link.flush(side)
        self.spoken[side].bodies.append(body)
        self.spoken[side].marks.append(end.sent)

    def react(self, side: Side, event: Event) -> None:
        if isinstance(event, Request):
            self.link.server.connection.accept(TALK)
        elif side is Side.SERVER and isinstance(event, Message):
            if event.id == "Say":
                self.say(side, Heard(event.body.text))
            elif event.id == "Bye":
                self.say(side, Farewell())
                self.link.server.connection.close()

    def text(self, number: int) -> str:
        """One that no other message has."""
        size = self.dice.choice(SIZES)
        if not self.is_chopped and self.dice.random() < 0.05:
            size = self.dice.choice(LARGE)
        return f"{number} " + "é" * size

    def check(self) -> None:
        """What has to hold of every session."""
        given = 12 + TALK_SECONDS + 2 * 3.0 + 2 * CLOSE_SECONDS
        assert self.link.now <= 1000.0 + given + 4 * self.delays
        for side in Side:
            self.check_end(side)
            self.check_heard(side)

    def check_end(self, side: Side) -> None:
        """It is over, in a documented way, and nothing is left to do."""
        end, events = self.link.ends[side], self.link.ends[side].events
        assert sum(isinstance(event, Closed | Rejected) for event in events) == 1
        last = events[-1]
        assert isinstance(last, Closed | Rejected)
        if isinstance(last, Closed):
            assert last.error is None or isinstance(last.error, RemoteProtocolError)
            assert last.clean or last.code == 1006
        else:
            assert side is Side.CLIENT
        for event in events:
            assert not isinstance(event, Violation) or isinstance(last, Closed)
        connection = end.connection
        assert end.hung_up
        assert connection.next_deadline() is None
        assert connection.data_to_send() == b""
        assert connection.receive_data(b"") == connection.handle_timeout(1e9) == []

    def check_heard(self, side: Side) -> None:
        """Nothing twice, nothing lost in silence."""
        said, end = self.spoken[side.other], self.link.ends[side]
        heard = [message.body for message in end.messages]
        damage = [f.at for f in self.plan.toward(side) if isinstance(f, Corrupt | Garbage)]
        if damage:
            intact = sum(mark <= min(damage) for mark in said.marks)
            assert heard[:intact] == said.bodies[: min(intact, len(heard))]
            return
        assert heard == said.bodies[: len(heard)]
        if end.closed is not None and end.closed.clean and end.closed.error is None:
            assert heard == said.bodies


def play(seed: int) -> str:
    """Play one session; how it ended for the client. AssertionError if anything does not hold."""
    session = Session(seed)
    session.talk()
    session.check()
    last = session.link.client.events[-1]
    if isinstance(last, Closed):
        error = "" if last.error is None else f", {type(last.error).__name__}"
        return f"{'closed' if last.clean else 'lost'} with {last.code}{error}"
    return type(last).__name__.lower()
