"""The page on descriptions: its example is offered by a package, as the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from support.pages import blocks

README = Path(__file__).parent.parent.parent / "definitions" / "README.md"


def test_a_package_with_the_entry_point_of_the_page_is_listed(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    for block in blocks(text):
        if block.mark == "file":
            (tmp_path / block.argument).write_text(block.text, encoding="utf-8")
    (project,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    written = tomllib.loads(project)["project"]
    info = tmp_path / f"{written['name'].replace('-', '_')}-{written['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {written['name']}\nVersion: {written['version']}\n"
    )
    lines = [
        line
        for group, entries in written["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "schematic_engine.cli", "list"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert re.search(r"^dictation/Live +/v1/live +Send audio, receive text\.$", done.stdout, re.M)
