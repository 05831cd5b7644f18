"""Declares the exchange of hits with their whole event."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, param
from registry.plugins.shared.ports import ROW_SPLITS


class RaggedGlobalExchange(Block):
    """Mean, minimum and maximum of each column over the event, in front of the hit's own features.

    Formula: `[mean | min | max | x]`, or `[mean | max | x]` with `skip_min`; without max with `skip_max`.
    Source: HGCalML, modules/LayersRagged.py, RaggedGlobalExchange; with the mean alone: caloGraphNN (arXiv:1902.07987).
    """

    name: ClassVar[str] = "ragged_global_exchange"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.ragged_global_exchange.layer:RaggedGlobalExchange"
    examples = ({"skip_min": False},)
    inputs = (Port("x", "hits features", "the tensor to treat"), ROW_SPLITS)
    outputs = (Port("x", "hits exchanged", "what the event is like, then the hit's own features"),)

    class Params(BlockParams):
        """Whether the minimum and the maximum are wanted."""

        skip_min: bool = param(True, "leave out the minimum")
        skip_max: bool = param(False, "leave out the maximum")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        parts = 4 - int(self.params.skip_min) - int(self.params.skip_max)
        return {"x": TensorType((inputs["x"].axes[0], parts * inputs["x"].features))}


BLOCKS = (RaggedGlobalExchange,)
