"""Generated source is laid out by ruff, as nobody's configuration says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from schematic import SchematicError
from schematic.generate.layout import formatted

UGLY = "import sys\nimport msgspec\nfrom engine import b,a\nx = {  'a':1 }\n"


def test_imports_are_sorted_and_code_is_formatted() -> None:
    assert formatted(UGLY) == (
        'import sys\n\nimport msgspec\nfrom engine import a, b\n\nx = {"a": 1}\n'
    )


def test_first_party_packages_have_a_section() -> None:
    assert "import msgspec\n\nfrom engine import" in formatted(UGLY, first_party=["engine"])


def test_the_folder_it_runs_in_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = formatted(UGLY)
    (tmp_path / "engine").mkdir()
    (tmp_path / "ruff.toml").write_text('line-length = 20\nformat.quote-style = "single"\n')
    monkeypatch.chdir(tmp_path)
    assert formatted(UGLY) == plain
    assert sorted(path.name for path in tmp_path.iterdir()) == ["engine", "ruff.toml"]


def test_formatted_source_stays_as_it_is() -> None:
    assert formatted(formatted(UGLY)) == formatted(UGLY)


def test_source_that_is_no_python_is_refused() -> None:
    with pytest.raises(SchematicError, match="cannot be formatted"):
        formatted("def (:\n")


def test_without_ruff_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruff.__main__", None)
    with pytest.raises(SchematicError, match=r"pip install \"schematic-ws\[generate\]\""):
        formatted(UGLY)
