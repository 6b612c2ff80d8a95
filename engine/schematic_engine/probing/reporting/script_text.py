"""The text of the programs that `schematic_engine.probing.reporting.scripts` makes."""

from __future__ import annotations

__all__ = ["AS_CLIENT", "AS_SERVER", "BODY"]

BODY = '''\
"""Plays a conversation that shows a fault. Written by `schematic probe`; needs `websockets`.

Exits with 1 while the fault is there, with 0 when it is not, and with 2 if it cannot be tried.
"""

import json
import os
import sys
import threading
from time import monotonic

from websockets.exceptions import ConnectionClosed

# CONSTANTS


class Gone(Exception):
    """It went another way than it did when the fault was found."""


def filled(text):
    """`text` with the secret, which stands in no file."""
    mark, variable = SECRET
    return text.replace(mark, os.environ.get(variable, "")) if variable else text


def like(value, wanted):
    """Whether a value looks like what is wanted."""
    if isinstance(wanted, tuple):
        types = {"str": str, "number": (int, float), "bool": bool, "list": list, "null": type(None)}
        kind = wanted[0]
        if kind == "not":
            return value not in wanted[1:]
        if kind == "number" and isinstance(value, bool):
            return False
        return kind == "any" or isinstance(value, types.get(kind, ()))
    if isinstance(wanted, dict):
        names = wanted.keys() - {"*"}
        if not isinstance(value, dict) or not names <= value.keys():
            return False
        if "*" not in wanted and value.keys() != names:
            return False
        return all(like(value[name], wanted[name]) for name in names)
    return type(value) is type(wanted) and value == wanted


def looks_like(message, wanted):
    """Whether a message does."""
    if isinstance(message, bytes) or wanted == ("bytes",):
        return isinstance(message, bytes) and wanted in (("bytes",), ("any",))
    try:
        value = json.loads(message)
    except ValueError:
        return wanted in (("text",), ("any",))
    return like(value, wanted)


def play(websocket):
    """Play the conversation; returns how the fault shows, or raises Gone."""
    for what, content in LINES:
        try:
            if what == "say":
                websocket.send(filled(content) if isinstance(content, str) else content)
            elif what == "raw":
                websocket.socket.sendall(content)
            else:
                hear(websocket, content)
        except ConnectionClosed as closed:
            if what != "hear" and END[0] in ("closed", "close unanswered"):
                break
            raise Gone(f"the connection ended: {closed}") from None
    return END_OF[END[0]](websocket)


def hear(websocket, wanted):
    try:
        message = websocket.recv(timeout=PATIENCE * 5)
    except TimeoutError:
        raise Gone("a message did not come that came before") from None
    print("heard", str(message)[:200])
    if not looks_like(message, wanted):
        raise Gone("that is another message than the one before")


def rest(websocket):
    """Everything else that comes in time; and the code of the close frame, None without one."""
    heard, end = [], monotonic() + PATIENCE
    try:
        while (left := end - monotonic()) > 0:
            heard.append(websocket.recv(timeout=left))
            print("heard", str(heard[-1])[:200])
    except TimeoutError:
        pass
    except ConnectionClosed:
        code = websocket.close_code
        print("closed with", code)
        return heard, code
    return heard, None


def said(websocket):
    return "that message is the fault"


def missing(websocket):
    heard, code = rest(websocket)
    if any(looks_like(message, one) for message in heard for one in END[1:]):
        raise Gone("what was missing has come")
    return "what is due did not come"


def still_open(websocket):
    heard, code = rest(websocket)
    if code is not None:
        raise Gone(f"the connection was closed with {code}")
    if heard:
        raise Gone("something else was said than before")
    return "the connection is open"


def closed(websocket):
    heard, code = rest(websocket)
    if code != END[1]:
        raise Gone("it was not closed" if code is None else f"it was closed with {code}")
    return f"the connection was closed with {code}"


def close_unanswered(websocket):
    websocket.close()
    if websocket.close_code != 1006:
        raise Gone(f"the close frame was answered with {websocket.close_code}")
    return "the close frame was not answered"


def unreachable(websocket):
    raise Gone("there is a connection")


END_OF = {
    "said": said,
    "missing": missing,
    "open": still_open,
    "closed": closed,
    "close unanswered": close_unanswered,
    "unreachable": unreachable,
}


def verdict(websocket):
    print(FAULT)
    print("expected:", EXPECTED)
    try:
        how = play(websocket)
    except Gone as gone:
        print("the fault is not there:", gone)
        return 0
    print("the fault is there:", how)
    return 1


# FRAME


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
'''

AS_CLIENT = """\
def main(url=URL):
    from websockets.sync.client import connect

    headers = {name: filled(value) for name, value in HEADERS.items()}
    options = {"additional_headers": headers, "compression": None, "close_timeout": PATIENCE}
    codes = []
    try:
        with connect(filled(url), subprotocols=SUBPROTOCOLS or None, **options) as websocket:
            codes.append(verdict(websocket))
    except Exception as error:
        if not codes:
            print("cannot connect:", type(error).__name__)
    return codes[0] if codes else 1 if END[0] == "unreachable" else 2
"""

AS_SERVER = '''\
def main(url=URL, *command):
    """Listen at `url`, and start a client with the rest of the arguments, or wait for one."""
    import subprocess
    from urllib.parse import urlsplit

    from websockets.sync.server import serve

    codes = []

    def handle(websocket):
        if not codes:
            codes.append(verdict(websocket))
            threading.Thread(target=server.shutdown).start()

    parts = urlsplit(url)
    server = serve(
        handle,
        parts.hostname,
        parts.port or 0,
        subprotocols=SUBPROTOCOLS or None,
        compression=None,
        close_timeout=PATIENCE,
    )
    port = server.socket.getsockname()[1]
    there = f"ws://{parts.hostname}:{port}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    print("listening at", there, flush=True)
    client = None
    if command:
        environment = {**os.environ, "SCHEMATIC_URL": there}
        arguments = [part.replace("{url}", there) for part in command]
        client = subprocess.Popen(arguments, env=environment)
    server.serve_forever()
    if client is not None:
        client.terminate()
    return codes[0] if codes else 2
'''
