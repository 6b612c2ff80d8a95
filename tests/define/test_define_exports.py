from __future__ import annotations

import importlib
import pkgutil

import schematic
from schematic import define

INTERNAL = {"checks", "close_codes", "ending_checks", "service", "urls", "reply_checks"}


def test_the_exports_are_sorted_and_the_same_at_both_doors() -> None:
    assert list(define.__all__) == sorted(define.__all__)
    assert schematic.__all__ == define.__all__
    for name in define.__all__:
        assert getattr(schematic, name) is getattr(define, name)


def test_every_definition_type_is_exported() -> None:
    modules = {found.name for found in pkgutil.iter_modules(define.__path__)} - INTERNAL
    public: set[str] = set()
    for name in modules:
        module = importlib.import_module(f"schematic.define.{name}")
        public.update(listed for listed in module.__all__ if listed[0].isupper())
    assert public == set(define.__all__)
