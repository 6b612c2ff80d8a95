r"""Playbooks as text, one step a line: `read_playbook`, `write_playbook`.

::

    # A caption for each line.
    endpoint captions.py:captions/Live
    param room = "7"

    client Start   {"language": "en"}
    client Line    {"text": "Hello."}
    server Caption + {"text": any}          after 100ms
    client Stop
    server Done
    server closes 1000

A body is JSON in which these may stand in place of a value:

===============  =================================================================
``any``          any value
``/[a-z]+/``     a text that the regular expression matches as a whole
``0..1``         a number from 0 to 1, both included; ``0..`` and ``..1`` have one bound
``$turn``        whatever is there where the name comes first, and the same from there on
``={...}``       an object without further fields, at any depth
===============  =================================================================

Behind a message may stand how often it comes: ``+`` once or more, ``*`` any number of times, ``?``
at most once, ``x3`` three times. Behind the body may stand ``after 100ms`` (or ``after 1.5s``) and
``violates SCH-101``. ``server sends "..."`` sends a text as it stands, ``server sends
base64"AAA="`` bytes; a body may be ``base64"AAA="``, too. Lines that are indented belong to the one
before, and ``#`` begins a comment at the beginning of a line. A server that answers the request
with an HTTP status instead says nothing else than ``server rejects 401``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, NoReturn

import msgspec

from schematic.define import Side
from schematic_engine.endpoints import AnyEndpoint
from schematic_engine.playbook.errors import PlaybookError
from schematic_engine.playbook.patterns import (
    ANY,
    Pattern,
    between,
    exactly,
    matching,
    named,
    written,
)
from schematic_engine.playbook.playbook import Playbook
from schematic_engine.playbook.steps import (
    ANY_NUMBER,
    MAYBE,
    ONCE,
    SOME,
    Closes,
    Says,
    Sends,
    Step,
    Times,
    spoken,
)

__all__ = ["read_playbook", "write_playbook"]

_LONGEST: Final = 1 << 20
"""Characters of a playbook that are read: a mebibyte."""

_DEEPEST: Final = 100

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<bytes>base64"[^"]*")
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<regex>/(?:[^/\\]|\\.)*/)
    | (?P<range>-?\d[\d.eE+-]*?\.\.(?:-?\d[\d.]*)?|\.\.-?\d[\d.]*)
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<name>\$[A-Za-z_]\w*)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<mark>[{}\[\]:,=])
    )""",
    re.VERBOSE,
)
_STEP: Final = re.compile(
    r"""(?P<side>client|server)\s+
        (?:(?P<verb>sends|closes)(?=\s|$)|"(?P<quoted>[^"\s]+)"|(?P<message>[^\s"{]+))
        (?:\s+(?P<times>[+*?]|x\d{1,4}(?:-\d{1,4})?)(?=\s|$))?\s*""",
    re.VERBOSE,
)
_OPTION: Final = re.compile(
    r"\s*(?:after\s+(?P<after>\d+(?:\.\d+)?)(?P<unit>ms|s)|violates\s+(?P<rule>[\w-]+))(?=\s|$)"
)
_REJECTS: Final = re.compile(r"server\s+rejects\s+(?P<status>\d{3})")
_PARAM: Final = re.compile(r"param\s+(?P<name>[^\s=]+)\s*=\s*")
_WORDS: Final = {"any": ANY, "true": True, "false": False, "null": None}
_TIMES: Final = {"+": SOME, "*": ANY_NUMBER, "?": MAYBE, None: ONCE}


