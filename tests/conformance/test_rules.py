"""Rules: each is documented, and shown by the smallest recording that breaks it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from msgspec import structs

from schematic_engine.cli.commands import schematic
from schematic_engine.conformance import RULES, Rule, Severity
from schematic_engine.conformance.examples import EXAMPLES, Example, example_of

EVERY = [pytest.param(rule, id=rule.id) for rule in RULES.values()]


def breaks(example: Example, rule: Rule) -> bool:
    return any(shown.finding.rule is rule for shown in example.trace().findings)


@pytest.mark.parametrize("rule", EVERY)
def test_the_example_of_a_rule_breaks_it_and_no_line_of_it_can_be_left_out(rule: Rule) -> None:
    example = EXAMPLES[rule]
    assert breaks(example, rule)
    for left_out in range(len(example.lines)):
        lines = (*example.lines[:left_out], *example.lines[left_out + 1 :])
        assert not breaks(structs.replace(example, lines=lines), rule)


@pytest.mark.parametrize("rule", EVERY)
def test_a_rule_is_explained_by_id_and_by_name_with_its_example(rule: Rule) -> None:
    for reference in (rule.id, rule.name, rule.id.removeprefix("SCH-"), rule.id.lower()):
        done = CliRunner().invoke(schematic, ["rules", reference])
        assert done.exit_code == 0, done.output
        assert rule.summary in done.stdout
        assert f"{rule.severity.value}[{rule.id}]" in done.stdout
        assert EXAMPLES[rule].lines[-1] in done.stdout


def test_a_rule_that_there_is_not_is_answered_with_ids_as_they_are_written() -> None:
    done = CliRunner().invoke(schematic, ["rules", "SCH-999"])
    assert done.exit_code != 0
    assert "Did you mean SCH-90" in done.output


def test_every_rule_has_an_example_an_id_a_name_a_sentence_and_advice() -> None:
    assert list(EXAMPLES) == list(RULES.values())
    assert all(RULES[rule.id] is rule for rule in RULES.values())
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert all(rule.summary.endswith(".") and rule.help.endswith(".") for rule in RULES.values())
    assert {rule.severity for rule in RULES.values()} == set(Severity)


def test_an_example_shows_nothing_but_its_own_rule() -> None:
    for rule in RULES.values():
        told = example_of(rule)
        assert [other.id for other in RULES.values() if f"[{other.id}]" in told] == [rule.id]


def test_the_rules_are_listed() -> None:
    done = CliRunner().invoke(schematic, ["rules"])
    assert done.exit_code == 0
    assert all(f"{rule.id}  {rule.severity.value}" in done.stdout for rule in RULES.values())


def test_a_rule_that_is_not_there_is_an_error_with_a_hint() -> None:
    done = CliRunner().invoke(schematic, ["rules", "ilegal-order"])
    assert done.exit_code == 2
    assert "Did you mean illegal-order?" in done.output
