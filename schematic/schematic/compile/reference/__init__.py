"""Reference pages, written from what is described and compiled.

`to_page` writes a page of Markdown about an endpoint. The same description gives the same page,
byte for byte.
"""

from schematic.compile.reference.page import to_page

__all__ = ["to_page"]
