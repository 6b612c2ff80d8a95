"""Events are values, and what they show of themselves is fit for a log."""

from __future__ import annotations

import pytest

from schematic_engine.events import Message, Request

REQUEST = Request(
    target="/v1/speech?token=s3cret&model=m",
    path="/v1/speech",
    query=(("token", "s3cret"), ("model", "m")),
    headers=(("authorization", "Bearer s3cret"), ("host", "h")),
    subprotocols=("token", "s3cret"),
)


def test_a_request_shows_no_credentials() -> None:
    assert repr(REQUEST) == (
        "Request(path='/v1/speech', query=<token, model>, headers=<authorization, host>)"
    )


def test_a_header_is_found_whatever_its_case() -> None:
    assert REQUEST.header("Authorization") == "Bearer s3cret"
    assert REQUEST.header("cookie") is None


def test_events_are_frozen_and_equal_by_value() -> None:
    event = Message("Audio", {"n": 1}, "{}")
    assert event == Message("Audio", {"n": 1}, "{}")
    with pytest.raises(AttributeError):
        event.id = "Other"  # type: ignore[misc]
