"""`FaultProxy`: a faulty network between a real client and a real server.

It passes bytes on and knows nothing of what they mean: TLS goes through it untouched, so a `Cut`
truncates it without a ``close_notify``.
"""

from __future__ import annotations

import asyncio

from schematic.define import Side
from schematic_engine.address import Address, parse_url
from schematic_engine.asyncio.through import End
from schematic_engine.mock.loop_thread import EitherWay
from schematic_engine.testing.faults import Plan, Strike
from schematic_engine.testing.line import Line

__all__ = ["FaultProxy"]

_MOST_WAITING = 64 * 1024  # bytes under way in one direction before its sender is held up


class FaultProxy(EitherWay):
    """Listens on the loopback interface, and lets plans happen to whoever connects.

    A context manager, with ``async with`` in the running loop, or with ``with`` in a thread of its
    own::

        async with FaultProxy(server.url, Plan(to_client=(Cut(at=600),))) as proxy:
            async with connect(api, url=proxy.url) as connection:
                ...

    Args:
        target: the server's URL, ``ws`` or ``wss``. A certificate has to be made out to
            ``localhost`` or ``127.0.0.1``, whichever the target says.
        plans: what happens to each connection in turn; the last one holds for all further ones.
            None leaves all alone.

    Attributes:
        accepted: how many connections there have been.
    """

    def __init__(self, target: str, *plans: Plan) -> None:
        self._target = parse_url(target)
        self._plans = plans or (Plan(),)
        self._listener: asyncio.Server | None = None
        super().__init__("schematic-faults")
        self._open: set[_Passage] = set()
        self.accepted = 0

    @property
    def port(self) -> int:
        """The port that it listens on.

        Raises:
            RuntimeError: it is not running.
        """
        if self._listener is None:
            raise RuntimeError("the proxy is not running: use it in a with statement")
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where clients connect to: the target's URL, but for host and port."""
        scheme, target = self._target.scheme, self._target.target
        host = "localhost" if self._target.host == "localhost" else "127.0.0.1"
        return f"{scheme}://{Address(scheme, host, self.port).authority}{target.rstrip('/')}"

    def strike(self, fault: Strike, toward: Side = Side.CLIENT) -> None:
        """``fault`` happens now, to what arrives at ``toward`` on every connection there is.

        Its place is ignored. With ``with`` this may be called from any thread, and has happened
        when it returns.
        """
        if self._thread is None:
            self._strike(fault, toward)
        else:
            self._thread.run(self._strike_there(fault, toward))

    async def start(self) -> None:
        """Listen, in the running loop. Raises OSError if it cannot."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Stop listening, and drop what is still connected."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
            for passage in tuple(self._open):
                await passage.drop()
            await listener.wait_closed()

    async def _strike_there(self, fault: Strike, toward: Side) -> None:
        self._strike(fault, toward)

    def _strike(self, fault: Strike, toward: Side) -> None:
        for passage in tuple(self._open):
            passage.strike(fault, toward)

    def _accept(self) -> asyncio.Protocol:
        plan = self._plans[min(self.accepted, len(self._plans) - 1)]
        self.accepted += 1
        passage = _Passage(plan, self._target)
        self._open.add(passage)
        passage.gone.add_done_callback(lambda _: self._open.discard(passage))
        return passage.ends[Side.CLIENT]


class _Passage:
    """One connection through the proxy.

    Attributes:
        ends: the proxy's end toward either side.
        gone: done when both sockets are closed.
    """

    def __init__(self, plan: Plan, target: Address) -> None:
        self._loop = asyncio.get_running_loop()
        self._line = Line(plan, self._loop.time())
        self._target = target
        self._reaching: asyncio.Task[None] | None = None
        self._timers: dict[Side, asyncio.Handle] = {}
        self.ends = {side: End(self, side) for side in Side}
        self.gone: asyncio.Future[None] = self._loop.create_future()

    def made(self, side: Side) -> None:
        """An end is connected; the client's wants the server's."""
        if side is Side.CLIENT:
            self.ends[side].read(False)
            self._reaching = self._loop.create_task(self._reach())
        else:
            self.ends[side.other].read(True)
            self.pump()

    def came(self, sender: Side, data: bytes) -> None:
        """``sender`` has written."""
        self._line.write(sender, data, self._loop.time())
        self.pump()

    def ended(self, sender: Side) -> None:
        """``sender`` writes no more."""
        self._line.toward[sender.other].finish(self._loop.time())
        self.pump()

    def lost(self, side: Side, error: Exception | None) -> None:
        """An end is closed, or was broken off."""
        if error is not None:
            self._line.toward[side.other].reset()
        else:
            self._line.toward[side.other].finish(self._loop.time())
        self.pump()
        self._look_whether_gone()

    def strike(self, fault: Strike, toward: Side) -> None:
        """``fault`` happens now."""
        self._line.strike(fault, toward, self._loop.time())
        self.pump()

    def pump(self) -> None:
        """Pass on what has arrived, and come back when more does."""
        if self.ends[Side.SERVER].transport is not None:
            for side in Side:
                self._pump(side)

    async def drop(self) -> None:
        """Close both ends at once and wait until they are closed."""
        if self._reaching is not None:
            self._reaching.cancel()
            await asyncio.wait([self._reaching])
        for end in self.ends.values():
            end.abort()
        self._look_whether_gone()
        await self.gone

    def _pump(self, side: Side) -> None:
        """Pass one read on to ``side``."""
        end = self.ends[side]
        if timer := self._timers.pop(side, None):
            timer.cancel()
        if not end.full and not end.closed:
            self._pass_on(side)
        self.ends[side.other].read(self._line.toward[side].waiting < _MOST_WAITING)

    def _pass_on(self, side: Side) -> None:
        end, stream = self.ends[side], self._line.toward[side]
        try:
            data = stream.read(self._loop.time())
        except ConnectionResetError:
            end.reset()
            return
        if data:
            end.write(data)
            # In another turn of the loop: what is written in one go is read in one go.
            self._timers[side] = self._loop.call_soon(self._pump, side)
        elif data is not None:
            end.finish()
        elif (moment := stream.next_arrival()) is not None:
            self._timers[side] = self._loop.call_at(moment, self._pump, side)

    async def _reach(self) -> None:
        host, port = self._target.host, self._target.port
        try:
            await self._loop.create_connection(lambda: self.ends[Side.SERVER], host, port)
        except OSError:
            self.ends[Side.SERVER].closed = True
            self.ends[Side.CLIENT].reset()
            self._look_whether_gone()

    def _look_whether_gone(self) -> None:
        if all(end.closed for end in self.ends.values()) and not self.gone.done():
            for timer in self._timers.values():
                timer.cancel()
            self.gone.set_result(None)
