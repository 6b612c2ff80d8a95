"""Typed client modules for the endpoints of a `RestApi`.

`source` holds what the parts share, `arguments` and `methods` write the clients, `embedding` adds
the description as data; `module` puts it together, `files` says where it goes.
"""

from schematic.generate.rest.files import rest_files
from schematic.generate.rest.module import rest_client

__all__ = ["rest_client", "rest_files"]
