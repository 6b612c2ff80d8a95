"""The report as a page: nothing from a recording gets out of its place, and no secret in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schematic import ConnectionLifecycle, Side
from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import (
    Report,
    Trace,
    Unusable,
    examine_records,
    read_trace,
    to_html,
)
from support.lifecycles import bound, message
from support.recordings import closed, line, opened, said

SPEECH = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
CLIENT, SERVER = Side

HOSTILE = st.text(max_size=30) | st.lists(
    st.sampled_from(
        (
            *("<script>alert(1)</script>", "</pre>", '"', "'", "<!--", "]]>", "&lt;", "-->"),
            *("</style>", "</details>", "\u202e", "\x00", "\x1b[2J", " onclick=x "),
        )
    ),
    max_size=4,
).map("".join)


class Structure(HTMLParser):
    """The tags of a page with their attributes, and its texts."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[object] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(tag)

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.tags.append(("declaration", decl))

    def unknown_decl(self, data: str) -> None:
        self.tags.append(("unknown", data))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def examined(lines: list[str], file: str = "trace.jsonl", transcribe: int = 100) -> Trace:
    records = read_trace(one.encode("utf-8", "surrogatepass") for one in lines)
    return examine_records(SPEECH, file, records, transcribe=transcribe)


def page(said_by_them: str, file: str = "trace.jsonl") -> str:
    """A page with ``said_by_them`` wherever a recording may put something of its own."""
    it = said_by_them
    lines = [
        line("open", CLIENT, path=f"/{it}?{it}={it}", host=it, subprotocols=[it]),
        line("accepted", SERVER, subprotocol=it),
        said(CLIENT, {"text": " ", "x" + it: it}),
        said(SERVER, {"audio": 5, "y" + it: it}),
        said(SERVER, {"z" + it: {it: it}}),
        said(CLIENT, "no JSON " + it),
        line("close", SERVER, code=1011, reason=it),
        said(SERVER, {"isFinal": True}),
    ]
    report = Report("Any/Endpoint" + it, (examined(lines, file),), (Unusable("gone" + it, it),))
    return to_html(report)


@settings(max_examples=60)
@given(HOSTILE, HOSTILE)
@example("</pre></details><script>alert(1)</script>", "<b>")
@example("\u2028'\"><img src=x onerror=alert(1)>", "&")
def test_whatever_a_recording_says_is_text_and_changes_no_tag(it: str, file: str) -> None:
    made = page(it, "f" + file)
    plain = page("plain", "f")
    assert Structure(made).tags == Structure(plain).tags
    assert not any(char in made for char in ("\x00", "\x1b", "\u202e"))


def test_what_was_said_is_there_to_be_read_in_full() -> None:
    long = "word " * 100
    made = to_html(Report("A/B", (examined([opened(), said(CLIENT, {"text": long})]),)))
    assert any(long in text for text in Structure(made).texts)


def test_the_page_allows_itself_its_own_script_and_style_and_nothing_else() -> None:
    made = page("x")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', made)
    assert policy is not None
    allowed = policy[1].replace("&#x27;", "'")
    assert allowed.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", made, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in allowed
    tags = [one for one in Structure(made).tags if isinstance(one, tuple)]
    attributes = {name for _, attrs in tags if isinstance(attrs, list) for name, _ in attrs}
    assert not attributes & {"src", "style", "srcset", "action"}
    assert not [name for name in attributes if name.startswith("on") and name != "only"]
    links = re.findall(r'href="([^"]*)"', made)
    assert links
    assert all(re.fullmatch(r"#f\d+-l\d+", link) for link in links)


def test_every_link_leads_to_a_line_of_the_page() -> None:
    made = to_html(Report("A/B", (examined([opened(), said(CLIENT, {"text": " "})] * 2),) * 2))
    for link in re.findall(r'href="#([^"]*)"', made):
        assert made.count(f'id="{link}"') == 1


def test_no_page_shows_a_credential() -> None:
    secret = {"text": " ", "xi-api-key": "hunter2", "inner": json.dumps({"password": "hunter2"})}
    lines = [opened(), said(CLIENT, secret), said(CLIENT, 'token = "hunter2"')]
    made = to_html(Report("A/B", (examined(lines),)))
    assert "hunter2" not in made
    assert "sk-header" not in made
    assert "[redacted]" in made


def test_states_are_bands_in_the_order_of_the_conversation() -> None:
    lines = [
        opened(),
        said(CLIENT, {"text": " "}),
        said(CLIENT, {"text": "Hi "}),
        said(CLIENT, {"text": ""}),
        closed(SERVER),
        closed(CLIENT),
    ]
    made = to_html(Report("A/B", (examined(lines),)))
    assert re.findall(r'class="band (\w+)"', made) == [
        "INITIALIZING",
        "STREAMING",
        "CLOSING",
        "CLOSED",
    ]


def test_a_state_that_is_not_certain_has_a_band_of_its_own() -> None:
    made = to_html(Report("A/B", (examined([said(SERVER, {"audio": "QQ=="})]),)))
    assert re.findall(r'class="band (\w+)"', made) == ["OTHER"]


def test_of_a_long_conversation_the_beginning_is_drawn_and_what_is_around_findings() -> None:
    text, wrong = said(CLIENT, {"text": "Hi "}), said(CLIENT, {"text": 5})
    lines = [opened(), said(CLIENT, {"text": " "}), *[text] * 50, wrong, *[text] * 50]
    trace = examined(lines, transcribe=5)
    (transcript,) = trace.transcripts
    assert [step.number for step in transcript.steps] == [
        *range(1, 6),
        *range(50, 55),
        *range(100, 104),
    ]
    made = to_html(Report("A/B", (trace,)))
    assert re.findall(r"(\d+) lines left out", made) == ["44", "45"]


def test_a_report_without_transcripts_lists_its_findings() -> None:
    made = to_html(
        Report("A/B", (examined([opened(), said(CLIENT, {"text": "Hi"})], transcribe=0),))
    )
    assert "SendText from the client is illegal here" in made
    assert 'class="step' not in made


def test_a_name_of_a_message_is_text_too() -> None:
    endpoint = compile_endpoint(
        bound(ConnectionLifecycle(streaming_messages=[message("Say", CLIENT)]))
    )
    records = read_trace([opened().encode(), said(CLIENT, {"type": "Say"}).encode()])
    trace = examine_records(endpoint, "<b>", records, transcribe=9)
    assert "<b></h2>" not in to_html(Report("<i>", (trace,))).replace("<b>client</b>", "")


def test_the_worst_findings_stand_first_in_the_contents() -> None:
    lines = [said(CLIENT, {"text": "x"}, 0), opened(1), said(CLIENT, {"text": "Hi "}, 1)]
    html = to_html(Report("A/B", (examined(lines),)))
    assert html.index("error[SCH-101]") < html.index("note[SCH-902]")
