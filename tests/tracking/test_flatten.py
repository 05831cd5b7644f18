"""Flattening of parameters."""

from __future__ import annotations

import pytest

from registry.tracking.flatten import flatten


def test_sections_keys_and_lists_of_mappings_become_dotted_names() -> None:
    config = {"General": {"seed": 1}, "Training": [{"epochs": 2, "set": {"*.x": {"rate": 1e-4}}}, {"epochs": 3}]}
    assert flatten(config) == {
        "General.seed": "1",
        "Training.0.epochs": "2",
        "Training.0.set.*.x.rate": "0.0001",
        "Training.1.epochs": "3",
    }


def test_a_list_of_scalars_is_one_value() -> None:
    assert flatten({"units": [64, 32], "names": ["a", "b"]}) == {"units": "[64, 32]", "names": '["a", "b"]'}


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (None, "null"), (1.0, "1.0"), ("", ""), ({}, "{}"), ([], "[]"), ("a b", "a b")]
)
def test_leaves_are_spelt_as_in_yaml(value: object, text: str) -> None:
    assert flatten({"key": value}) == {"key": text}
