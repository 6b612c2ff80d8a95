"""The examples of the README and of the site run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.pages import ROOT, Page, blocks, pages, run

PAGES = list(pages())


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(p, id=str(p.path.relative_to(ROOT)))
        for p in PAGES
        if p.blocks and not p.needs_peers
    ],
)
def test_every_marked_example_of_a_page_runs_as_it_stands(page: Page, tmp_path: Path) -> None:
    run(page, tmp_path)


@pytest.mark.parametrize("command", ["demo", "peers", "test"])
def test_the_readme_offers_each_command_as_one_line_to_copy(command: str) -> None:
    readme = PAGES[0]
    found = [b for b in readme.blocks if (b.mark, b.argument) == ("command", command)]
    assert [block.language for block in found] == ["bash"]
    assert len(found[0].text.splitlines()) == 1


def test_the_generated_parts_of_the_site_are_current() -> None:
    generate = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    done = subprocess.run(generate, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"run python docs/generate.py for {done.stdout}{done.stderr}"


def test_every_test_that_a_page_names_exists() -> None:
    named = {
        name
        for page in PAGES
        for name in re.findall(r"`(test_\w+)`", page.path.read_text(encoding="utf-8"))
    }
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named - written == set()


def test_a_block_that_fails_is_an_error(tmp_path: Path) -> None:
    text = "<!-- run -->\n```python\nraise SystemExit(3)\n```\n"
    with pytest.raises(AssertionError, match=r"page\.md, line 1: 3"):
        run(Page(Path("page.md"), tuple(blocks(text))), tmp_path)


def test_a_block_may_announce_its_exit_code_and_its_output(tmp_path: Path) -> None:
    text = (
        "<!-- file: one.txt -->\n```text\n1\n```\n"
        "<!-- run: exits 1 -->\n```bash\ncat one.txt; exit 1\n```\n"
        "<!-- output -->\n```text\n1\n```\n"
    )
    run(Page(Path("page.md"), tuple(blocks(text))), tmp_path)


def test_output_that_differs_is_an_error(tmp_path: Path) -> None:
    text = "<!-- run -->\n```bash\necho 2\n```\n\n<!-- output -->\n```text\n1\n```\n"
    with pytest.raises(AssertionError):
        run(Page(Path("page.md"), tuple(blocks(text))), tmp_path)


def test_a_mark_that_marks_nothing_is_an_error() -> None:
    with pytest.raises(AssertionError, match="line 2"):
        list(blocks("text\n<!-- run -->\nno block\n"))
