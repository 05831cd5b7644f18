"""What the check takes of a block's parameters and inputs, its layer is built from: also at their bounds."""

from __future__ import annotations

import random
import types
import typing
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from registry.contract.axes import ANY_SHAPE, Axis, AxisMismatch, Bindings, TensorType, parse_pattern
from registry.contract.block import Block, Port
from tests.plugins.built_in import built_in_blocks

TRIES = 200
WIDTHS = (1, 2, 3, 4, 7)
NUMBERS = (0.0, 1e-12, 0.1, 0.5, 0.999, 1.0, 2.0, 100.0, -1.0)
DATA_AXES = ("hits", "event", "kept", "sources", "selected", "all_", "pooled", "collapsed")
"""How the names of axes begin whose lengths only data tell."""

ELSEWHERE = ("restore_hits", "expressions", "pair_features")
"""Blocks whose inputs lie on axes that only another block makes, and those whose texts are expressions."""

LAYERS = {
    block.name: block
    for block in built_in_blocks()
    if block.kind in ("preprocessing", "layer", "normalisation", "loss", "transform") and block.name not in ELSEWHERE
}


def value(annotation: Any, chosen: random.Random) -> Any:
    """Return a value of a type, as a graph could write it."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return value(inner[0], chosen)
    if origin in (typing.Union, types.UnionType):
        return value(chosen.choice(inner), chosen)
    if origin is typing.Literal:
        return chosen.choice(inner)
    if origin is list:
        return [value(inner[0], chosen) for _ in range(chosen.choice((0, 1, 2, 3)))]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return parameters(annotation, chosen)
    choices: dict[Any, tuple[Any, ...]] = {bool: (True, False), int: (0, 1, 2, 3, 7, 20, -1), float: NUMBERS}
    choices[str] = ("relu", "elu", "softmax", "linear", "sigmoid", "swish", "glu", "threshold")
    return chosen.choice(choices.get(annotation, (None,)))


def parameters(kind: type[BaseModel], chosen: random.Random) -> dict[str, Any]:
    """Return some of the parameters of a block, the required ones among them."""
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    written = {name: field for name, field in fields.items() if field.is_required() or chosen.random() < 0.45}
    return {name: value(field.annotation, chosen) for name, field in written.items()}


def inputs(block: Block, chosen: random.Random) -> dict[str, Any]:
    """Return types for some inputs of a block, with any widths."""
    bindings = Bindings({name: getattr(block.params, name) for name in type(block.params).model_fields})
    patterns = [parse_pattern(port.pattern) for port in block.inputs if port.pattern != ANY_SHAPE]
    for name in sorted({token.name for pattern in patterns for token in pattern.tokens if token.name}):
        if not name.startswith(DATA_AXES):
            bindings.sizes[name] = chosen.choice(WIDTHS)
    left_out = chosen.choice((0.0, 0.0, 0.5))
    return {port.name: given(port, bindings, chosen) for port in block.inputs if port_is_used(port, left_out, chosen)}


def port_is_used(port: Port, left_out: float, chosen: random.Random) -> bool:
    """Say whether an input is given."""
    return not port.optional or chosen.random() >= left_out


def given(port: Port, bindings: Bindings, chosen: random.Random) -> Any:
    """Return what one input takes: a type, or several."""
    if port.rest:
        return {"a": TensorType((Axis("hits", "e"), 3)), "b": TensorType((Axis("hits", "e"), 1), "int32")}
    dtype = "float32" if port.dtype == "any" else port.dtype
    bindings.sizes.setdefault("features", 3)
    one = bindings.build("hits features" if port.pattern == ANY_SHAPE else port.pattern, dtype, "e")
    return [one] * chosen.choice((1, 2, 3)) if port.many else one


def matched(block: Block, taken: dict[str, Any]) -> Bindings:
    """Return what the inputs bind the names of axes to."""
    bindings = Bindings(vars(block.params))
    for port in block.inputs:
        given_ = taken.get(port.name, [])
        for type_ in [] if port.rest else given_ if isinstance(given_, list) else [given_]:
            bindings.match(port.pattern, type_, "event")
    return bindings


def symbolic(types_: Any) -> Any:
    """Return Keras inputs of these types."""
    import keras

    if isinstance(types_, list):
        return [symbolic(type_) for type_ in types_]
    if isinstance(types_, dict):
        return {name: symbolic(type_) for name, type_ in types_.items()}
    shape = tuple(None if isinstance(axis, Axis) else axis for axis in types_.axes[1:])
    return keras.Input(shape, dtype=types_.dtype)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_built_and_called_with_all_that_the_check_takes(name: str) -> None:
    import keras

    chosen = random.Random(name)
    built = 0
    for _ in range(TRIES):
        written = parameters(LAYERS[name].Params, chosen)
        try:
            block = LAYERS[name](LAYERS[name].Params.model_validate(written))
            if list(block.check()):
                continue
            taken = inputs(block, chosen)
            outputs = block.output_types(taken, matched(block, taken), "node")
        except (ValidationError, AxisMismatch):
            continue
        weights = block.weights(taken, outputs)
        keras.backend.clear_session(free_memory=False)
        layer = block.build("node")
        arguments = {port: symbolic(types_) for port, types_ in taken.items()}
        result = layer(*arguments.values()) if block.positional else layer(**arguments)
        found = result if isinstance(result, dict) else {next(iter(outputs), ""): result}
        if block.kind != "loss":
            for port, type_ in outputs.items():
                shape = tuple(None if isinstance(axis, Axis) else axis for axis in type_.axes)
                assert tuple(found[port].shape)[1:] == shape[1:], (written, port)
        if weights.known:
            count = sum(item.size if hasattr(item, "size") else 1 for item in layer.get_weights())
            assert count >= weights.trainable, written
        built += 1
        if built == 5:
            return
    assert built, "the tries hold nothing that the check takes"
