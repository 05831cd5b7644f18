"""Declares the bundle: several tensors under names, as one node."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, InputTypes, Kind, Port


class Bundle(Block):
    """Hands on what it takes, under the names of its inputs: an included graph, or a group of tensors, as one node.

    Formula: `y_name = x_name`. Shapes and dtypes are those of the inputs.
    """

    name: ClassVar[str] = "bundle"
    kind: ClassVar[Kind] = "preprocessing"
    layer: ClassVar[str] = "registry.plugins.layers.bundle.layer:Bundle"
    inputs = (Port("tensors", "...", "tensors to hand on, by name", dtype="any", rest=True),)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        return dict(inputs.get("tensors", {}))


BLOCKS = (Bundle,)
