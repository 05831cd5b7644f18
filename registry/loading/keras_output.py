"""The type of what a layer of keras.layers returns: by rules for those that graphs use most, or by Keras's source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.contract.axes import Axis, AxisMismatch, TensorType
from registry.contract.block import InputTypes
from registry.contract.failures import received
from registry.loading.keras_families import MERGING, MOVING, SAME_SHAPE
from registry.loading.keras_layer import keras_layer
from registry.loading.keras_operations import Refused
from registry.loading.keras_source import KERAS_PREFIX
from registry.loading.keras_types import LISTS_BY_FEATURE


def by_rule(layer: str, arguments: Mapping[str, Any], types: list[TensorType]) -> TensorType | None:
    """Return the type of the output of the layers that graphs use most."""
    first, dtype = types[0], compute_dtype(arguments)
    if layer == "Concatenate" and arguments.get("axis", -1) in (-1, len(first.axes) - 1):
        if any(isinstance(type_.axes[-1], Axis) for type_ in types):
            raise AxisMismatch(f"expected features on the last axis, received {', '.join(map(str, types))}")
        if any(type_.axes[:-1] != first.axes[:-1] for type_ in types):
            raise AxisMismatch(f"expected equal axes before the last, received {', '.join(map(str, types))}")
        return TensorType((*first.axes[:-1], sum(type_.features for type_ in types)), dtype or first.dtype)
    if layer in MERGING and any(type_.axes != first.axes for type_ in types):
        raise AxisMismatch(f"expected equal shapes, received {', '.join(map(str, types))}")
    return None


def by_source(
    layer: str, arguments: Mapping[str, Any], inputs: InputTypes, types: list[TensorType]
) -> TensorType | None:
    """Return the type of the output as the layer's own rule makes it of its inputs."""
    rule, first = keras_layer(layer), types[0]
    if rule is None:
        return None
    for name in LISTS_BY_FEATURE:
        given = arguments.get(name)
        if isinstance(given, list) and len(given) not in (1, first.axes[-1]):
            raise AxisMismatch(f"parameter {name!r}: expected a number for each feature of {first}", name)
    axis = arguments.get("axis")
    if layer == "Concatenate" and axis in (0, -len(first.axes)):
        raise AxisMismatch(f"parameter 'axis': {axis} is the axis of the rows, which cannot be joined", "axis")
    for number in axis if isinstance(axis, list) else [axis]:
        if type(number) is int and not -len(first.axes) <= number < len(first.axes):
            raise AxisMismatch(f"parameter 'axis': {number} is no axis of {first}", "axis")
    shapes = {name: _shapes(item) for name, item in inputs.items()}
    try:
        shape = rule.output_shape(arguments, shapes)
    except Refused as refused:
        culprit = rule.culprit(arguments, shapes)
        text = "; ".join(" ".join(part.split()).rstrip(".") for part in (refused.message, refused.hint) if part)
        shown = ", ".join(map(str, types))
        if culprit:
            what = f"parameter {culprit!r}: {KERAS_PREFIX}{layer} refuses {received(arguments[culprit])} for {shown}"
        else:
            what = f"{KERAS_PREFIX}{layer} refuses {shown}"
        raise AxisMismatch(f"{what}: {text}", culprit) from None
    if shape is None:
        return first if layer in SAME_SHAPE else None
    axes = [_axis(place, size, types) for place, size in enumerate(shape)]
    known = tuple(item for item in axes if item is not None)
    return TensorType(known, _dtype(layer, arguments, first)) if len(known) == len(shape) else None


def _dtype(layer: str, arguments: Mapping[str, Any], first: TensorType) -> str:
    if made := compute_dtype(arguments):
        return made
    keeps = layer in (*SAME_SHAPE, *MERGING, *MOVING) or "float" in first.dtype
    return first.dtype if keeps else "float32"


def compute_dtype(arguments: Mapping[str, Any]) -> str:
    """Return the dtype that a layer computes in because its arguments say so."""
    dtype = arguments.get("dtype")
    return dtype.removeprefix("mixed_") if isinstance(dtype, str) else ""


def _shapes(types: TensorType | list[TensorType]) -> Any:
    """Return types as Keras writes shapes, None for an axis whose length only data tell."""
    if isinstance(types, list):
        return [_shapes(type_) for type_ in types]
    return tuple(axis if isinstance(axis, int) else None for axis in types.axes)


def _axis(place: int, size: int | None, types: list[TensorType]) -> Axis | int | None:
    """Return the axis of an output: a length that only data tell is that of the input's axis in the same place."""
    if size is not None:
        return size
    axis = types[0].axes[place] if place < len(types[0].axes) else None
    return axis if isinstance(axis, Axis) else None
