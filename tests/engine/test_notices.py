"""What a message that announces the close says about the close frame."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import CloseNotice
from schematic_engine.notices import MAX_REASON, announced, cut_reason

NOTICE = CloseNotice(code="error.code", reason="error.message")


def payload(code: object, message: object = "no such voice") -> str:
    return json.dumps({"error": {"code": code, "message": message}})


def test_code_and_reason_are_read_from_the_fields_that_hold_them() -> None:
    assert announced(NOTICE, payload(1008)) == (1008, "no such voice")
    assert announced(NOTICE, payload(4001).encode()) == (4001, "no such voice")
    assert announced(CloseNotice(code=1011), payload(1008)) == (1011, "")
    assert announced(CloseNotice(), payload(1008)) == (None, "")


@pytest.mark.parametrize("code", [None, 404, 1006, "1008", 1008.5, True, [1008]])
def test_what_no_close_frame_can_hold_announces_nothing(code: object) -> None:
    assert announced(NOTICE, payload(code, 7)) == (None, "")


@given(st.text())
def test_a_reason_is_cut_to_what_fits_and_to_whole_characters(text: str) -> None:
    cut = cut_reason(text)
    assert len(cut.encode()) <= MAX_REASON
    assert text.startswith(cut)
    assert len(text.encode()) <= MAX_REASON or len(cut.encode()) > MAX_REASON - 4


def test_a_lone_surrogate_does_not_spoil_a_reason() -> None:
    assert cut_reason("a\ud800b") == "a?b"
