"""``python tests/browser``: take the pictures of the checker's page that the documentation shows.

It is run when the page has changed, and the pictures are looked at.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from browser.pages import (  # found by the line above
    IMAGES,
    SCHEMES,
    browser,
    opened,
    picture,
    report,
)


def main() -> None:
    """Write the pictures, one for bright and one for dark screens."""
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        file = Path(folder) / "report.html"
        file.write_text(report(), encoding="utf-8")
        for scheme in SCHEMES:
            (IMAGES / f"check-{scheme}.png").write_bytes(picture(opened(chromium, file, scheme)))


main()
