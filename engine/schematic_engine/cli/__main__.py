"""``python -m schematic_engine.cli`` is ``schematic``."""

from schematic_engine.cli import main

main()
