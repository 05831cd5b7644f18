"""What a transform is: columns made of columns, before the network, with values that the training events fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, Complaint, InputTypes, Kind
from registry.contract.parameters import BlockParams, param
from registry.contract.ports import Port
from registry.contract.spelling import did_you_mean

if TYPE_CHECKING:
    import numpy as np

FEATURES, REST = "features", "rest"
"""The ports of every transform."""


class Fitting(Protocol):
    """What gathers from the training events, piece by piece, the values that a transform's layer holds."""

    def add(self, values: np.ndarray) -> None:
        """Take the chosen columns of some hits, float64 [hits, columns]; raise DataError for values without a place."""
        ...

    def found(self) -> Sequence[np.ndarray]:
        """Return the values, in the order of the layer's weights; raise DataError if they cannot be had."""
        ...


class TransformParams(BlockParams):
    """What every transform has: the columns that it changes."""

    columns: list[int | str] | None = param(
        None, "columns that are changed, by their names or by their places from 0; null: all of them", min_length=1
    )


class Transform(Block):
    """A block that changes columns between the loader and the network, and hands every other column on.

    What its layer holds is fixed before the first step of a training, by all hits of the training events as they are,
    and saved with the model. The layer derives from `registry.TransformLayer`.
    """

    kind: ClassVar[Kind] = "transform"
    inputs = (
        Port(FEATURES, "hits features", "columns of which some are changed"),
        Port(REST, "", "every other column, handed on", rest=True),
    )
    outputs = (Port(FEATURES, "hits changed", "the same columns, the chosen ones changed", default=True),)

    class Params(TransformParams):
        """The columns that are changed."""

    def __init__(self, params: BlockParams) -> None:
        super().__init__(params)
        self.places: list[int] | None = None
        """Places of the columns that are changed; None as long as the inputs are not known."""
        self.names: tuple[str, ...] = ()
        """What those columns are called in messages."""

    @property
    def width(self) -> int:
        """The number of columns that one column becomes."""
        return 1

    def fitting(self) -> Fitting | None:
        """Return what gathers the values of the layer from the training events; None if it holds none."""
        return None

    def check(self) -> Iterator[Complaint]:
        """Yield columns that are named twice."""
        columns = self.params.columns or []
        for index, name in enumerate(columns):
            if name in columns[:index]:
                yield Complaint(f"column {name!r} is named twice", f"columns.{index}", "remove one of the two")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        """Return the types of all columns; raises AxisMismatch for a column that is not there."""
        given: TensorType = inputs[FEATURES]
        self.places = self._places(given)
        called = given.columns or tuple(f"column {place}" for place in range(given.features))
        self.names = tuple(called[place] for place in self.places)
        bindings.sizes["changed"] = given.features + len(self.places) * (self.width - 1)
        types = {**inputs.get(REST, {}), **super().output_types(inputs, bindings, node)}
        made = types[FEATURES]
        types[FEATURES] = TensorType(made.axes, made.dtype, made.points_to, self._called(given))
        return types

    def _places(self, given: TensorType) -> list[int]:
        if self.params.columns is None:
            return list(range(given.features))
        found = []
        for column in self.params.columns:
            if isinstance(column, str):
                if column not in given.columns:
                    listing = f"columns: {', '.join(given.columns)}" if given.columns else "its columns have no names"
                    hint = did_you_mean(column, given.columns) or listing
                    raise AxisMismatch(f"there is no column {column!r} in {given}; {hint}", "columns")
                found.append(given.columns.index(column))
            elif not 0 <= column < given.features:
                raise AxisMismatch(f"there is no column {column} in {given}: they count from 0", "columns")
            else:
                found.append(column)
        if len(set(found)) < len(found):
            raise AxisMismatch(f"a column is named twice, by name and by place: {self.params.columns}", "columns")
        return found

    def _called(self, given: TensorType) -> tuple[str, ...]:
        """Return the names of the columns that come out."""
        if not given.columns or self.width == 1:
            return given.columns
        chosen = set(self.places or ())
        names: list[str] = []
        for place, name in enumerate(given.columns):
            names += [f"{name}[{part}]" for part in range(self.width)] if place in chosen else [name]
        return tuple(names)

    def layer_config(self) -> dict[str, Any]:
        """Return the parameters, columns by their places."""
        return {**super().layer_config(), "columns": self.params.columns if self.places is None else self.places}
