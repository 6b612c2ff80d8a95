"""`Condition` and `Constraint`: what parameters have to do with each other, and with messages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, cast

from schematic.define.errors import DefinitionError
from schematic.define.params import ConnectionParam
from schematic.define.values import ParamType, ParamValue, SingleValue

__all__ = ["Condition", "ConditionLike", "Constraint", "ConstraintKind"]

_Values: TypeAlias = tuple[SingleValue, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What is true of some requests: parameters that are given, or have one of some values.

    Made by `of` from what callers write: a parameter's name (it is given), or a mapping from names
    to a value or several (each has one of its values; what is not sent has its default).

    Attributes:
        terms: names, each with the values that it may have; without values, it has to be given.
    """

    terms: tuple[tuple[str, _Values], ...] = ()

    @classmethod
    def of(cls, written: ConditionLike) -> Condition:
        """The condition that was written in any of its forms."""
        if isinstance(written, Condition):
            return written
        if isinstance(written, str):
            return cls(((written, ()),))
        return cls(tuple((name, _several(values)) for name, values in written.items()))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that it looks at."""
        return tuple(name for name, _ in self.terms)

    def holds(self, values: Mapping[str, ParamValue], given: Collection[str]) -> bool:
        """Whether it is true of a request.

        Args:
            values: the values of the parameters, defaults filled in.
            given: the names of those that were sent, or are to be sent.
        """
        return all(
            values.get(name) in allowed if allowed else name in given
            for name, allowed in self.terms
        )

    def resolved(self, params: Sequence[ConnectionParam]) -> Condition:
        """The same with each value as its parameter reads it.

        Raises:
            DefinitionError: there is no such parameter, or it cannot have such a value.
        """
        known = {param.name: param for param in params}
        return Condition(tuple((name, _read(known, name, vs)) for name, vs in self.terms))

    def __str__(self) -> str:
        return " and ".join(
            f"{name}={' or '.join(map(_word, values))}" if values else name
            for name, values in self.terms
        )


ConditionLike: TypeAlias = str | Mapping[str, SingleValue | Sequence[SingleValue]] | Condition
"""What a condition may be written as: ``"token"``, or ``{"encoding": ("opus", "aac")}``."""


class ConstraintKind(Enum):
    """How many of a constraint's conditions have to hold."""

    AT_MOST_ONE = "at most one"
    AT_LEAST_ONE = "at least one"
    EXACTLY_ONE = "exactly one"
    NEEDS = "needs"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule across the parameters of a request, made by one of the constructors.

    Each takes conditions: a parameter's name, which means that it is given, or a mapping from names
    to values::

        Constraint.exactly_one("model", "call_id")
        Constraint.at_least_one("sample_rate", {"encoding": ("opus", "aac")})
        Constraint.needs("redact_policies", {"redact": True})

    Attributes:
        kind: how many of the conditions have to hold.
        conditions: for ``NEEDS``, if the first holds all others have to.
    """

    kind: ConstraintKind
    conditions: tuple[Condition, ...]

    @classmethod
    def at_most_one(cls, *conditions: ConditionLike) -> Constraint:
        """They exclude each other."""
        return cls(ConstraintKind.AT_MOST_ONE, tuple(map(Condition.of, conditions)))

    @classmethod
    def at_least_one(cls, *conditions: ConditionLike) -> Constraint:
        """One of them is required."""
        return cls(ConstraintKind.AT_LEAST_ONE, tuple(map(Condition.of, conditions)))

    @classmethod
    def exactly_one(cls, *conditions: ConditionLike) -> Constraint:
        """One of them is required, and they exclude each other."""
        return cls(ConstraintKind.EXACTLY_ONE, tuple(map(Condition.of, conditions)))

    @classmethod
    def needs(cls, first: ConditionLike, *others: ConditionLike) -> Constraint:
        """The first goes only together with all others."""
        return cls(ConstraintKind.NEEDS, tuple(map(Condition.of, (first, *others))))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that it is about."""
        return tuple(dict.fromkeys(name for one in self.conditions for name in one.names))

    def problem(self, values: Mapping[str, ParamValue], given: Collection[str]) -> str | None:
        """What is wrong with a request, and what to do; None if nothing. See `Condition.holds`."""
        holding = [str(one) for one in self.conditions if one.holds(values, given)]
        if self.kind is ConstraintKind.NEEDS:
            first, *others = self.conditions
            missing = [str(one) for one in others if str(one) not in holding]
            if str(first) not in holding or not missing:
                return None
            return f"{first} needs {' and '.join(missing)}; add that, or leave {first} out"
        if not holding and self.kind is not ConstraintKind.AT_MOST_ONE:
            return f"one of them is required: {self._listed}"
        if len(holding) > 1 and self.kind is not ConstraintKind.AT_LEAST_ONE:
            return f"{' and '.join(holding)} exclude each other; choose one of them"
        return None

    @property
    def _listed(self) -> str:
        return ", or ".join(map(str, self.conditions))

    def resolved(self, params: Sequence[ConnectionParam]) -> Constraint:
        """The same with each value as its parameter reads it.

        Raises:
            DefinitionError: it is about fewer than two conditions, there is no such parameter, or
                it cannot have such a value.
        """
        if len(set(self.conditions)) < max(2, len(self.conditions)):
            raise DefinitionError("a constraint is about two different conditions or more")
        return Constraint(self.kind, tuple(self._resolved(params)))

    def _resolved(self, params: Sequence[ConnectionParam]) -> Iterator[Condition]:
        for index, condition in enumerate(self.conditions):
            try:
                yield condition.resolved(params)
            except DefinitionError as error:
                raise DefinitionError(error.problem, place=(f"conditions[{index}]",)) from None

    def __str__(self) -> str:
        if self.kind is ConstraintKind.NEEDS:
            first, *others = self.conditions
            return f"{first} needs {' and '.join(map(str, others))}"
        return f"{self.kind.value} of {self._listed}"


def _several(values: SingleValue | Sequence[SingleValue]) -> _Values:
    if isinstance(values, Sequence) and not isinstance(values, str):
        return tuple(values)
    return (values,)


def _read(known: Mapping[str, ConnectionParam], name: str, values: _Values) -> _Values:
    if name not in known:
        raise DefinitionError(
            f"there is no parameter {name!r}. There are: {', '.join(known) or 'none'}"
        )
    param = known[name]
    if values and (param.many or param.param_type is ParamType.OBJECT):
        raise DefinitionError(f"{name} is no single value; a condition can say that it is given")
    try:
        return tuple(cast("SingleValue", param.value(value)) for value in values)
    except ValueError as error:
        raise DefinitionError(f"{name}: {error}") from None


def _word(value: SingleValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
