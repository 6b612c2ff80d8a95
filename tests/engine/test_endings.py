"""How an end becomes an error."""

from __future__ import annotations

import pytest

from schematic_engine.endings import accepted, farewell
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    HandshakeRejected,
    MessageTooBig,
    RemoteProtocolError,
)
from schematic_engine.events import Accepted, Closed, Rejected

RESET = ConnectionResetError("reset by peer")


def test_an_accepted_opening_is_what_was_accepted() -> None:
    answer = Accepted(subprotocol="talk", headers=())
    assert accepted(answer) is answer


def test_a_rejection_is_raised_with_all_that_the_server_said() -> None:
    with pytest.raises(HandshakeRejected) as caught:
        accepted(Rejected(status=401, headers=(("x", "y"),), body=b"no"))
    assert (caught.value.status, caught.value.headers) == (401, (("x", "y"),))
    assert caught.value.body == b"no"


def test_what_was_wrong_with_an_answer_is_raised_itself() -> None:
    wrong = RemoteProtocolError("nonsense")
    with pytest.raises(RemoteProtocolError) as caught:
        accepted(Closed(code=1006, error=wrong))
    assert caught.value is wrong


def test_an_opening_that_was_cut_off_names_the_cause() -> None:
    with pytest.raises(ConnectionClosed) as caught:
        accepted(Closed(code=1006), RESET)
    assert caught.value.__cause__ is RESET


@pytest.mark.parametrize("secure", [True, False])
def test_a_certificate_is_spoken_of_only_where_there_is_tls(*, secure: bool) -> None:
    with pytest.raises(ConnectionClosed) as caught:
        accepted(Closed(code=1006), secure=secure)
    (note,) = caught.value.__notes__
    assert note.startswith("The server hung up before it had answered.")
    assert ("certificate" in note) is secure


def test_a_farewell_tells_how_it_ended_and_why() -> None:
    wrong = RemoteProtocolError("nonsense")
    error = farewell(Closed(code=4000, reason="bye", clean=True, error=wrong), RESET)
    assert (error.code, error.reason, error.clean) == (4000, "bye", True)
    assert error.__cause__ is wrong


def test_the_text_of_a_farewell_says_the_peers_words_and_what_ended_it() -> None:
    too_big = MessageTooBig(limit="max_message_size", value=16777216)
    assert str(farewell(Closed(code=1006, error=too_big), RESET)) == (
        "connection lost with code 1006: the peer sent more than max_message_size = 16777216 bytes"
    )
    late = DeadlineExceeded(deadline="ping_timeout", seconds=20)
    closed = Closed(code=1011, reason="bye", clean=True, error=late)
    assert str(farewell(closed)) == f"connection closed with code 1011: bye: {late}"
    echoed = Closed(code=1011, reason=str(late), clean=True, error=late)
    assert str(farewell(echoed)) == f"connection closed with code 1011: {late}"


def test_a_farewell_to_what_nobody_saw_end_says_1006() -> None:
    error = farewell(None)
    assert (error.code, error.clean, error.__cause__) == (1006, False, None)
