"""`use: keras.LayerName`: any layer of keras.layers as a block, checked without importing Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType, parse_pattern
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Port, Weights, param
from registry.contract.errors import did_you_mean, nearest_word
from registry.contract.failures import received
from registry.contract.keras_names import dtypes
from registry.loading.keras_layer import Refusal, keras_layer
from registry.loading.keras_operations import UNKNOWN, Refused
from registry.loading.keras_source import KERAS_PREFIX, layer_arguments
from registry.loading.keras_types import LISTS_BY_FEATURE, wrong_type

if TYPE_CHECKING:
    import keras

_MULTIPLYING = ("Dense", "EinsumDense")
"""Layers that only multiply and add: they are sound in 16 bits."""

_NORMALISING = ("BatchNormalization", "LayerNormalization", "UnitNormalization", "RMSNormalization")
_SAME_SHAPE = (
    *_NORMALISING,
    *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Dropout", "AlphaDropout", "Identity"),
    *("GaussianNoise", "GaussianDropout", "SpatialDropout1D", "ActivityRegularization"),
)
_GOING_ON = (
    *(
        "BatchNormalization",
        "LayerNormalization",
        "RMSNormalization",
        "Activation",
        "ReLU",
        "LeakyReLU",
        "PReLU",
        "ELU",
    ),
    *("Dropout", "AlphaDropout", "SpatialDropout1D", "Identity", "Add", "Concatenate"),
)
"""Layers that are sound in 16 bits where what they take has no more: Keras takes statistics in 32."""

_MERGING = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")

_LISTS = ("Concatenate", "Attention", "AdditiveAttention", "Dot")
"""Layers that take a list of tensors, beside those that merge."""

_MOVING = (
    "Concatenate",
    "Reshape",
    "Permute",
    "Flatten",
    "RepeatVector",
    "ZeroPadding1D",
    "Cropping1D",
    "UpSampling1D",
)
"""Layers that leave values as they are."""

_OBJECTS = ("layer", "layers", "cell", "cells", "function", "module", "call_fn")
"""Arguments that are objects of Python."""

_NO_LAYERS = ("Layer", "Input", "InputLayer", "InputSpec", "TFSMLayer")

OUTPUT = "write axes as ports do, such as `hits 32`"


class KerasParams(BlockParams):
    """The layer's own arguments, and the shape of what it returns where the checker cannot know it."""

    model_config = ConfigDict(extra="allow")

    output: str = param("", 'shape of the output, such as "hits 32"; needed for layers the checker does not know')


