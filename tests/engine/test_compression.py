from __future__ import annotations

import pytest

from schematic_engine.compression import Compression, wanted


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("min_size", -1),
        ("min_size", 1.5),
        ("min_size", True),
        ("server_no_context_takeover", 1),
        ("client_no_context_takeover", None),
        ("server_max_window_bits", 8),
        ("server_max_window_bits", 16),
        ("client_max_window_bits", "10"),
        ("level", 10),
        ("level", -2),
        ("mem_level", 0),
        ("mem_level", 10),
    ],
)
def test_an_option_that_cannot_be_is_refused_by_name(option: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"Compression.{option}: {value!r} is no"):
        Compression(**{option: value})  # type: ignore[arg-type]  # refused by the call


def test_true_stands_for_the_defaults_and_false_for_no_compression() -> None:
    assert wanted(True) == Compression()
    assert wanted(False) is None
    options = Compression(min_size=1)
    assert wanted(options) is options
