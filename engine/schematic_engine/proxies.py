"""Which proxy a connection goes through: the one that is given, or what the environment says.

The variables are those of other programs: ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``,
``SOCKS_PROXY``, ``NO_PROXY``, and ``WSS_PROXY`` and ``WS_PROXY`` for WebSockets alone. The order in
which they are looked up follows RFC 6455, section 4.1: SOCKS first, and the proxy for HTTPS before
that for HTTP, since both kinds of WebSocket need ``CONNECT``. A name in lower case goes before the
same one in capitals, and one that is empty says no.

Loopback addresses are reached directly, whatever the environment says, since to a proxy they mean
another machine. A proxy that is given is used for everything.

Passwords are in `Proxy.password` alone: not in ``repr``, not in errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from schematic.define.urls import is_host
from schematic_engine.address import Address
from schematic_engine.errors import InvalidParameter, LocalProtocolError

__all__ = ["Proxy", "choose_proxy", "find_proxy", "parse_proxy"]

_PORTS: Final = {"http": 80, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
_VARIABLES: Final = {
    "wss": ("wss_proxy", "socks_proxy", "https_proxy", "all_proxy"),
    "ws": ("ws_proxy", "socks_proxy", "https_proxy", "http_proxy", "all_proxy"),
}
_URL_TEXT = re.compile(r"[!-~]+")
_MOST = 255
"""Bytes of a user name or password (RFC 1929, section 2)."""


@dataclass(frozen=True, slots=True, repr=False)
class Proxy:
    """A proxy, and how to be let in.

    Attributes:
        scheme: ``http`` for CONNECT (RFC 9110, section 9.3.6), ``socks5`` or ``socks5h``
            (RFC 1928), ``socks4`` or ``socks4a``. Those that end in a letter look names up
            themselves, as ``http`` does; for the others it is done here.
        host: a name or an address.
        port: the TCP port.
        username: None where the proxy asks for none.
        password: empty where there is none.
    """

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str = ""

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS, and not HTTP."""
        return self.scheme != "http"

    @property
    def looks_up(self) -> bool:
        """Whether it is told names, and not addresses."""
        return self.scheme in ("http", "socks4a", "socks5h")

    @property
    def family(self) -> str:
        """The protocol: ``HTTP``, ``SOCKS4`` or ``SOCKS5``."""
        return self.scheme.rstrip("ah").upper()

    @property
    def url(self) -> str:
        """Its URL without the credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def unspoken(self) -> LocalProtocolError:
        """The error for a SOCKS proxy where python-socks is not installed."""
        return LocalProtocolError(
            f"the proxy {self.url} speaks SOCKS, which takes the package python-socks: "
            'pip install "schematic-ws[proxy]", or connect(proxy=None) to use no proxy'
        )

    def __repr__(self) -> str:
        return f"Proxy({self.url})"


def choose_proxy(
    given: str | Literal[True] | None, address: Address, environ: Mapping[str, str]
) -> Proxy | None:
    """What to go through to ``address``; None for nothing.

    Args:
        given: a proxy's URL; True for what the environment says; None for none.
        address: where to.
        environ: the environment.

    Raises:
        InvalidParameter: it is not the URL of a proxy, or the proxy cannot reach such an address.
            The error does not repeat the URL, which may hold a password.
    """
    if given is None:
        return None
    if given is True:
        return find_proxy(address, environ)
    return _fit(parse_proxy(given), address, "proxy")


def find_proxy(address: Address, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy that the environment names for ``address``.

    Args:
        address: where to.
        environ: the environment, ``os.environ`` for example.

    Raises:
        InvalidParameter: a variable that counts holds no URL of a proxy. The error names it.
    """
    if _is_loopback(address.host):
        return None
    variables = _proxy_variables(environ)
    if _is_exempt(variables.get("no_proxy", ""), address):
        return None
    for name in _VARIABLES[address.scheme]:
        url = variables.get(name)
        if url:
            if "://" not in url:
                url = f"http://{url}"
            if name == "socks_proxy":  # whatever it says before the host: the name says it
                url = re.sub(r"\Ahttp://", "socks5h://", url)
            return _fit(parse_proxy(url, name), address, name)
    return None


def parse_proxy(url: str, parameter: str = "proxy") -> Proxy:
    """The proxy that a URL names: ``http://user:password@host:port``, ``socks5h://host``.

    User name and password are percent-decoded. Port 80 is meant where an ``http`` URL has none,
    1080 for SOCKS.

    Args:
        url: the URL.
        parameter: what an error calls it.

    Raises:
        InvalidParameter: it is not such a URL, or user name and password cannot be sent to such a
            proxy.
    """
    try:
        return _parsed(url)
    except ValueError as error:
        raise InvalidParameter(parameter=parameter, problem=str(error)) from None


