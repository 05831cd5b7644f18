"""Configurations are laid over each other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.errors import Problems
from registry.language.layers import apply_setting, merge
from tests.language.helpers import value_of

NESTED = st.recursive(
    st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
)


def merged(base: object, over: object) -> object:
    first, second = value_of(json.dumps({"x": base})), value_of(json.dumps({"x": over}))
    assert first is not None
    assert second is not None
    return merge(first, second).plain()["x"]


def test_mappings_are_merged_and_lists_replaced() -> None:
    assert merged({"a": 1, "l": [1, 2]}, {"b": 2, "l": [3]}) == {"a": 1, "b": 2, "l": [3]}


def test_an_empty_section_changes_nothing() -> None:
    assert merged({"a": 1}, None) == {"a": 1}


@given(NESTED)
def test_a_layer_laid_over_itself_changes_nothing(data: object) -> None:
    assert merged(data, data) == data


SECTIONS = st.recursive(
    st.fixed_dictionaries({}, optional={"number": st.integers()}),
    lambda inner: st.fixed_dictionaries({}, optional={"number": st.integers(), "one": inner, "two": inner}),
    max_leaves=8,
)
"""Mappings in which a name stands for a number everywhere, or for a mapping everywhere."""


@given(SECTIONS, SECTIONS, SECTIONS)
def test_layers_that_agree_on_their_sections_may_be_merged_in_any_grouping(
    first: object, second: object, third: object
) -> None:
    assert merged(merged(first, second), third) == merged(first, merged(second, third))


def setting(config: str, text: str) -> tuple[object, list[str]]:
    value, problems = value_of(config), Problems()
    assert value is not None
    return apply_setting(value, text, problems).plain(), [problem.message for problem in problems]


def test_a_setting_reaches_into_mappings_and_lists() -> None:
    assert setting("T: [{e: 1}, {e: 2}]", "T.1.e=5") == ({"T": [{"e": 1}, {"e": 5}]}, [])


def test_a_setting_is_yaml() -> None:
    assert setting("A: {g: 1}", "A.g=[{n: 16}]") == ({"A": {"g": [{"n": 16}]}}, [])


def test_a_setting_is_as_strict_as_a_file() -> None:
    assert "YAML reads '1e-4' as text" in setting("A: {g: 1}", "A.g=1e-4")[1][0]


def test_a_setting_for_an_entry_that_is_not_there_is_refused() -> None:
    assert setting("T: [{e: 1}]", "T.3.e=5")[1] == ["expected the number of an entry, 0 to 0, or *, received '3'"]


@pytest.mark.parametrize("setting", ["a", "=1", "a..b=1", "a[x]=1", "a]b=1", "a[0=1", ".a=1", "a.=1", "a b=1"])
def test_a_setting_whose_path_cannot_be_read_is_refused(setting: str) -> None:
    problems, options = Problems(), value_of("a: [1]")
    assert options is not None
    apply_setting(options, setting, problems)
    assert [problem.message for problem in problems] == ["expected KEY.SUB=VALUE"]
