"""Declares the small layers: one line of arithmetic each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Kind, Port, Weights, param

HERE = "registry.plugins.layers.small_layers.elementwise"
COLUMNS = Port("x", "hits features", "the tensor to treat")
RESULT = Port("x", "hits features", "the result")


class Add(Block):
    """The sum of several tensors of one shape."""

    name: ClassVar[str] = "add"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:Add"
    inputs = (Port("x", "hits features", "the tensors to add", many=True),)
    outputs = (RESULT,)


class OnesLike(Block):
    """1 for every number. Source: blocks.md 3.6 (OnesLike)."""

    name: ClassVar[str] = "ones_like"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:OnesLike"
    inputs = (COLUMNS,)
    outputs = (RESULT,)


class ZerosLike(Block):
    """0 for every number. Source: blocks.md 3.6 (ZerosLike)."""

    name: ClassVar[str] = "zeros_like"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:ZerosLike"
    inputs = (COLUMNS,)
    outputs = (RESULT,)


class ElementScaling(Block):
    """Every column times a learned number. Weights: scales [1, features], ones. Source: blocks.md 3.6."""

    name: ClassVar[str] = "element_scaling"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:ElementScaling"
    inputs = (COLUMNS,)
    outputs = (RESULT,)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(inputs["x"].features)


class ScalarMultiply(Block):
    """Every number times a factor. Source: blocks.md 3.6."""

    name: ClassVar[str] = "scalar_multiply"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:ScalarMultiply"
    inputs = (COLUMNS,)
    outputs = (RESULT,)

    class Params(BlockParams):
        """The factor."""

        factor: float = param(..., "what to multiply by", schedulable=True)


class SquareRoot(Block):
    """`sqrt(x + 1e-6)`: a distance from its square, with a finite gradient at 0. Source: blocks.md 3.6 (Sqrt)."""

    name: ClassVar[str] = "square_root"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:SquareRoot"
    inputs = (COLUMNS,)
    outputs = (RESULT,)


class SelectFeatures(Block):
    """The columns `first` to `last`, without `last`. Source: blocks.md 3.6."""

    name: ClassVar[str] = "select_features"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:SelectFeatures"
    inputs = (COLUMNS,)
    outputs = (Port("x", "hits selected", "the chosen columns"),)

    class Params(BlockParams):
        """Which columns."""

        first: int = param(..., "first column, counted from 0", ge=0)
        last: int = param(..., "column after the last", ge=1)

    def check(self) -> Iterator[Complaint]:
        if self.params.last <= self.params.first:
            message = f"last {self.params.last} is not above first {self.params.first}: no column is left"
            yield Complaint(message, "last", "`last` is the column after the last one wanted")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        if self.params.last > inputs["x"].features:
            raise AxisMismatch(f"expected at least {self.params.last} columns, received {inputs['x']}")
        bindings.sizes["selected"] = self.params.last - self.params.first
        return super().output_types(inputs, bindings, node)


class Where(Block):
    """A fixed number in the rows where a condition holds, the input elsewhere. Source: blocks.md 3.6 (Where)."""

    name: ClassVar[str] = "where"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:Where"
    inputs = (Port("condition", "hits 1", "compared with 0"), COLUMNS)
    outputs = (RESULT,)

    class Params(BlockParams):
        """The number, and the comparison."""

        outputval: float = param(..., "what stands where the condition holds")
        condition: Literal[">0", ">=0", "<0", "<=0", "==0", "!=0"] = param(">0", "comparison of the condition with 0")


class CreateMask(Block):
    """1 where a number reaches a threshold, else 0; inverted, the other way round. Source: blocks.md 3.6."""

    name: ClassVar[str] = "create_mask"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:CreateMask"
    inputs = (COLUMNS,)
    outputs = (RESULT,)

    class Params(BlockParams):
        """The threshold."""

        threshold: float = param(..., "smallest number that gives 1")
        invert: bool = param(False, "swap 0 and 1")


class PrimeCoordinates(Block):
    """Projective coordinates of a position: direction and distance instead of x, y, z.

    Formula: `(x/(10 z), y/(10 z), sqrt(x^2 + y^2 + z^2 + 1e-2)/100)`, with `new_prime` x/z and y/z; 0 where z = 0
    (infinite in the original: Q-19). Source: blocks.md 3.6 (XYZtoXYZPrime).
    """

    name: ClassVar[str] = "prime_coordinates"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:PrimeCoordinates"
    inputs = (Port("coordinates", "hits 3", "position", unit="cm"),)
    outputs = (Port("coordinates", "hits 3", "projection, and distance in metres"),)

    class Params(BlockParams):
        """Scale of the projection."""

        new_prime: bool = param(False, "projections ten times as large")


class SpectatorWeight(Block):
    """How much a hit counts as a spectator of its shower: `1 - minimum` above the threshold, else 0.

    Inactive, the score passes as it is. Source: blocks.md 3.6 (CreateTruthSpectatorWeights), 4.1.
    """

    name: ClassVar[str] = "spectator_weight"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = f"{HERE}:SpectatorWeight"
    inputs = (Port("truth_spectator", "hits 1", "distance from the shower's axis in standard deviations"),)
    outputs = (Port("spectator_weight", "hits 1", "0: counts in full, 1: does not count"),)

    class Params(BlockParams):
        """Threshold and weight."""

        threshold: float = param(5.0, "score above which a hit is a spectator")
        minimum: float = param(0.1, "how much a spectator still counts", ge=0, le=1)
        active: bool = param(True, "false: hand on the score")


BLOCKS = (
    Add,
    OnesLike,
    ZerosLike,
    ElementScaling,
    ScalarMultiply,
    SquareRoot,
    SelectFeatures,
    Where,
    CreateMask,
    PrimeCoordinates,
    SpectatorWeight,
)
