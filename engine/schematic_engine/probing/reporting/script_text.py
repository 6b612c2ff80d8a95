"""The text of the programs that `schematic_engine.probing.reporting.scripts` makes."""

from __future__ import annotations

__all__ = ["AS_CLIENT", "AS_SERVER", "BODY"]

BODY = '''\
"""Plays a conversation that shows a fault. Written by `schematic probe`; needs `websockets`.

Exits with 1 while the fault is there, with 0 when it is not, and with 2 if it cannot be tried.
"""

import json
import os
import re
import sys
import threading
from time import monotonic

from websockets.exceptions import ConnectionClosed

# CONSTANTS


class Gone(Exception):
    """It went another way than it did when the fault was found."""


def secret():
    """The secret, which stands in no file; empty if it is not needed, or missing."""
    return next(filter(None, map(os.environ.get, SECRET[1:])), "")


def filled(text, how=str):
    """`text` with the secret where it belongs, after `how` has encoded it."""
    return text.replace(SECRET[0], how(secret())) if SECRET else text


def in_json(text):
    """`text` as a part of a string in JSON."""
    return json.dumps(text)[1:-1]


def message_of(content):
    """What is said, with the secret."""
    if isinstance(content, bytes):
        try:
            return message_of(content.decode()).encode()
        except UnicodeDecodeError:
            return content
    try:
        json.loads(content)
    except ValueError:
        return filled(content)
    return filled(content, in_json)


def shown(text):
    """`text` without the secret, and without what could move the cursor of a terminal."""
    text = str(text)
    if secret():
        text = text.replace(secret(), SECRET[0]).replace(in_json(secret()), SECRET[0])
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


CHECKS = {
    "ge": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "le": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
    "multiple_of": lambda value, bound: value % bound == 0,
    "min_length": lambda value, bound: len(value) >= bound,
    "max_length": lambda value, bound: len(value) <= bound,
    "pattern": lambda value, bound: re.search(bound, value) is not None,
}


def like(value, wanted):
    """Whether a value looks like what is wanted."""
    if isinstance(wanted, tuple):
        types = {"str": str, "number": (int, float), "bool": bool, "list": list, "null": type(None)}
        kind = wanted[0]
        if kind == "beyond":
            if not like(value, wanted[1:2]):
                return False
            return not all(CHECKS[name](value, bound) for name, bound in wanted[2].items())
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
    wanted = filled(wanted) if isinstance(wanted, str) else wanted
    return type(value) is type(wanted) and value == wanted


def looks_like(message, wanted):
    """Whether a message does."""
    if isinstance(message, bytes) or wanted == ("bytes",):
        return isinstance(message, bytes) and wanted in (("bytes",), ("any",))
    try:
        value = json.loads(message)
    except ValueError:
        return wanted in (("text",), ("text", message), ("any",))
    return like(value, wanted)


def play(websocket):
    """Play the conversation; returns how the fault shows, or raises Gone."""
    for what, content in LINES:
        try:
            if what == "say":
                websocket.send(message_of(content))
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
    print("heard", shown(message)[:200])
    if not looks_like(message, wanted):
        raise Gone("that is another message than the one before")


def rest(websocket):
    """Everything else that comes in time; and the code of the close frame, None without one."""
    heard, end = [], monotonic() + PATIENCE
    try:
        while (left := end - monotonic()) > 0:
            heard.append(websocket.recv(timeout=left))
            print("heard", shown(heard[-1])[:200])
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
    refuse_any_of(END[1:], heard)
    return "what is due did not come"


def refuse_any_of(missed, heard):
    if any(looks_like(message, one) for message in heard for one in missed):
        raise Gone("what was missing has come")


def still_open(websocket):
    heard, code = rest(websocket)
    if code is not None:
        raise Gone(f"the connection was closed with {code}")
    if heard:
        raise Gone("something else was said than before")
    return "the connection is open"


def closed(websocket):
    heard, code = rest(websocket)
    refuse_any_of(END[2:], heard)
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
    print(shown(FAULT))
    print("expected:", shown(EXPECTED))
    try:
        how = play(websocket)
    except Gone as gone:
        print("the fault is not there:", shown(gone))
        return 0
    print("the fault is there:", how)
    return 1


# FRAME


if __name__ == "__main__":
    if SECRET and not secret():
        print("the secret is missing: set", " or ".join(SECRET[1:]))
        sys.exit(2)
    sys.exit(main(*sys.argv[1:]))
'''

AS_CLIENT = """\
def main(url=URL):
    from base64 import b64encode
    from urllib.parse import quote

    from websockets.sync.client import connect

    def basic(password):
        return b64encode(f"{USERNAME}:{password}".encode()).decode()

    def in_url(text):
        return quote(text, safe="")

    how = str if USERNAME is None else basic
    headers = {name: filled(value, how) for name, value in HEADERS.items()}
    subprotocols = [filled(name) for name in SUBPROTOCOLS] or None
    options = {"additional_headers": headers, "compression": None, "close_timeout": PATIENCE}
    codes = []
    try:
        with connect(filled(url, in_url), subprotocols=subprotocols, **options) as websocket:
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
