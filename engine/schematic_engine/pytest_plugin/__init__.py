"""What the pytest plugin is made of: mocks, clients and recordings that fail a test.

These are the types of what the fixtures give, for annotations. The fixtures themselves are in
`schematic_pytest`, which pytest loads.
"""

from typing import TYPE_CHECKING

from schematic.lazy import lazily

if TYPE_CHECKING:
    from schematic_engine.pytest_plugin.client import ClientFactory
    from schematic_engine.pytest_plugin.mock import Mock, MockFactory
    from schematic_engine.pytest_plugin.session import Session, SessionFactory
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "schematic_engine.pytest_plugin.client": ["ClientFactory"],
            "schematic_engine.pytest_plugin.mock": ["Mock", "MockFactory"],
            "schematic_engine.pytest_plugin.session": ["Session", "SessionFactory"],
        },
    )

__all__ = ["ClientFactory", "Mock", "MockFactory", "Session", "SessionFactory"]
