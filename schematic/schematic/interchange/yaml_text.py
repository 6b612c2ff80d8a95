"""Documents as YAML that every reader takes for the same, of YAML 1.1 or 1.2."""

from __future__ import annotations

from io import StringIO
from typing import Any

from schematic.define.errors import SchematicError

__all__ = ["to_yaml"]

_OF_NUMBERS = "+-.0123456789"


def to_yaml(document: dict[str, Any]) -> str:
    """JSON values as YAML: ASCII only, without anchors, keys in their order.

    Raises:
        SchematicError: PyYAML is not installed.
    """
    try:
        import yaml  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise SchematicError(
            'YAML needs PyYAML: pip install "schematic-ws[interchange]"'
        ) from error

    class Dumper(yaml.SafeDumper):
        """Repeats what occurs twice, and puts quotes around all that looks like a number."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's
            return True

    def text(dumper: Any, value: str) -> Any:
        # YAML 1.2 has numbers, such as 1e3 and 0o7, and YAML 1.1 words that PyYAML leaves bare.
        misread = value[:1] in _OF_NUMBERS or value.lower() in ("y", "n")
        style = '"' if misread else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    written = StringIO()
    dumper: Any = Dumper(written, width=100, default_flow_style=False, sort_keys=False)
    dumper.open()
    dumper.represent(document)
    dumper.close()
    return written.getvalue()
