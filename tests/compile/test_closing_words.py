"""How a connection ends, in words."""

from __future__ import annotations

from schematic import CloseCode, CloseNotice, Closing, ConnectionLifecycle, MessageSchema, Side
from schematic.compile.diagram import closing_rows, closing_sentence, closing_to_markdown
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
