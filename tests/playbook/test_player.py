"""Playbooks that are played: by both sides, and by one against another script."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Side
from schematic_engine.conformance import Severity
from schematic_engine.conformance.examples import captions
from schematic_engine.playbook import (
    ANY_NUMBER,
    MAYBE,
    SOME,
    Playbook,
    Player,
    Says,
    Step,
    client,
    difference,
    matching,
    named,
    server,
)
from support.scripts import scripts
from support.staged import duet, played

LIVE = captions().endpoint("Live")
START, STOP = client.says("Start"), client.says("Stop")
CAPTION, DONE = server.says("Caption"), server.says("Done")


def line(text: str) -> Step:
    return client.says("Line", {"text": text})


def script(*steps: Step) -> Playbook:
    return Playbook(LIVE, *steps, name="live.play")


@settings(max_examples=50)
@given(scripts())
def test_a_legal_script_is_played_by_two_ends_without_a_difference(book: Playbook) -> None:
    ends = played(book)
    for side in Side:
        assert ends.difference(side) is None
        assert len(ends.players[side].seen) == len(book.steps)
        errors = [f for f in ends.logs[side].findings if f.rule.severity is Severity.ERROR]
        assert errors == []


@settings(max_examples=50)
@given(scripts(channels=False))
def test_delays_take_their_time_and_nothing_else_does(book: Playbook) -> None:
    ends = played(book)
    assert ends.now <= sum(step.after for step in book.steps) + 1e-6
    for side in Side:  # one side's delays come one after the other
        assert ends.now >= sum(s.after for s in book.steps if s.side is side) - 1e-6


@st.composite
def changed(draw: st.DrawFn) -> tuple[Playbook, Playbook, int]:
    """A script, the same with one step changed, and the number of that step."""
    book = draw(scripts(channels=False).filter(lambda b: b.steps != ()))
    number = draw(st.integers(0, len(book.steps) - 1))
    step = book.steps[number]
    assert isinstance(step, Says)
    other = replace(step, body={"number": step.body["number"] + 1})
    instead = draw(st.sampled_from([(), (other,)]))
    steps = (*book.steps[:number], *instead, *book.steps[number + 1 :])
    return book, Playbook(book.endpoint, *steps, checked=False), number


@settings(max_examples=50)
@given(changed())
def test_who_changes_a_step_is_told_which_is_the_first_that_differs(
    case: tuple[Playbook, Playbook, int],
) -> None:
    book, other, number = case
    side = book.steps[number].side
    ends = duet(other, book) if side is Side.CLIENT else duet(book, other)
    found = ends.difference(side.other)
    theirs = [said for _, said in _said_by(other, side)]
    expected = next(
        (
            position
            for (position, said), heard in zip(_said_by(book, side), [*theirs, None], strict=False)
            if said != heard
        ),
        number,
    )
    # Of several steps that are the same, which one was left out is told only by what waits for it.
    assert found is not None
    assert found.step in (number + 1, expected + 1)


def _said_by(book: Playbook, side: Side) -> list[tuple[int, tuple[str, object]]]:
    """The steps of one side: their numbers, and what is said."""
    return [
        (number, (step.message, step.body))
        for number, step in enumerate(book.steps)
        if isinstance(step, Says) and step.side is side
    ]


# ------------------------------------------------------------------------------- one end by hand


def heard(player: Player, *said: tuple[str, str]) -> Player:
    """A server's player that has heard this, all its own steps taken as they come."""
    player.begin(0)
    for name, payload in said:
        player.hear([name], payload, 0)
        while player.take(0) is not None:
            pass
    return player


BEGUN = ("Start", '{"type":"start","language":"en"}')
ENDED = ("Stop", '{"type":"stop"}')


def said(text: str) -> tuple[str, str]:
    return "Line", f'{{"type":"line","text":"{text}"}}'


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize(
    ("times", "least", "most"), [(SOME, 1, 3), (ANY_NUMBER, 0, 3), (MAYBE, 0, 1)]
)
def test_what_is_repeated_comes_as_often_as_the_script_lets_it(
    times: object, least: int, most: int, count: int
) -> None:
    book = script(START, client.says("Line", times=times), STOP)  # type: ignore[arg-type]
    player = heard(Player(book, Side.SERVER), BEGUN, *[said("x")] * count, ENDED)
    found = difference(player)
    assert (found is None) == (least <= count <= most)


