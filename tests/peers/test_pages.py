"""The pages of the site that use what others wrote run as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.pages import Page, pages, run

PAGES = [page for page in pages() if page.needs_peers]


@pytest.mark.parametrize("page", [pytest.param(page, id=page.path.name) for page in PAGES])
def test_every_marked_example_of_a_page_runs_as_it_stands(page: Page, tmp_path: Path) -> None:
    run(page, tmp_path)
