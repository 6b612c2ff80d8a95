"""Documents of others, read as what strangers wrote, and made into the source of a definition.

`documents` reads the text, `nodes` finds what it holds and where, `operations` and `messages` say
who says what, `servers`, `security` and `params` how to connect, `order` what the document knows of
the order, and `modules` writes it all down.
"""

__all__: list[str] = []