class KerasBlock(Block):
    """A layer of keras.layers; its arguments stand under `with`, shapes and weights are compared after compiling."""

    kind = "layer"
    positional: ClassVar[bool] = True
    outputs = (Port("x", "...", "what the layer returns"),)
    layer_name: ClassVar[str]

    class Params(KerasParams):
        """Arguments of the Keras layer."""

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the Keras layer."""
        return dict(self.params.model_extra or {})

    def check(self) -> Iterator[Complaint]:
        if reason := _unusable(self.layer_name, self.arguments):
            yield Complaint(reason, hint="write a layer of your own in a plugin: docs/plugins.md")
            return
        yield from self._check_names()
        yield from self._check_values()
        try:
            tokens = parse_pattern(self.params.output).tokens
        except ValueError as error:
            yield Complaint(f"parameter 'output': {error}", "output", OUTPUT)
            return
        if any(token.param for token in tokens):
            yield Complaint("parameter 'output': expected axes and numbers, received a parameter", "output", OUTPUT)

    def _check_values(self) -> Iterator[Complaint]:
        """Compare the values with what the layer's source says of its arguments."""
        layer, constructor = keras_layer(self.layer_name), layer_arguments(self.layer_name)
        if layer is None or constructor is None:
            return
        values = {name: value for name, value in self.arguments.items() if name in constructor.known}
        wrong = {name: wrong_type(layer.kind, name, value) for name, value in values.items()}
        for name, message in wrong.items():
            if message:
                yield Complaint(f"parameter {name!r}: {message}", name)
        dtype = _compute_dtype(values)
        if (
            dtype in dtypes()
            and "float" not in dtype
            and any(name.endswith("initializer") for name in constructor.known)
        ):
            yield Complaint(f"parameter 'dtype': expected a dtype of floating point, received {dtype!r}", "dtype")
        right = {name: UNKNOWN if wrong[name] else value for name, value in values.items()}
        for refusal in layer.refusals(right) if set(constructor.required) <= set(right) else ():
            yield Complaint(self._said(refusal), refusal.argument, refusal.hint)

    def _said(self, refusal: Refusal) -> str:
        name, text = refusal.argument, " ".join(refusal.message.split())
        if not name:
            return f"{self.name} refuses these parameters together: {text}"
        if text.startswith(("expected", "`")):
            return f"parameter {name!r}: {text}"
        return f"parameter {name!r}: {self.name} refuses {received(self.arguments[name])}: {text}"

    def _check_names(self) -> Iterator[Complaint]:
        """Compare the names of the arguments with those of the layer's constructor."""
        constructor = layer_arguments(self.layer_name)
        if constructor is None:
            return
        known = sorted(constructor.known)
        meant = {nearest_word(name, known) for name in self.arguments if name not in known}
        for name in self.arguments:
            if name not in known:
                hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
                yield Complaint(f"{self.name!r} has no parameter {name!r}", name, hint, in_name=True)
        for name in constructor.required:
            if name not in self.arguments and name not in meant:
                yield Complaint(f"parameter {name!r} is missing", hint=f"it takes: {', '.join(known)}")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        types = [type_ for item in inputs.values() for type_ in (item if isinstance(item, list) else [item])]
        found = self._by_rule(types) or self._by_source(inputs, types)
        if not self.params.output:
            if found is None:
                raise AxisMismatch(
                    f"the checker does not know the shape that {self.name} returns: write it, "
                    "`with: {output: hits 32}`"
                )
            return {"x": found}
        for axis in (axis for type_ in types for axis in type_.axes if not isinstance(axis, int)):
            bindings.sizes.setdefault(axis.name, axis)
        written = bindings.build(self.params.output, found.dtype if found else types[0].dtype, node)
        if found is not None and found.axes != written.axes:
            raise AxisMismatch(
                f"parameter 'output': {self.name} returns {found} here, received {self.params.output!r}", "output"
            )
        return {"x": written}

    def _by_rule(self, types: list[TensorType]) -> TensorType | None:
        """Return the type of the output of the layers that graphs use most."""
        first, dtype = types[0], _compute_dtype(self.arguments)
        if self.layer_name == "Concatenate" and self.arguments.get("axis", -1) in (-1, len(first.axes) - 1):
            if any(isinstance(type_.axes[-1], Axis) for type_ in types):
                raise AxisMismatch(f"expected features on the last axis, received {', '.join(map(str, types))}")
            if any(type_.axes[:-1] != first.axes[:-1] for type_ in types):
                raise AxisMismatch(f"expected equal axes before the last, received {', '.join(map(str, types))}")
            return TensorType((*first.axes[:-1], sum(type_.features for type_ in types)), dtype or first.dtype)
        if self.layer_name in _MERGING and any(type_.axes != first.axes for type_ in types):
            raise AxisMismatch(f"expected equal shapes, received {', '.join(map(str, types))}")
        return None

    def _by_source(self, inputs: InputTypes, types: list[TensorType]) -> TensorType | None:
        """Return the type of the output as the layer's own rule makes it of its inputs."""
        layer, first = keras_layer(self.layer_name), types[0]
        if layer is None:
            return None
        for name in LISTS_BY_FEATURE:
            given = self.arguments.get(name)
            if isinstance(given, list) and len(given) not in (1, first.axes[-1]):
                raise AxisMismatch(f"parameter {name!r}: expected a number for each feature of {first}", name)
        axis = self.arguments.get("axis")
        if self.layer_name == "Concatenate" and axis in (0, -len(first.axes)):
            raise AxisMismatch(f"parameter 'axis': {axis} is the axis of the rows, which cannot be joined", "axis")
        for number in axis if isinstance(axis, list) else [axis]:
            if type(number) is int and not -len(first.axes) <= number < len(first.axes):
                raise AxisMismatch(f"parameter 'axis': {number} is no axis of {first}", "axis")
        try:
            shape = layer.output_shape(self.arguments, {name: _shapes(item) for name, item in inputs.items()})
        except Refused as refused:
            text = " ".join(f"{refused.message} {refused.hint}".split())
            raise AxisMismatch(f"{self.name} refuses {', '.join(map(str, types))}: {text}") from None
        if shape is None:
            return first if self.layer_name in _SAME_SHAPE else None
        axes = [_axis(place, size, types) for place, size in enumerate(shape)]
        known = tuple(item for item in axes if item is not None)
        return TensorType(known, self._dtype(first)) if len(known) == len(shape) else None

    def _dtype(self, first: TensorType) -> str:
        if made := _compute_dtype(self.arguments):
            return made
        keeps = self.layer_name in (*_SAME_SHAPE, *_MERGING, *_MOVING) or "float" in first.dtype
        return first.dtype if keeps else "float32"

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        if self.layer_name in _MERGING or self.layer_name == "Concatenate":
            return Weights()
        first = inputs.get("x")
        features = first.axes[-1] if isinstance(first, TensorType) else None
        if not isinstance(features, int):
            return Weights(known=False)
        if self.layer_name == "Dense":
            bias = 1 if self.arguments.get("use_bias", True) else 0
            return Weights((features + bias) * outputs["x"].features)
        if self.layer_name in ("BatchNormalization", "LayerNormalization") and "axis" not in self.arguments:
            per_feature = sum(bool(self.arguments.get(name, True)) for name in ("center", "scale"))
            frozen = 2 * features if self.layer_name == "BatchNormalization" else 0
            return Weights(per_feature * features, frozen)
        return Weights(known=self.layer_name in _SAME_SHAPE and self.layer_name not in (*_NORMALISING, "PReLU"))

    def build(self, name: str) -> keras.layers.Layer:
        import keras

        made: keras.layers.Layer = getattr(keras.layers, self.layer_name)(name=name, **self.arguments)
        return made


