"""What all judges of one endpoint share: worked out once, however many connections there are."""

from __future__ import annotations

from collections import OrderedDict

from schematic.compile import CompiledEndpoint
from schematic_engine.codec import codecs_of
from schematic_engine.conformance.answers import Answers
from schematic_engine.conformance.ending import Promises
from schematic_engine.conformance.findings import Verdict
from schematic_engine.conformance.hidden import Hidden
from schematic_engine.conformance.request import Request, judge_request
from schematic_engine.conformance.secret_fields import SecretFields

__all__ = ["Book", "book_of"]

_MOST_BOOKS = 64
_MOST_REQUESTS = 256


class Book:
    """One endpoint, ready for judges.

    Attributes:
        endpoint: the endpoint.
        codecs: how its messages are recognised and read, by side.
        secret_fields: which fields are secret.
        hidden: tells whether redacted messages can still be recognised.
        promises: what it promises, for a connection on which nothing has been said.
        answers: how breaches are answered, likewise.
        eventful: the messages that do more than move the conversation on.
        verdicts: what is said of messages in order, by id.
    """

    def __init__(self, endpoint: CompiledEndpoint) -> None:
        self.endpoint = endpoint
        self.codecs = codecs_of(endpoint)
        self.secret_fields = SecretFields(endpoint)
        self.hidden = Hidden(endpoint)
        self.promises = Promises(endpoint)
        self.answers = Answers(endpoint.endpoint.lifecycle)
        self.eventful = frozenset((*self.promises.noted, *self.answers.noted))
        self.verdicts = {kind.id: Verdict(kind.id) for kind in endpoint.kinds}
        self._requests: OrderedDict[str, Request] = OrderedDict()

    def request(self, target: str) -> Request:
        """What the request target of a client says of its connection; see `judge_request`."""
        known = self._requests.get(target)
        if known is None:
            known = self._requests[target] = judge_request(self.endpoint, target)
            if len(self._requests) > _MOST_REQUESTS:
                self._requests.popitem(last=False)
        return known


_BOOKS: OrderedDict[int, Book] = OrderedDict()
"""Books by the identity of their endpoints, which they keep alive: hashing an endpoint is slow."""


def book_of(endpoint: CompiledEndpoint) -> Book:
    """The book of ``endpoint``."""
    known = _BOOKS.get(id(endpoint))
    if known is None:
        known = _BOOKS[id(endpoint)] = Book(endpoint)
        if len(_BOOKS) > _MOST_BOOKS:
            _BOOKS.popitem(last=False)
    return known
