"""The reference of the keys of a description in plain data."""

from __future__ import annotations

import functools
import re

from hypothesis import given, settings

from schematic import WebSocketEndpoint
from schematic.interchange.description import to_data
from schematic.interchange.reference import keys_page
from support.descriptions import endpoints


@functools.cache
def documented() -> dict[str, set[str]]:
    """The keys in each table, by its title."""
    parts = re.split(r"^### (.+)$", keys_page(), flags=re.MULTILINE)
    return {
        title: set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))
        for title, table in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_every_key_has_a_meaning_in_the_words_of_json() -> None:
    rows = re.findall(r"^\| `.*$", keys_page(), flags=re.MULTILINE)
    for row in rows:
        _, key, value, meaning, _ = re.split(r"(?<!\\)\|", row)
        assert key.strip()
        assert value.strip()
        assert meaning.strip().endswith(".")
        assert not re.search(r"\b(?:None|True|False)\b", row)


def test_every_link_leads_to_a_table() -> None:
    anchors = {title.lower().replace(" ", "-") for title in documented()}
    assert set(re.findall(r"\]\(#([^)]+)\)", keys_page())) == anchors - {
        "the-endpoint",
        "a-message",
    }


@settings(max_examples=20)
@given(endpoints())
def test_what_is_written_has_no_key_that_is_not_documented(endpoint: WebSocketEndpoint) -> None:
    tables = documented()
    data = to_data(endpoint)
    assert set(data) <= tables["The endpoint"]
    for param in data.get("connection_params", ()):
        assert set(param) <= tables["A parameter"]
    lifecycle = data["lifecycle"]
    assert set(lifecycle) <= tables["A lifecycle"] | {"messages"}
    for message in lifecycle["messages"].values():
        assert set(message) <= tables["A message"]
    for channel in lifecycle.get("channels", ()):
        assert set(channel) <= tables["A channel"]
        assert set(channel["lifecycle"]) <= tables["A lifecycle"]
