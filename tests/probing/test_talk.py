"""Conversations of the prober, with scripted peers and on a clock that nobody waits for."""

from __future__ import annotations

import msgspec
import pytest
from click.testing import CliRunner

from schematic import ConnectionLifecycle, Side
from schematic.compile import compile_endpoint
from schematic_engine.cli.commands import schematic
from schematic_engine.conformance import Rule
from schematic_engine.conformance import rules as seen
from schematic_engine.probing import PROBE_RULES, Fate, ProbeSettings, rules
from schematic_engine.probing.examples import EXAMPLES, echoing, example_of
from schematic_engine.probing.planning.plan import Flaw, Plan, Say, Wrong
from schematic_engine.probing.talking.stage import Act, staged
from support.lifecycles import bound, message

WELCOME, END = b'{"type":"welcome"}'.decode(), b'{"type":"end"}'.decode()
HELLO = Say("Hello", b'{"type":"hello"}')
SAY = Say("Say", b'{"type":"say","text":"Hi"}')
BYE = Say("Bye", b'{"type":"bye"}')
EARLY = Wrong(Flaw.EARLY, "Say", SAY.content, is_text=True)


def correct(payload: str | bytes | None) -> tuple[Act, ...]:
    """A server that does what it should in legal conversations."""
    if payload is None:
        return ()
    said = msgspec.json.decode(payload)
    answers: dict[str, tuple[Act, ...]] = {
        "hello": (WELCOME,),
        "say": (msgspec.json.encode({"type": "echo", "text": said.get("text")}).decode(),),
        "ping": ('{"type":"pong"}',),
        "bye": (END, 1000),
    }
    return answers[said["type"]]


@pytest.mark.parametrize(
    "says", [(), (HELLO,), (HELLO, SAY, SAY), (HELLO, BYE), (HELLO, SAY, BYE)], ids=len
)
def test_nothing_is_found_in_a_legal_conversation_that_is_answered(says: tuple[Say, ...]) -> None:
    outcome = staged(Plan(says), echoing(), correct)
    assert outcome.fault is None
    assert outcome.skipped == 0
    assert outcome.fate is Fate.NONE


def test_what_never_becomes_legal_is_left_out() -> None:
    outcome = staged(Plan((SAY, HELLO)), echoing(), correct)
    assert (outcome.fault, outcome.skipped, outcome.length) == (None, 1, 2)


@pytest.mark.parametrize("rule", [pytest.param(one, id=one.id) for one in PROBE_RULES.values()])
def test_every_rule_is_shown_by_its_example_and_explained(rule: Rule) -> None:
    outcome = EXAMPLES[rule].outcome()
    assert outcome.fault is not None
    assert outcome.fault.rule is rule
    assert f"{rule.severity.value}[{rule.id}]: {outcome.fault.text}" in example_of(rule)
    for reference in (rule.id, rule.name, rule.id.lower()):
        done = CliRunner().invoke(schematic, ["rules", reference])
        assert done.exit_code == 0, done.output
        assert rule.help.split(";")[0] in done.stdout
    assert rule.summary.endswith(".")
    assert rule.help.endswith(".")


@pytest.mark.parametrize(
    ("acts", "fate", "rule"),
    [
        ((1008,), Fate.REFUSED, None),
        ((4000,), Fate.REFUSED, None),
        ((1000,), Fate.FAULTY, rules.REFUSED_OTHERWISE),
        ((1011,), Fate.FAULTY, rules.REFUSED_OTHERWISE),
        ((1006,), Fate.FAULTY, rules.REFUSED_OTHERWISE),
        ((), Fate.FAULTY, rules.ACCEPTED),
        (('{"type":"echo","text":"Hi"}',), Fate.FAULTY, rules.ACCEPTED),
    ],
)
def test_a_step_that_nobody_describes_is_refused_by_a_code_that_means_it(
    acts: tuple[Act, ...], fate: Fate, rule: Rule | None
) -> None:
    outcome = staged(Plan((), EARLY), echoing(), lambda said: () if said is None else acts)
    assert outcome.fate is fate
    assert (outcome.fault.rule if outcome.fault else None) is rule


def test_a_step_that_may_have_been_legal_when_it_came_is_undecided() -> None:
    plan = Plan((HELLO,), EARLY)
    late = staged(
        plan, echoing(), lambda said: () if said == HELLO.content.decode() else (WELCOME,)
    )
    assert (late.fate, late.fault) == (Fate.UNDECIDED, None)


@pytest.mark.parametrize("code", [1000, 1001])
def test_a_normal_close_that_may_answer_what_was_legal_is_no_wrong_refusal(code: int) -> None:
    twice = Wrong(Flaw.REPEATED, "Hello", HELLO.content, is_text=True)
    for last in (SAY, BYE):

        def closing(said: str | bytes | None, last: Say = last) -> tuple[Act, ...]:
            answers = correct(said)
            return (*answers[:1], code) if said == last.content.decode() else answers

        outcome = staged(Plan((HELLO, last), twice), echoing(), closing)
        assert (outcome.fate, outcome.fault) == (Fate.UNDECIDED, None)


def test_a_step_is_made_only_with_the_flaw_that_it_was_planned_for() -> None:
    twice = Wrong(Flaw.REPEATED, "Say", SAY.content, is_text=True)
    outcome = staged(Plan((), twice), echoing(), correct)
    assert (outcome.fate, outcome.provoked, outcome.length) == (Fate.UNDECIDED, False, 0)


def test_what_the_other_side_says_is_judged_by_the_checker() -> None:
    outcome = staged(Plan((HELLO,)), echoing(), lambda said: (WELCOME, END) if said else ())
    assert outcome.fault is not None
    assert outcome.fault.rule is seen.ILLEGAL_ORDER
    assert outcome.length == 3


def test_what_is_due_is_waited_for_with_patience_and_what_is_not_with_grace() -> None:
    settings = ProbeSettings(grace=0.5, patience=7)
    deaf = staged(Plan((HELLO,)), echoing(), lambda _: (), settings=settings)
    heard = staged(Plan((HELLO,)), echoing(), correct, settings=settings)
    assert (deaf.seconds, heard.seconds) == (7, 0.5)


def test_who_breaks_off_is_owed_no_last_message() -> None:
    lifecycle = ConnectionLifecycle(
        streaming_messages=[message("Failure", Side.CLIENT, ambient=True, final=True)],
        close=message("Goodbye", Side.CLIENT),
        server_messages=[message("End", Side.SERVER, final=True)],
    )
    endpoint = compile_endpoint(bound(lifecycle))
    for name, rule in (("Failure", None), ("Goodbye", rules.NO_LAST_MESSAGE)):
        said = Say(name, b'{"type":"%s"}' % name.encode())
        outcome = staged(Plan((said,)), endpoint, lambda _: ())
        assert (outcome.fault.rule if outcome.fault else None) is rule


def test_nothing_is_said_to_a_server_after_the_close_frame() -> None:
    after = Wrong(Flaw.AFTER_CLOSE, "Say", SAY.content, is_text=True)
    outcome = staged(Plan((HELLO,), after), echoing(), correct)
    assert (outcome.fate, outcome.fault) == (Fate.IGNORED, None)
