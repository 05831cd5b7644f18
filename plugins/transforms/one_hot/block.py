"""Declares the transform of categories to columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import Complaint, InputTypes, Weights, param
from registry.contract.transform import Fitting, Transform, TransformParams


class OneHot(Transform):
    """Each column of whole numbers becomes columns, one for every category: 1 where a hit is of it, 0 elsewhere.

    The categories are `values`, or the distinct values of the training events in rising order, of which there may be
    `categories`; with fewer, the last columns stay 0. A hit of no known category has 0 in all of them.
    Weights: the categories, [categories, columns].
    Shapes: [hits, features] to [hits, features + columns (categories - 1)].
    Errors: a training event with a value that is no whole number, and more categories than there are columns for.
    """

    name: ClassVar[str] = "one_hot"
    layer: ClassVar[str] = "registry.plugins.transforms.one_hot.layer:OneHot"
    examples = ({"columns": [0], "categories": 4},)

    class Params(TransformParams):
        """The columns that are changed, and their categories."""

        columns: list[int | str] | None = param(
            ..., "columns that are changed, by their names or by their places from 0; null: all of them", min_length=1
        )
        categories: int | None = param(None, "number of columns that each becomes; null: as many as `values`", ge=1)
        values: list[int] | None = param(
            None, "the categories, in order; null: the distinct values of the training events", min_length=1
        )

    @property
    def width(self) -> int:
        return int(self.params.categories or len(self.params.values or ()))

    def check(self) -> Iterator[Complaint]:
        yield from super().check()
        values, categories = self.params.values, self.params.categories
        if values is None and categories is None:
            yield Complaint("nothing says how many columns there will be", "", "set `categories`, or `values`")
        if values is not None and categories is not None and len(values) != categories:
            message = f"'categories' is {categories}, and {len(values)} 'values' are listed"
            yield Complaint(message, "categories", "leave it out")
        if values is not None and len(set(values)) < len(values):
            yield Complaint("a category is listed twice", "values", "remove one of the two")

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(0, self.width * len(self.places or ()))

    def fitting(self) -> Fitting:
        from registry.plugins.transforms.one_hot.fitting import Categories

        return Categories(self.names, self.width, self.params.values)


BLOCKS = (OneHot,)
