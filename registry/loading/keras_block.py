"""`use: keras.LayerName`: any layer of keras.layers as a block, checked without importing Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from registry.contract.axes import AxisMismatch, Bindings, TensorType, parse_pattern
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Port, Weights, param
from registry.contract.failures import received
from registry.contract.keras_names import dtypes
from registry.contract.spelling import did_you_mean, nearest_word
from registry.loading.keras_families import GOING_ON, LISTS, MERGING, MULTIPLYING, NORMALISING, SAME_SHAPE, unusable
from registry.loading.keras_layer import Refusal, keras_layer
from registry.loading.keras_operations import UNKNOWN
from registry.loading.keras_output import by_rule, by_source, compute_dtype
from registry.loading.keras_source import KERAS_PREFIX, layer_arguments
from registry.loading.keras_types import wrong_type

if TYPE_CHECKING:
    import keras

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
        if reason := unusable(self.layer_name, self.arguments):
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
        dtype = compute_dtype(values)
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
        found = by_rule(self.layer_name, self.arguments, types)
        found = found or by_source(self.layer_name, self.arguments, inputs, types)
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

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        if self.layer_name in MERGING or self.layer_name == "Concatenate":
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
        return Weights(known=self.layer_name in SAME_SHAPE and self.layer_name not in (*NORMALISING, "PReLU"))

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
    many = layer in (*MERGING, *LISTS)
    fields = {
        "__doc__": f"The layer {layer} of keras.layers.",
        "name": name,
        "layer_name": layer,
        "kind": "normalisation" if layer in NORMALISING else "layer",
        "positional": len(taken) == 1,
        "mixed": layer in MULTIPLYING or ("as taken" if layer in GOING_ON else False),
        "inputs": tuple(
            Port(port, "...", "what the layer takes", dtype="any", many=many, optional=not required)
            for port, required in taken
        ),
    }
    return type(f"Keras{layer}", (KerasBlock,), fields)
