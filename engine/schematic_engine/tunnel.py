"""A way through an HTTP proxy: ``CONNECT`` (RFC 9110, section 9.3.6), no I/O.

h11 writes the request and reads the answer, in any pieces and within ``Limits.max_header_size``.
"""

from __future__ import annotations

from base64 import b64encode

import h11

from schematic_engine.address import Address
from schematic_engine.errors import MessageTooBig, ProxyError
from schematic_engine.head import Head
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.proxies import Proxy

__all__ = ["Tunnel"]


class Tunnel:
    """Asks a proxy for a connection to ``address``.

    Write `data_to_send`, then feed `receive_data` until it says that the way is open. From then on
    the connection to the proxy is one to the address.

    Args:
        proxy: the proxy; its credentials go along (RFC 7617).
        address: where to.
        limits: ``max_header_size`` bounds the answer.
    """

    def __init__(self, proxy: Proxy, address: Address, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._proxy = proxy
        self._head = Head(limits)
        self._http = h11.Connection(h11.CLIENT)
        host = f"[{address.host}]" if ":" in address.host else address.host
        target = f"{host}:{address.port}"
        headers = [("host", target)]
        if proxy.username is not None:
            word = b64encode(f"{proxy.username}:{proxy.password}".encode()).decode("ascii")
            headers.append(("proxy-authorization", f"Basic {word}"))
        self._out = self._http.send(h11.Request(method="CONNECT", target=target, headers=headers))

    def data_to_send(self) -> bytes:
        """Takes the request."""
        data, self._out = self._out or b"", b""
        return data

    def receive_data(self, data: bytes) -> bool:
        """Takes what arrived, ``b""`` for the end of the stream; True once the way is open.

        Raises:
            ProxyError: the proxy refuses, answers something else, or hangs up.
        """
        if not data:
            raise self._failed("it hung up before it answered")
        self._head.add(data)
        try:
            while (block := self._head.take()) is not None:
                self._http.receive_data(block)
                answer = self._http.next_event()
                if isinstance(answer, h11.Response):
                    return self._judge(answer)
        except MessageTooBig as error:
            raise self._failed(f"its answer is longer than {error.limit} = {error.value}") from None
        except h11.RemoteProtocolError:
            raise self._failed("its answer is not HTTP") from None
        return False

    def _judge(self, answer: h11.Response) -> bool:
        status = answer.status_code
        if status == 407:
            who = "no credentials" if self._proxy.username is None else "these credentials"
            hint = "put them into its URL, as in http://user:password@host:port"
            raise self._failed(f"it does not let {who} in (HTTP 407); {hint}", status)
        if not 200 <= status < 300:
            raise self._failed(f"it refused to connect to the server (HTTP {status})", status)
        if self._head.rest():
            raise self._failed("it sent something before it was asked to")
        return True

    def _failed(self, problem: str, status: int | None = None) -> ProxyError:
        return ProxyError(proxy=self._proxy.url, problem=problem, status=status)
