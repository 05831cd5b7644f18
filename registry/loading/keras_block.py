"""`use: keras.LayerName`: any layer of keras.layers as a block, checked without importing Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType, parse_pattern
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Port, Weights, param
from registry.contract.errors import did_you_mean, nearest_word
from registry.loading.keras_source import layer_arguments

if TYPE_CHECKING:
    import keras

KERAS_PREFIX = "keras."

_NORMALISING = ("BatchNormalization", "LayerNormalization", "UnitNormalization", "RMSNormalization")
_SAME_SHAPE = (
    *_NORMALISING,
    *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Dropout", "AlphaDropout", "Identity"),
    *("GaussianNoise", "GaussianDropout", "SpatialDropout1D", "ActivityRegularization"),
)
_MERGING = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")

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
        yield from self._check_names()
        units, rate = self.arguments.get("units"), self.arguments.get("rate")
        if units is not None and (type(units) is not int or units < 1):
            yield Complaint(f"parameter 'units': expected a number of features, 1 or more, received {units!r}", "units")
        if rate is not None and not (isinstance(rate, int | float) and 0 <= rate < 1):
            yield Complaint(f"parameter 'rate': expected a number from 0 to 1, received {rate!r}", "rate")
        try:
            tokens = parse_pattern(self.params.output).tokens
        except ValueError as error:
            yield Complaint(f"parameter 'output': {error}", "output", OUTPUT)
            return
        if any(token.param for token in tokens):
            yield Complaint("parameter 'output': expected axes and numbers, received a parameter", "output", OUTPUT)

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
        types: list[TensorType] = inputs["x"] if isinstance(inputs["x"], list) else [inputs["x"]]
        if self.params.output:
            for axis in (axis for type_ in types for axis in type_.axes if not isinstance(axis, int)):
                bindings.sizes.setdefault(axis.name, axis)
            return {"x": bindings.build(self.params.output, types[0].dtype, node)}
        return {"x": self._known_type(types)}

    def _known_type(self, types: list[TensorType]) -> TensorType:
        first = types[0]
        if self.layer_name == "Dense":
            return TensorType((*first.axes[:-1], self.arguments.get("units", 0)))
        if self.layer_name == "Concatenate":
            if any(isinstance(type_.axes[-1], Axis) for type_ in types):
                raise AxisMismatch(f"expected features on the last axis, received {', '.join(map(str, types))}")
            return TensorType((*first.axes[:-1], sum(type_.features for type_ in types)), first.dtype)
        if self.layer_name in _SAME_SHAPE:
            return first
        if self.layer_name in _MERGING:
            if any(type_.axes != first.axes for type_ in types):
                raise AxisMismatch(f"expected equal shapes, received {', '.join(map(str, types))}")
            return first
        raise AxisMismatch(
            f"the checker does not know the shape that {self.name} returns: write it, `with: {{output: hits 32}}`"
        )

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        if self.layer_name in _MERGING or self.layer_name == "Concatenate":
            return Weights()
        features = inputs["x"].axes[-1] if isinstance(inputs["x"], TensorType) else None
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
    many = layer in (*_MERGING, "Concatenate")
    fields = {
        "__doc__": f"The layer {layer} of keras.layers.",
        "name": name,
        "layer_name": layer,
        "kind": "normalisation" if layer in _NORMALISING else "layer",
        "inputs": (Port("x", "...", "what the layer takes", dtype="any", many=many),),
    }
    return type(f"Keras{layer}", (KerasBlock,), fields)
