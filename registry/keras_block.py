"""`use: keras.LayerName`: any layer of keras.layers as a block, checked without importing Keras."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from registry.axes import AxisMismatch, Bindings, TensorType
from registry.block import Block, BlockParams, InputTypes, Port, Weights, param
from registry.errors import did_you_mean

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
_KNOWN = ("Dense", "Concatenate", *_SAME_SHAPE, *_MERGING)


class KerasParams(BlockParams):
    """The layer's own arguments, and the shape of what it returns where the checker cannot know it."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, protected_namespaces=())

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

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        types: list[TensorType] = inputs["x"] if isinstance(inputs["x"], list) else [inputs["x"]]
        if self.params.output:
            for axis in (axis for type_ in types for axis in type_.axes if not isinstance(axis, int)):
                bindings.sizes.setdefault(axis.name, axis)
            return {"x": bindings.build(self.params.output, types[0].dtype, node)}
        return {"x": self._known_type(types)}

    def _known_type(self, types: list[TensorType]) -> TensorType:
        first = types[0]
        if self.layer_name == "Dense" and isinstance(self.arguments.get("units"), int):
            return TensorType((*first.axes[:-1], self.arguments["units"]))
        if self.layer_name == "Concatenate":
            return TensorType((*first.axes[:-1], sum(type_.features for type_ in types)), first.dtype)
        if self.layer_name in _SAME_SHAPE:
            return first
        if self.layer_name in _MERGING:
            if any(type_.axes != first.axes for type_ in types):
                raise AxisMismatch(f"expected equal shapes, received {', '.join(map(str, types))}")
            return first
        near = did_you_mean(self.layer_name, _KNOWN)
        raise AxisMismatch(
            f"the checker does not know the shape that {self.name} returns: write it, `with: {{output: hits 32}}`"
            + (f" ({near})" if near else "")
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

        layer = getattr(keras.layers, self.layer_name, None)
        if layer is None:
            near = did_you_mean(self.layer_name, dir(keras.layers))
            raise ValueError(f"keras.layers has no {self.layer_name!r}; {near or 'see the Keras documentation'}")
        made: keras.layers.Layer = layer(name=name, **self.arguments)
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