def test_a_body_departs_from_the_step_that_it_was_meant_for() -> None:
    lines = client.says("Line", {"text": matching("[a-z]+")}, times=SOME)
    player = heard(Player(script(START, lines, STOP), Side.SERVER), BEGUN, said("a"), said("B"))
    found = difference(player)
    assert found is not None
    assert found.headline.startswith("live.play, step 2: client Line + ")


def test_the_other_side_may_be_ahead_of_the_script() -> None:
    book = script(START, line("a"), server.says("Caption", after=1), line("b"), STOP, DONE)
    player = heard(Player(book, Side.SERVER), BEGUN, said("a"), said("b"), ENDED)
    assert player.departure is None
    assert player.next_deadline() == 1
    assert [act.step.message for act in iter(lambda: player.take(1), None)] == [  # type: ignore[union-attr]
        "Caption",
        "Done",
    ]
    assert difference(player) is None


def test_delays_are_multiplied_by_the_pace() -> None:
    book = script(START, server.says("Pause", after=2))
    for pace in (0, 0.5, 1):
        player = Player(book, Side.SERVER, pace=pace)
        player.begin(10)
        player.hear(["Start"], BEGUN[1], 11)
        assert player.next_deadline() == 11 + 2 * pace


def test_a_body_that_departs_is_shown_with_its_place() -> None:
    player = heard(Player(script(START, line("Hello.")), Side.SERVER), BEGUN, said("Hello!"))
    found = difference(player)
    assert found is not None
    where = 'at $.text: expected "Hello.", seen "Hello!"'
    assert found.as_text().splitlines() == [
        f'live.play, step 2: client Line {{"text": "Hello."}}: {where}',
        '  1 client Start  {"type":"start","language":"en"}',
        '- 2 client Line   {"text": "Hello."}',
        '+   client Line   {"type":"line","text":"Hello!"}',
        f"?   {where}",
    ]


def test_another_message_is_shown_with_what_is_left_of_the_script() -> None:
    player = heard(Player(script(START, line("a"), CAPTION, STOP), Side.SERVER), BEGUN, ENDED)
    player.hear(["Line"], said("b")[1], 0)
    found = difference(player)
    assert found is not None
    assert found.as_text().splitlines() == [
        'live.play, step 2: expected client Line {"text": "a"}, but the client said Stop',
        '  1 client Start    {"type":"start","language":"en"}',
        '- 2 client Line     {"text": "a"}',
        "- 3 server Caption",
        '  4 client Stop     {"type":"stop"}',
        '+   client Line     {"type":"line","text":"b"}',
    ]


def signs(player: Player) -> str:
    """The signs of a difference, one below the other."""
    found = difference(player)
    assert found is not None
    return "".join(line.sign for line in found.lines)


def test_what_came_after_the_first_difference_is_held_against_the_rest_of_the_script() -> None:
    book = script(START, line("a"), line("b"), line("c"), STOP)
    for said_then, expected in [
        (["x", "b", "c"], " -+?   "),  # another body
        (["x", "c"], " -+?-  "),  # and one is left out
        (["x", "b", "y", "c"], " -+? +  "),  # and one is put in
    ]:
        player = heard(Player(book, Side.SERVER), BEGUN, *map(said, said_then), ENDED)
        assert signs(player) == expected
    extra = heard(Player(script(START, STOP), Side.SERVER), BEGUN, said("x"), ENDED)
    assert signs(extra) == " + "


def test_what_may_come_often_is_as_scripted_after_a_difference_too() -> None:
    often = client.says("Line", {"text": "b"}, times=ANY_NUMBER)
    book = script(client.says("Start", {"language": "de"}), often, STOP)
    found = difference(heard(Player(book, Side.SERVER), BEGUN, *[said("b")] * 5, ENDED))
    assert found is not None
    assert [line.sign for line in found.lines] == ["-", "+", "?", " ", " "]
    assert found.lines[3].text.endswith("(and 4 more)")


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from("ab"), max_size=100), st.lists(st.sampled_from("abc"), max_size=100)
)
def test_a_difference_says_all_that_came_and_all_that_is_missing(
    scripted: list[str], came: list[str]
) -> None:
    book = script(client.says("Start", {"language": "de"}), *map(line, scripted), STOP)
    found = difference(heard(Player(book, Side.SERVER), BEGUN, *map(said, came), ENDED))
    assert found is not None
    assert len(found.lines) <= 3 + 24 + 1
    if len(scripted) < 7 and len(came) < 7:  # or some are left out
        kept = [line.text for line in found.lines[3:] if line.sign in " +"]
        assert kept == [*(said(text)[1] for text in came), ENDED[1]]
        steps = [line.number for line in found.lines if line.sign in " -" and line.number]
        assert steps == sorted(steps)


