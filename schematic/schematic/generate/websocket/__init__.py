"""Typed client modules for the endpoints of a `WebSocketApi`.

`plan` reads off the description what a client has; `messages`, `parameters` and `surfaces` write
it; `embedding` adds the endpoint as data; `module` puts it together, `files` says where it goes.
"""

from schematic.generate.websocket.files import websocket_files
from schematic.generate.websocket.module import websocket_client

__all__ = ["websocket_client", "websocket_files"]