@cache
def keras_block(name: str) -> type[Block]:
    """Return the block of `keras.LayerName`."""
    layer = name.removeprefix(KERAS_PREFIX)
    found = keras_layer(layer)
    taken = found.inputs if found else (("x", True),)
    many = layer in (*_MERGING, *_LISTS)
    fields = {
        "__doc__": f"The layer {layer} of keras.layers.",
        "name": name,
        "layer_name": layer,
        "kind": "normalisation" if layer in _NORMALISING else "layer",
        "positional": len(taken) == 1,
        "mixed": layer in _MULTIPLYING or ("as taken" if layer in _GOING_ON else False),
        "inputs": tuple(
            Port(port, "...", "what the layer takes", dtype="any", many=many, optional=not required)
            for port, required in taken
        ),
    }
    return type(f"Keras{layer}", (KerasBlock,), fields)


def _unusable(layer: str, arguments: Mapping[str, Any]) -> str:
    """Return why a layer of keras.layers can be no node of a graph; nothing if it can."""
    constructor = layer_arguments(layer)
    objects = [name for name in (constructor.required if constructor else ()) if name in _OBJECTS]
    if objects:
        return f"keras.{layer} needs a Python object as {objects[0]!r}, which a graph cannot write"
    if layer in _NO_LAYERS:
        return f"keras.{layer} is no layer that makes one tensor of others"
    found = keras_layer(layer)
    if found and any(name == "states" for name, _ in found.inputs):
        return f"keras.{layer} is a cell, which only keras.RNN calls"
    if arguments.get("return_state") is True:
        return f"keras.{layer} with `return_state: true` returns several tensors, a node of keras.* one"
    return ""


def _compute_dtype(arguments: Mapping[str, Any]) -> str:
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
