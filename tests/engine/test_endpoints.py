"""An endpoint may be given in three forms, and all of them become the same one."""

from __future__ import annotations

from typing import Any

import pytest

from schematic import DefinitionError
from schematic.compile import compile_endpoint
from schematic_engine.endpoints import resolve
from support.definitions import a_bound, an_api, an_endpoint


def test_all_three_forms_give_the_same_compiled_endpoint() -> None:
    bound = a_bound()
    compiled = compile_endpoint(bound)
    assert resolve(bound) is compiled
    assert resolve(compiled) is compiled
    assert resolve(bound.api) is compiled


def test_an_api_with_two_endpoints_has_to_be_asked_for_one_of_them() -> None:
    api = an_api(an_endpoint(), an_endpoint(id="Listen", path="/listen"))
    with pytest.raises(DefinitionError, match=r"Talk.*Listen"):
        resolve(api)


@pytest.mark.parametrize("given", [an_endpoint(), an_api, "Example/Talk", None])
def test_anything_else_is_refused_with_a_hint(given: Any) -> None:
    with pytest.raises(TypeError, match=r"api\.endpoint"):
        resolve(given)
