"""Who closes, what close codes mean, and which messages announce the close."""

from __future__ import annotations

import pytest

from schematic import (
    Channel,
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    DefinitionError,
    MessageSchema,
    Side,
)
from schematic.define.lifecycle_checks import check_lifecycle
from support.lifecycles import keyed, message

C, S = Side.CLIENT, Side.SERVER


def error(notice: CloseNotice, *, final: bool = True) -> MessageSchema:
    return message("Error", S, ambient=True, final=final, closes=notice)


def problem(lifecycle: ConnectionLifecycle) -> str:
    with pytest.raises(DefinitionError) as caught:
        check_lifecycle(lifecycle)
    return str(caught.value)


def test_a_code_that_is_listed_is_normal_if_it_is_said_to_be_and_another_by_the_standard() -> None:
    closing = Closing(
        by=S,
        codes=[
            CloseCode(code=4000, meaning="time is up", by=S, normal=True),
            CloseCode(code=1000, meaning="refused"),
        ],
    )
    codes = (1000, 1001, 1005, 1006, 1011, 4000, 4001)
    assert [code for code in codes if closing.is_normal(code)] == [1001, 1005, 4000]
    assert [code for code in codes if Closing().is_normal(code)] == [1000, 1001, 1005]
    assert closing.find(4000) == CloseCode(code=4000, meaning="time is up", by=S, normal=True)
    assert closing.find(1011) is None


def test_a_lifecycle_that_says_nothing_about_its_end_compares_equal_to_the_simple_form() -> None:
    assert ConnectionLifecycle(closing=Closing(codes=[])) == ConnectionLifecycle()


@pytest.mark.parametrize("code", [999, 1004, 1006, 1015, 1016, 2999, 5000])
def test_what_no_close_frame_can_hold_is_refused_with_its_place(code: int) -> None:
    closing = Closing(codes=[CloseCode(code=1000, meaning="a"), CloseCode(code=code, meaning="b")])
    assert problem(ConnectionLifecycle(closing=closing)).startswith(
        f"closing.codes[1].code: {code} is no close code"
    )


def test_no_code_at_all_can_be_described_but_not_announced() -> None:
    none = Closing(codes=[CloseCode(code=1005, meaning="done", normal=True)])
    check_lifecycle(ConnectionLifecycle(closing=none))
    told = problem(ConnectionLifecycle(server_messages=[error(CloseNotice(code=1005))]))
    assert told.startswith("server_messages[0].closes.code: 1005 is no close code that can be sent")


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        (
            [CloseCode(code=1000, meaning="a"), CloseCode(code=1000, meaning="b")],
            "closing.codes[1].code: the code 1000 is listed already",
        ),
        ([CloseCode(code=1000, meaning=" ")], "closing.codes[0].meaning: say what it means"),
    ],
)
def test_a_code_has_one_meaning(codes: list[CloseCode], told: str) -> None:
    assert problem(ConnectionLifecycle(closing=Closing(codes=codes))) == told


@pytest.mark.parametrize("notice", [CloseNotice(code="a..b"), CloseNotice(reason="")])
def test_a_notice_names_fields_by_paths(notice: CloseNotice) -> None:
    told = problem(ConnectionLifecycle(server_messages=[error(notice)]))
    assert "is not the name of a field" in told


def test_who_announces_the_close_says_nothing_more() -> None:
    told = problem(ConnectionLifecycle(server_messages=[error(CloseNotice(), final=False)]))
    assert told.startswith("Error.final: the sender of Error closes next")
    check_lifecycle(ConnectionLifecycle(server_messages=[error(CloseNotice(code=1008))]))
    check_lifecycle(ConnectionLifecycle(close=message("Bye", C, closes=CloseNotice(code=1000))))


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        (
            ConnectionLifecycle(initialize=keyed("Open", C), closing=Closing(by=S)),
            "channels[0].lifecycle.closing: close codes belong to the connection",
        ),
        (
            ConnectionLifecycle(
                initialize=keyed("Open", C),
                server_messages=[keyed("Fail", S, final=True, closes=CloseNotice())],
            ),
            "channels[0].lifecycle: Fail closes the connection, so it is no message of a channel",
        ),
    ],
)
def test_only_connections_are_closed(inside: ConnectionLifecycle, told: str) -> None:
    channel = Channel(id="Job", key="key", lifecycle=inside)
    assert problem(ConnectionLifecycle(channels=[channel])) == told