def _parsed(url: object) -> Proxy:
    if not isinstance(url, str):
        raise ValueError("a URL such as http://host:8080 or socks5h://host:1080, True or None")
    if not _URL_TEXT.fullmatch(url):
        raise ValueError("a URL is ASCII without white space; percent-encode the password")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("not a URL; is the password percent-encoded?") from None
    if parts.scheme == "https":
        raise ValueError("TLS to the proxy itself is not spoken here; use http:// or socks5h://")
    if parts.scheme not in _PORTS:
        raise ValueError(f"a proxy's URL begins with {', '.join(f'{one}://' for one in _PORTS)}")
    if parts.path not in ("", "/") or "?" in url or "#" in url:
        raise ValueError("nothing follows the port; is the password percent-encoded?")
    if not is_host(parts.hostname or "") or port == 0:
        raise ValueError("it has no usable host and port")
    username, password = _credentials(parts)
    return Proxy(
        parts.scheme, parts.hostname or "", port or _PORTS[parts.scheme], username, password
    )


def _credentials(parts: SplitResult) -> tuple[str | None, str]:
    if parts.username is None:
        return None, ""
    try:
        username = unquote(parts.username, errors="strict")
        password = unquote(parts.password or "", errors="strict")
    except UnicodeDecodeError:
        raise ValueError("user name and password are percent-encoded UTF-8") from None
    problem = _credentials_problem(parts.scheme, username, password)
    if problem is not None:
        raise ValueError(problem)
    return username, password


def _credentials_problem(scheme: str, username: str, password: str) -> str | None:
    if not (username + password).isprintable():
        return "user name or password hold a control character"
    if scheme == "http":
        return "a user name cannot hold a colon" if ":" in username else None
    if not (username + password).isascii():
        return "user name and password are ASCII for SOCKS"
    if scheme.startswith("socks4"):
        return "SOCKS 4 knows no passwords, only user names" if password else None
    if not 0 < len(username) <= _MOST or not 0 < len(password) <= _MOST:
        return f"user name and password have 1 to {_MOST} characters for SOCKS 5"
    return None


def _fit(proxy: Proxy, address: Address, parameter: str) -> Proxy:
    if proxy.scheme.startswith("socks4") and ":" in address.host:
        problem = "SOCKS 4 does not reach IPv6 addresses; use socks5://"
        raise InvalidParameter(parameter=parameter, problem=problem)
    return proxy


# The environment


def _proxy_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables by their names in lower case.

    A server that runs programs for its clients (CGI) hands them a header ``Proxy`` of a client as
    ``HTTP_PROXY``, so that this one is not believed where ``REQUEST_METHOD`` is set.
    """
    found = {
        name.lower(): value for name, value in environ.items() if name.lower().endswith("_proxy")
    }
    if "REQUEST_METHOD" in environ:
        found["http_proxy"] = ""
    found.update((name, value) for name, value in environ.items() if name in found)
    return found


def _is_loopback(host: str) -> bool:
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    ip = _ip(host)
    return ip is not None and ip.is_loopback


def _is_exempt(no_proxy: str, address: Address) -> bool:
    """Whether ``address`` is on the list: names with all below them, addresses, networks, ``*``."""
    entries = re.split(r"[,\s]+", no_proxy.lower())
    return any(_covers(entry, address) for entry in entries if entry)


def _covers(entry: str, address: Address) -> bool:
    if entry == "*":
        return True
    name, port = _split_port(entry)
    if port is not None and port != str(address.port):
        return False
    ip = _ip(address.host)
    if ip is not None:
        try:
            return ip in ip_network(name, strict=False)
        except ValueError:
            return False
    suffix = name.lstrip("*").lstrip(".").rstrip(".")
    host = address.host.rstrip(".")
    return bool(suffix) and (host == suffix or host.endswith(f".{suffix}"))


def _split_port(entry: str) -> tuple[str, str | None]:
    """Name and port of ``name``, ``name:port``, ``::1``, ``[::1]`` and ``[::1]:port``."""
    bracketed = re.fullmatch(r"\[([^]]*)\](?::(\d+))?", entry)
    plain = bracketed or re.fullmatch(r"([^:]*)(?::(\d+))?", entry)
    return (plain[1], plain[2]) if plain else (entry, None)


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
