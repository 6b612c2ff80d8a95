"""Reference pages, written from what is described and compiled.

`to_page` writes a page of Markdown about an endpoint; the other functions say parts of it in
words, for whoever writes pages of another kind. The same description gives the same words, byte
for byte.
"""

from schematic.compile.reference.facts import auth_in_words, param_in_words, timers_in_words
from schematic.compile.reference.page import to_page
from schematic.compile.reference.sentences import marks_of, order_in_words

__all__ = [
    "auth_in_words",
    "marks_of",
    "order_in_words",
    "param_in_words",
    "timers_in_words",
    "to_page",
]