def test_what_comes_after_the_last_step_is_a_difference() -> None:
    player = heard(Player(script(START), Side.SERVER), BEGUN, said("a"))
    found = difference(player)
    assert found is not None
    assert found.headline == "live.play: after its last step the client said Line"
    assert found.step == 0


def test_what_has_not_come_is_a_difference_at_the_end() -> None:
    found = difference(heard(Player(script(START, STOP, DONE), Side.SERVER), BEGUN))
    assert found is not None
    assert found.headline == "live.play, step 2: client Stop has not come when the test ended"


def test_colours_are_only_where_they_are_wanted() -> None:
    found = difference(heard(Player(script(START, STOP), Side.SERVER), BEGUN))
    assert found is not None
    assert "\x1b[31m- 2 client Stop\x1b[0m" in found.as_text(colour=True)
    assert "\x1b" not in found.as_text()


def test_a_long_conversation_is_shown_from_shortly_before_the_difference() -> None:
    lines = [line(str(number)) for number in range(40)]
    player = heard(Player(script(START, *lines, STOP), Side.SERVER), BEGUN)
    for number in range(30):
        player.hear(["Line"], said(str(number))[1], 0)
    player.hear(["Stop"], ENDED[1], 0)
    text = getattr(difference(player), "as_text", str)()
    assert "23 lines before it are as scripted" in text
    assert "and 2 more" not in text.splitlines()[1]
    assert len(text.splitlines()) < 30


@pytest.mark.parametrize(("code", "is_fine"), [(1000, True), (1001, False), (1006, False)])
def test_the_code_of_a_close_is_looked_at_where_the_script_has_one(
    code: int, is_fine: bool
) -> None:
    player = heard(Player(script(START, client.closes(1000)), Side.SERVER), BEGUN)
    player.hear_close(code, 0)
    assert (difference(player) is None) == is_fine


def test_a_client_that_closes_in_the_middle_is_told_what_was_expected() -> None:
    player = heard(Player(script(START, STOP), Side.SERVER), BEGUN)
    player.hear_close(1000, 0)
    found = difference(player)
    assert found is not None
    assert found.headline.endswith("but the client closed the connection (1000)")


def test_closes_of_both_sides_may_cross() -> None:
    player = heard(Player(script(START, server.closes(1000, after=1)), Side.SERVER), BEGUN)
    player.hear_close(1000, 0)
    assert difference(player) is None


def test_one_that_leaves_before_it_has_heard_all_departs() -> None:
    player = heard(Player(script(START, server.says("Pause", after=1)), Side.SERVER), BEGUN)
    player.hear_close(1000, 0)
    found = difference(player)
    assert found is not None
    assert found.step == 2


def test_nothing_is_said_after_a_departure() -> None:
    player = heard(Player(script(START, line("a"), CAPTION), Side.SERVER), BEGUN, ENDED)
    player.hear(["Line"], said("a")[1], 0)
    assert player.take(100) is None
    assert player.next_deadline() is None


def test_a_name_is_the_same_wherever_it_stands() -> None:
    opens = client.says("Open", {"job": named("job")})
    book = script(START, opens, server.says("Part", {"job": named("job")}))
    player = heard(Player(book, Side.SERVER), BEGUN, ("Open", '{"type":"open","job":"j7"}'))
    assert player.seen[-1].payload == '{"type":"part","job":"j7"}'
    heard_back = Player(book, Side.CLIENT)
    heard_back.begin(0)
    while heard_back.take(0) is not None:
        pass
    opened = heard_back.seen[-1].payload
    assert isinstance(opened, str)
    heard_back.hear(["Part"], opened.replace("open", "part"), 0)
    assert difference(heard_back) is None
    assert heard_back.departure is None


def test_names_of_keys_stand_for_different_ones() -> None:
    opens = [client.says("Open", {"job": named(name)}) for name in ("one", "two")]
    player = Player(script(START, *opens), Side.CLIENT)
    player.begin(0)
    while player.take(0) is not None:
        pass
    assert len({seen.payload for seen in player.seen}) == 3


def test_a_regular_expression_is_said_by_its_example() -> None:
    book = script(START, client.says("Line", {"text": matching("[a-z]+", "abc")}))
    player = Player(book, Side.CLIENT)
    player.begin(0)
    while player.take(0) is not None:
        pass
    assert player.seen[-1].payload == '{"type":"line","text":"abc"}'
