"""From a described lifecycle to a verified table.

``lifecycle → chart → table``: `compile_lifecycle` and `compile_endpoint` do it all; the machine
in `schematic_engine` runs the result. Importing this package does not import the statechart
library; compiling does.
"""

from typing import TYPE_CHECKING

from schematic.lazy import lazily

if TYPE_CHECKING:
    from schematic.compile.embed import table_from_data, table_to_data
    from schematic.compile.endpoint import (
        CompiledEndpoint,
        Kind,
        assemble,
        compile_endpoint,
        compile_lifecycle,
    )
    from schematic.compile.narrowed import narrow, narrowed_tables, narrowings
    from schematic.compile.shapes import Shape
    from schematic.compile.shaping import shape_of, shapes_of
    from schematic.compile.table import Move, Phase, Row, RowKind, State, Table
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "schematic.compile.embed": ["table_from_data", "table_to_data"],
            "schematic.compile.endpoint": [
                "CompiledEndpoint",
                "Kind",
                "assemble",
                "compile_endpoint",
                "compile_lifecycle",
            ],
            "schematic.compile.narrowed": ["narrow", "narrowed_tables", "narrowings"],
            "schematic.compile.shapes": ["Shape"],
            "schematic.compile.shaping": ["shape_of", "shapes_of"],
            "schematic.compile.table": ["Move", "Phase", "Row", "RowKind", "State", "Table"],
        },
    )

__all__ = [
    "CompiledEndpoint",
    "Kind",
    "Move",
    "Phase",
    "Row",
    "RowKind",
    "Shape",
    "State",
    "Table",
    "assemble",
    "compile_endpoint",
    "compile_lifecycle",
    "narrow",
    "narrowed_tables",
    "narrowings",
    "shape_of",
    "shapes_of",
    "table_from_data",
    "table_to_data",
]
