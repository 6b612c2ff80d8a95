"""The checker's page as its reader meets it: in a browser, from a file, without network."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.pages import IMAGES, SCHEMES, ColorScheme, browser, opened, picture, report
from playwright.sync_api import Browser, Locator, Page, Request


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(report(), encoding="utf-8")
    return file


@pytest.fixture
def page(chromium: Browser, file: Path) -> Iterator[Page]:
    page = opened(chromium, file)
    yield page
    page.context.close()


def seen(found: Locator) -> list[str]:
    """The first lines of those elements that are on the page for a reader to see."""
    return [one.inner_text().splitlines()[0] for one in found.all() if one.is_visible()]


def test_it_asks_for_nothing_but_itself_and_nothing_goes_wrong(
    chromium: Browser, file: Path
) -> None:
    context = chromium.new_context()  # with network, if there is any: it may not be asked for
    page, wrong, asked = context.new_page(), list[str](), list[str]()
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.goto(file.as_uri())
    page.locator("#search").fill("order")
    assert (asked, wrong) == ([file.as_uri()], [])
    context.close()


def test_the_conversation_with_a_violation_is_open_and_the_one_without_is_not(page: Page) -> None:
    first, second = page.locator(".connection").all()
    assert first.locator(".entry").first.is_visible()
    assert not second.locator(".entry").first.is_visible()
    second.locator("summary").first.click()
    assert second.locator(".entry").first.is_visible()


def test_a_violation_is_marked_and_stands_below_its_message(page: Page) -> None:
    marked = page.locator(".entry.is-error")
    assert marked.count() == 1
    said = marked.inner_text()
    assert [word for word in ("SendText", "SCH-101", "CloseConnection") if word not in said] == []
    plain, wrong = (
        page.locator(f".entry{which} .step").first.evaluate(
            "one => getComputedStyle(one.querySelector('.name')).color"
        )
        for which in (":not(.is-found)", ".is-error")
    )
    assert plain != wrong


def test_states_are_bands_of_different_colours(page: Page) -> None:
    bands = page.locator(".connection").first.locator(".band")
    colours = bands.evaluate_all("all => all.map(one => getComputedStyle(one).borderLeftColor)")
    names = seen(bands.locator(".phase"))
    assert {"INITIALIZING", "STREAMING", "CLOSING"} <= set(names)
    assert len(dict(zip(names, colours, strict=True))) == len(set(colours)) > 3


def test_the_arrows_lead_from_the_sender_to_the_other_side(page: Page) -> None:
    heads = {
        side: page.locator(f".step.{side} .lane").first.evaluate(
            "lane => { const { left, right } = getComputedStyle(lane, '::after');"
            " return parseFloat(left) - parseFloat(right); }"
        )
        for side in ("client", "server")
    }
    assert heads["server"] < -100
    assert heads["client"] > 100


def test_a_click_on_a_message_shows_its_body_without_secrets(page: Page) -> None:
    step = page.locator(".step", has_text="InitializeConnection").first
    body = step.locator(".body")
    assert not body.is_visible()
    step.locator("summary").click()
    assert '"text": " "' in body.inner_text()
    assert "made up" not in page.content()


def test_the_search_leaves_what_was_looked_for(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("one more")
    entries = page.locator(".entry")
    assert sum(one.is_visible() for one in entries.all()) == 1
    assert page.locator("#count").inner_text() == "1 line"
    page.locator("#search").fill("")
    assert (
        sum(one.is_visible() for one in page.locator(".connection").first.locator(".entry").all())
        > 9
    )


def test_only_lines_with_findings_can_be_shown(page: Page) -> None:
    page.locator("#only").check()
    shown = [one for one in page.locator(".entry").all() if one.is_visible()]
    assert ["SCH-101" in one.inner_text() for one in shown] == [True]
    assert [one.is_visible() for one in page.locator(".connection").all()] == [True, False]


def test_the_list_of_findings_leads_to_the_message(page: Page) -> None:
    page.locator(".connection summary").first.click()  # closed by hand
    assert not page.locator(".entry.is-error").is_visible()
    page.locator(".findings a").first.click()
    page.locator(".entry.is-error").wait_for(state="visible")


def test_without_scripts_all_is_there_but_the_search(chromium: Browser, file: Path) -> None:
    context = chromium.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(".entry.is-error").is_visible()
    context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_can_be_read_on_bright_and_on_dark_screens(
    chromium: Browser, file: Path, scheme: ColorScheme
) -> None:
    """Text stands out from what is behind it by the ratio that WCAG 2.2 asks for (1.4.3, AA)."""
    page = opened(chromium, file, scheme)
    low = page.evaluate(_LOW_CONTRASTS)
    assert low == []
    assert (page.evaluate("getComputedStyle(document.body).backgroundColor") == _WHITE) == (
        scheme == "light"
    )
    page.context.close()


@pytest.mark.parametrize("width", [360, 1000, 1600])
def test_nothing_sticks_out_at_any_width(chromium: Browser, file: Path, width: int) -> None:
    page = opened(chromium, file)
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_pictures_in_the_documentation_are_of_this_size_and_show_something(
    chromium: Browser, file: Path, scheme: ColorScheme
) -> None:
    """Fonts differ between machines, so that pictures are not compared dot by dot."""
    page = opened(chromium, file, scheme)
    taken, kept = picture(page), (IMAGES / f"check-{scheme}.png").read_bytes()
    assert size(taken) == size(kept) == (1000, 900)
    assert 0.5 < len(taken) / len(kept) < 2, "the page has changed: python tests/browser"
    page.context.close()


def size(png: bytes) -> tuple[int, int]:
    """Width and height from the header of a PNG (ISO/IEC 15948, 11.2.2)."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


_WHITE = "rgb(255, 255, 255)"
_LOW_CONTRASTS = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (["SCRIPT", "STYLE"].includes(element.tagName)) continue;
    const [a, b] = [parse(getComputedStyle(element).color), behind(element)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)}: ${words.currentNode.data.trim()}`);
  }
  return found;
}"""
