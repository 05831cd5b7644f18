"""Declares columns that are computed from others by expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Kind, Port, param
from registry.plugins.shared.expression_lists import Texts, complaints
from registry.plugins.shared.ports import COLUMNS


class Expressions(Block):
    """Columns computed from those of a tensor by expressions: features, or a space in which neighbours are searched.

    Formula: one column for each expression of the columns that `names` gives names to: numbers, `+ - * / // % **`,
    comparisons, `& | ~`, and functions by NumPy's names, as the loaders' `columns` have them (`hypot(x, y)`,
    `arcsinh(z / hypot(x, y))`, `where(z > 0, 1, -1)`). A quotient with 0 is 0; nothing is learnt, gradients pass.
    Shapes: [hits, features] to [hits, expressions].
    """

    name: ClassVar[str] = "expressions"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.expressions.layer:Expressions"
    examples = (
        {
            "names": ["x", "y", "z"],
            "columns": [
                "8 * x / hypot(x, y)",
                "arctan2(y, x)",
                "0.24 * arcsinh(z / hypot(x, y))",
                "where(z > 0, z, 0)",
            ],
        },
    )
    inputs = (COLUMNS,)
    outputs = (Port("x", "hits computed", "one column for each expression"),)

    class Params(BlockParams):
        """What columns are called, and what is computed."""

        names: Texts = param(..., "names of the input's columns, in their order")
        columns: Texts = param(..., "expressions of them, one for each column of the output")

    def check(self) -> Iterator[Complaint]:
        return complaints("columns", self.params.columns, self.params.names)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        names = self.params.names
        if inputs["x"].features != len(names):
            raise AxisMismatch(f"expected {len(names)} columns ({', '.join(names)}), received {inputs['x']}")
        bindings.sizes["computed"] = len(self.params.columns)
        return super().output_types(inputs, bindings, node)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a few per column."""
        return float(4 * len(self.params.columns))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return a few per column: quotients, roots, what functions are taken of."""
        return 3 * len(self.params.columns)


BLOCKS = (Expressions,)
