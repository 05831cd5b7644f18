"""What a file may hold where HGCalML's forms are accepted: the schema of editors and the tool agree."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from registry.contract.block import Block
from registry.plugins.graph.edge_conv.block import EdgeConv
from registry.plugins.layers.dense_loop.block import DenseLoop
from registry.reference.schema import parameters_schema

ACCEPTED: list[tuple[type[Block], dict[str, Any], dict[str, Any]]] = [
    (DenseLoop, {"units": [{"n": 64}, {"n": 32}]}, {"units": [64, 32]}),
    (DenseLoop, {"units": [64, {"n": 32}]}, {"units": [64, 32]}),
    (EdgeConv, {"units": [{"n": 8}]}, {"units": [8]}),
    (DenseLoop, {"units": [4], "kernel_regularizer": "L2"}, {"kernel_regularizer": "l2"}),
    (DenseLoop, {"units": [4], "kernel_regularizer": "L1"}, {"kernel_regularizer": "l1"}),
    (DenseLoop, {"units": [4], "kernel_regularizer": "None"}, {"kernel_regularizer": "none"}),
]

REFUSED: list[tuple[type[Block], dict[str, Any]]] = [
    (DenseLoop, {"units": []}),
    (EdgeConv, {"units": []}),
    (DenseLoop, {"units": [0]}),
    (DenseLoop, {"units": [{"n": 0}]}),
    (DenseLoop, {"units": [{}]}),
    (DenseLoop, {"units": [{"n": 4, "m": 4}]}),
    (DenseLoop, {"units": [{"width": 4}]}),
    (DenseLoop, {"units": 4}),
    (DenseLoop, {"units": [4], "kernel_regularizer": "L3"}),
]


def validates(block: type[Block], values: dict[str, Any]) -> bool:
    schema = {**parameters_schema(block.Params), "definitions": {"placeholder": PLACEHOLDER}}
    return jsonschema.Draft7Validator(schema).is_valid(values)


PLACEHOLDER = {"type": "string", "pattern": r"\$\{"}
"""What the whole schema defines, and that of a block refers to."""


@pytest.mark.parametrize(("block", "values", "meant"), ACCEPTED)
def test_a_form_of_hgcalml_is_read_and_validates(
    block: type[Block], values: dict[str, Any], meant: dict[str, Any]
) -> None:
    read = block.Params(**values).model_dump()
    assert {name: read[name] for name in meant} == meant
    assert validates(block, values)


@pytest.mark.parametrize(("block", "values"), REFUSED)
def test_what_is_refused_does_not_validate(block: type[Block], values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        block.Params(**values)
    assert not validates(block, values)


def test_a_width_may_be_a_placeholder() -> None:
    assert validates(DenseLoop, {"units": ["${n}", {"n": "${n}"}]})