def read_playbook(
    text: str,
    endpoint: AnyEndpoint | None = None,
    *,
    name: str = "playbook",
    find: Callable[[str], AnyEndpoint] | None = None,
    checked: bool = True,
) -> Playbook:
    """The playbook that is written in ``text``.

    Args:
        text: see the module's description.
        endpoint: what is spoken; None where the text says it.
        name: what reports call it, such as the name of its file.
        find: the endpoint to what stands behind the word ``endpoint``.
        checked: whether it is held to the description, see `Playbook`.

    Raises:
        PlaybookError: a line cannot be read, or says what the description does not allow.
        DefinitionError: the endpoint contradicts itself.
    """
    if len(text) > _LONGEST:
        raise PlaybookError(name, f"a playbook has at most {_LONGEST:,} characters")
    steps: list[Step] = []
    params: dict[str, Pattern] = {}
    rejects: int | None = None
    for number, line in _logical_lines(text):
        place = f"{name}:{number}"
        if line.startswith("endpoint "):
            endpoint = endpoint or _found(place, line.partition(" ")[2].strip(), find)
        elif (param := _PARAM.match(line)) is not None:
            reader = _Reader(place, line, param.end())
            params[param["name"]] = reader.value()
            reader.end()
        elif (rejected := _REJECTS.fullmatch(line)) is not None:
            rejects = int(rejected["status"])
        else:
            steps.append(replace(_step(place, line), place=place))
    if endpoint is None:
        raise PlaybookError(name, "say what is spoken in a line: endpoint NAME/ENDPOINT")
    return Playbook(endpoint, *steps, params=params, name=name, rejects=rejects, checked=checked)


def write_playbook(book: Playbook) -> str:
    """``book`` as text, which `read_playbook` reads as the same steps."""
    lines = [f"endpoint {book.endpoint.name}"]
    lines += (f"param {name} = {written(value)}" for name, value in book.params.items())
    steps = [] if book.rejects is None else [f"server rejects {book.rejects}"]
    return "\n".join([*lines, "", *steps, *map(_line, book.steps)]) + "\n"


