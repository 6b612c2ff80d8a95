from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from schematic.compile.diagram.shelves import shelve

sizes = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=1, max_size=6)


@given(sizes, st.integers(0, 40))
def test_drawings_keep_apart_on_a_sheet_that_holds_them_all(
    sizes: list[tuple[int, int]], gap: int
) -> None:
    sheet = shelve(sizes, limit=600, gap=gap)
    boxes = [(*place, *size) for place, size in zip(sheet.places, sizes, strict=True)]
    for x, y, width, height in boxes:
        assert 0 <= x <= x + width <= sheet.width <= max(600, *(w for w, _ in sizes))
        assert 0 <= y <= y + height <= sheet.height
    for (x, y, width, height), (x2, y2, width2, height2) in combinations(boxes, 2):
        beside = x + width + gap <= x2 or x2 + width2 + gap <= x
        assert beside or y + height + gap <= y2 or y2 + height2 + gap <= y


def test_drawings_stand_beside_each_other_while_there_is_room_and_then_below() -> None:
    sheet = shelve([(200, 50), (300, 80), (100, 40)], limit=550, gap=10)
    assert sheet.places == ((0, 0), (210, 0), (205, 90))
    assert (sheet.width, sheet.height) == (510, 130)
