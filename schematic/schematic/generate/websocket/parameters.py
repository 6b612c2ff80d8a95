"""``ConnectParams``: the arguments of a generated ``connect``."""

from __future__ import annotations

from schematic.define import ConnectionParam, ParamType
from schematic.define.params import ParamLocation
from schematic.define.values import shown
from schematic.generate.literals import docstring, literal
from schematic.generate.names import Names
from schematic.generate.websocket.source import Source

__all__ = ["OPTIONS", "connect_params", "param_names"]

OPTIONS = (
    *("auth", "url", "ssl", "server_hostname", "proxy", "unix", "redirects", "headers"),
    *("subprotocols", "compression", "limits", "policy", "opening", "reconnect", "resume"),
    "background",
)
"""The names in `schematic_engine.client.options.ConnectOptions`, which parameters do not get."""

_OWN = ("self", "cls", "source", "goodbye", "initialize")
_IN_CLASSES = (
    "bool",
    "float",
    "int",
    "object",
    "str",
    "Literal",
    "Mapping",
    "Required",
    "Sequence",
)
"""Names that stand in the annotations: a parameter that is called so would hide them."""

_LINE = 78
_TYPES = {
    ParamType.STRING: "str",
    ParamType.INTEGER: "int",
    ParamType.BOOLEAN: "bool",
    ParamType.FLOAT: "float",
}


def param_names(source: Source) -> dict[str, str]:
    """The name of each parameter in Python, by its name on the wire."""
    steps = (choice.method for step in source.plan.client_steps for choice in step.choices)
    names = Names((*OPTIONS, *_OWN, *_IN_CLASSES, *steps))
    return {one.name: names.new(one.name) for one in source.plan.compiled.endpoint.params}


def connect_params(source: Source, names: dict[str, str]) -> str:
    """The declaration of ``ConnectParams``."""
    params = source.plan.compiled.endpoint.params
    about = docstring(
        "What `connect` takes: the parameters of the endpoint, and `ConnectOptions`.",
        attributes={names[one.name]: _about(one) for one in params},
    )
    lines = "".join(f"    {names[one.name]}: {_annotation(source, one)}\n" for one in params)
    base = source.runtime("ConnectOptions")
    body = f"\n{lines}" if lines else ""
    return f"class ConnectParams({base}, total=False):\n{about}{body}"


def _annotation(source: Source, param: ConnectionParam) -> str:
    if param.choices and _fit_a_literal(param):
        written = _choice(source.typing("Literal"), [literal(choice) for choice in param.choices])
    elif param.param_type is ParamType.OBJECT:
        mapping = source.imports.name("collections.abc", "Mapping", typing_only=True)
        written = f"{mapping}[str, object]"
    else:
        written = _TYPES[param.param_type]
    if param.many:
        sequence = source.imports.name("collections.abc", "Sequence", typing_only=True)
        written = f"{sequence}[{written}]"
    if param.required and param.default is None:
        return source.required(written)
    return written


def _fit_a_literal(param: ConnectionParam) -> bool:
    """Whether type checkers take the choices in a ``Literal``: no fractions, no huge numbers."""
    return all(
        abs(one) < 2**63 if isinstance(one, int) else isinstance(one, str) for one in param.choices
    )


def _choice(name: str, choices: list[str]) -> str:
    """The type of one of several values: a union of types that fit on a line each."""
    lines = [""]
    for choice in choices:
        if lines[-1] and len(lines[-1]) + len(choice) > _LINE:
            lines.append("")
        lines[-1] += f"{', ' if lines[-1] else ''}{choice}"
    return " | ".join(f"{name}[{line}]" for line in lines)


def _about(param: ConnectionParam) -> str:
    said = [param.description.rstrip(".")] if param.description else []
    if param.location is ParamLocation.PATH:
        said += [] if said else ["part of the path"]
    if not _fit_a_literal(param):
        said.append(f"one of {', '.join(map(shown, param.choices))}")
    if param.minimum is not None:
        said.append(f"at least {_number(param.minimum)}")
    if param.maximum is not None:
        said.append(f"at most {_number(param.maximum)}")
    if param.default is not None:
        said.append(f"{shown(param.default)} by default")
    return "; ".join(said) + "." if said else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)