def _line(step: Step) -> str:
    after = f"{step.after:.6f}".rstrip("0").rstrip(".")
    options = f" after {after}s" if after != "0" else ""
    options += "" if step.violates is None else f" violates {step.violates}"
    if isinstance(step, Closes):
        return f"{step.side.value} closes {'any' if step.code is None else step.code}{options}"
    if isinstance(step, Sends):
        return f"{step.side.value} sends {written(step.payload)}{options}"
    body = "" if step.body is ANY else f" {written(step.body)}"
    return f"{step.side.value} {spoken(step.message)}{step.times}{body}{options}"


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those that are indented below them, and the number of the first."""
    first, whole = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and whole:
            whole += f"\n{line.strip()}"
            continue
        if whole:
            yield first, whole
        first, whole = number, line.strip()
    if whole:
        yield first, whole


def _found(place: str, what: str, find: Callable[[str], AnyEndpoint] | None) -> AnyEndpoint:
    if find is None:
        raise PlaybookError(place, "pass the endpoint: nothing here finds endpoints by their names")
    return find(what)


def _step(place: str, line: str) -> Step:
    head = _STEP.match(line)
    if head is None:
        raise PlaybookError(
            place,
            f"{line[:60]!r} is no step: write `client MESSAGE {{...}}`, `server closes 1000`, "
            "`endpoint ...` or `param NAME = VALUE`",
        )
    reader = _Reader(place, line, head.end())
    side = Side(head["side"])
    body = ANY if reader.at_options() else reader.value()
    after, violates = reader.options()
    if head["verb"] == "closes":
        if not (body is ANY or (isinstance(body, int) and not isinstance(body, bool))):
            raise PlaybookError(place, "closes takes a close code, or any")
        code = body if isinstance(body, int) else None
        return Closes(side=side, code=code, after=after, violates=violates)
    if head["verb"] == "sends":
        if not isinstance(body, (str, bytes)):
            raise PlaybookError(place, 'sends takes a text in quotes, or base64"..."')
        return Sends(side=side, payload=body, after=after, violates=violates)
    return Says(
        side=side,
        message=head["quoted"] or head["message"],
        body=body,
        times=_times(head["times"]),
        after=after,
        violates=violates,
    )


def _times(text: str | None) -> Times:
    if text in _TIMES:
        return _TIMES[text]
    assert text is not None
    least, _, most = text[1:].partition("-")
    return Times(int(least), int(most or least))


class _Reader:
    """Reads what stands behind the beginning of a line."""

    def __init__(self, place: str, line: str, at: int) -> None:
        self._place, self._line, self._at = place, line, at
        self._depth = 0

    def at_options(self) -> bool:
        """Whether there is no value before the options."""
        rest = self._line[self._at :]
        return not rest.strip() or _OPTION.match(rest) is not None

    def options(self) -> tuple[float, str | None]:
        """Seconds to wait, and the rule that is broken."""
        after, violates = 0.0, None
        while (found := _OPTION.match(self._line, self._at)) is not None:
            self._at = found.end()
            if found["rule"]:
                violates = found["rule"]
            else:
                after = float(found["after"]) / (1000 if found["unit"] == "ms" else 1)
        self.end()
        return after, violates

    def end(self) -> None:
        """Nothing may follow."""
        rest = self._line[self._at :].strip()
        if rest:
            self._fail(f"{rest[:40]!r} is not understood there")

    def value(self) -> Pattern:
        """The value that comes next."""
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail("it is nested too deeply")
        kind, text = self._token()
        made = self._made(kind, text)
        self._depth -= 1
        return made

    def _made(self, kind: str, text: str) -> Pattern:
        if kind == "mark":
            return self._nested(text)
        if kind == "word":
            if text not in _WORDS:
                self._fail(f"{text} is no value: texts stand in quotes")
            return _WORDS[text]
        try:
            return _SIMPLE[kind](text)
        except (ValueError, msgspec.DecodeError) as error:
            self._fail(f"{text[:40]}: {error}")

    def _nested(self, mark: str) -> Pattern:
        if mark == "=":
            return exactly(self.value())
        if mark == "{":
            return self._object()
        if mark != "[":
            self._fail(f"a value is missing before {mark!r}")
        return self._list()

    def _object(self) -> dict[str, Pattern]:
        made: dict[str, Pattern] = {}
        if self._skip("}"):
            return made
        while True:
            kind, text = self._token()
            if kind != "string":
                self._fail(f"names of fields stand in quotes, not {text}")
            self._want(":")
            made[msgspec.json.decode(text)] = self.value()
            if self._skip("}"):
                return made
            self._want(",")

    def _list(self) -> list[Pattern]:
        made: list[Pattern] = []
        if self._skip("]"):
            return made
        while True:
            made.append(self.value())
            if self._skip("]"):
                return made
            self._want(",")

    def _token(self) -> tuple[str, str]:
        found = _TOKEN.match(self._line, self._at)
        if found is None or found.lastgroup is None:
            rest = self._line[self._at :].strip()
            self._fail(f"{rest[:40]!r} is no value" if rest else "a value is missing")
        self._at = found.end()
        return found.lastgroup, found[found.lastgroup]

    def _skip(self, mark: str) -> bool:
        found = _TOKEN.match(self._line, self._at)
        if found is None or found["mark"] != mark:
            return False
        self._at = found.end()
        return True

    def _want(self, mark: str) -> None:
        if not self._skip(mark):
            rest = self._line[self._at :].strip()
            self._fail(f"{mark!r} is missing" + (f" before {rest[:40]!r}" if rest else ""))

    def _fail(self, problem: str) -> NoReturn:
        raise PlaybookError(self._place, problem)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text[len('base64"') : -1], validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None


def _regex(text: str) -> Pattern:
    return matching(text[1:-1].replace("\\/", "/"))


def _range(text: str) -> Pattern:
    low, _, high = text.partition("..")
    return between(_bound(low), _bound(high))


def _bound(text: str) -> float | None:
    if not text:
        return None
    return float(text) if "." in text or "e" in text.lower() else int(text)


def _name(text: str) -> Pattern:
    return named(text[1:])


_SIMPLE: Final[dict[str, Callable[[str], Pattern]]] = {
    "bytes": _bytes,
    "string": msgspec.json.decode,
    "number": msgspec.json.decode,
    "regex": _regex,
    "range": _range,
    "name": _name,
}
