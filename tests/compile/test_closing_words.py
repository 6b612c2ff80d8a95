"""How a connection ends, in words."""

from __future__ import annotations

import pytest

from schematic import (
    Breach,
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    MessageSchema,
    OnBreach,
    Side,
)
from schematic.compile.diagram import (
    closing_rows,
    closing_sentence,
    closing_to_markdown,
    rule_words,
)
from support.lifecycles import message

C, S = Side.CLIENT, Side.SERVER

CLOSING = Closing(
    by=S,
    codes=[
        CloseCode(code=1005, meaning="all *was* said", normal=True),
        CloseCode(code=4000, meaning="a | b", by=C),
    ],
)


def test_each_code_is_a_row() -> None:
    assert closing_rows(CLOSING) == (
        ("none", "all *was* said", "either side", "normal"),
        ("4000", "a | b", "the client", ""),
    )
    assert closing_rows(Closing()) == ()


def test_a_row_says_whether_another_try_is_worth_it_where_somebody_knows() -> None:
    codes = [
        CloseCode(code=4000, meaning="time is up", normal=True, retry=True),
        CloseCode(code=4001, meaning="no money left", retry=False),
    ]
    ends = [row[-1] for row in closing_rows(Closing(codes=codes))]
    assert ends == ["normal, worth another try", "final"]


def test_who_closes_is_a_sentence() -> None:
    assert closing_sentence(Closing()).startswith("Either side closes the WebSocket")
    assert closing_sentence(CLOSING).startswith("The server closes the WebSocket")


def test_the_page_has_the_messages_that_announce_the_close_and_escapes_what_is_markup() -> None:
    def failing(name: str, code: int | str | None) -> MessageSchema:
        return message(name, S, ambient=True, final=True, closes=CloseNotice(code=code))

    lifecycle = ConnectionLifecycle(
        server_messages=[failing("A", None), failing("B", 1011), failing("C", "error.code")],
        closing=CLOSING,
    )
    assert closing_to_markdown(lifecycle) == (
        "The server closes the WebSocket when everything has been said.\n"
        "\n"
        "- *A*: its sender closes next.\n"
        "- *B*: its sender closes next with 1011.\n"
        "- *C*: its sender closes next with the code in error.code.\n"
        "\n"
        "| Code | Meaning | Given by | End |\n"
        "|---|---|---|---|\n"
        "| none | all \\*was\\* said | either side | normal |\n"
        "| 4000 | a \\| b | the client |  |\n"
    )
    assert closing_to_markdown(ConnectionLifecycle()) == ""


def test_rules_about_breaches_are_sentences() -> None:
    rules = [
        OnBreach.ignore(Breach.EARLY, message="A"),
        OnBreach.close(4400, Breach.UNKNOWN, Breach.INVALID, by=None),
        OnBreach.say("B", Breach.KEY_IN_USE, message=["A", "C"], by=S),
        OnBreach(breaches=[Breach.TOO_MANY], says="B", close_code=4009),
    ]
    told = [
        "from the client: A, too early, is ignored",
        "from either side: an unknown message or an invalid message closes with 4400",
        "from the server: A or C, under a key in use, is answered with B",
        "from the client: one channel too many is answered with B and closes with 4009",
    ]
    assert [rule_words(rule) for rule in rules] == told
    page = closing_to_markdown(ConnectionLifecycle(on_breach=rules))
    assert page.endswith("\n".join(f"- {one}." for one in told) + "\n")


@pytest.mark.parametrize("breach", Breach)
def test_every_kind_of_breach_has_a_name(breach: Breach) -> None:
    assert rule_words(OnBreach.ignore(breach)).endswith("is ignored")
