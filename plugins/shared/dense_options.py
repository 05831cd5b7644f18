"""Parameters that every block with a trainable kernel shares (section `DenseOptions` of a configuration)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, with_config
from typing_extensions import TypedDict


def dense_weights(sizes: Sequence[int]) -> int:
    """Return the number of weights of dense layers with bias, from the widths of the input and of every layer."""
    return sum((before + 1) * after for before, after in pairwise(sizes))


Regulariser = Literal["l1", "l2", "none"]


def lower_case(value: Any) -> Any:
    """Accept `L2` for `l2`, as the HGCalML trainer did."""
    return value.lower() if isinstance(value, str) else value


RegulariserInput = Literal["l1", "l2", "none", "L1", "L2", "None", "NONE"]
"""What editors offer: `lower_case` makes one of `Regulariser` of each."""

RegulariserName = Annotated[Regulariser, BeforeValidator(lower_case, json_schema_input_type=RegulariserInput)]


def widths(value: Any) -> Any:
    """Accept the HGCalML form of a list of widths, `[{n: 64}, {n: 64}]`, for `[64, 64]`."""
    if not isinstance(value, list):
        return value
    return [item["n"] if isinstance(item, dict) and set(item) == {"n"} else item for item in value]


Width = Annotated[int, Field(gt=0)]


@with_config(ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1}))
class WidthEntry(TypedDict):
    """A width as HGCalML writes it."""

    n: Width


Some = Field(min_length=1)
WidthsInput = Annotated[list[Width], Some] | Annotated[list[Width | WidthEntry], Some]
"""The second holds the first: both are there because the first is what pages and editors should name first."""

Widths = Annotated[list[Width], Some, BeforeValidator(widths, json_schema_input_type=WidthsInput)]
"""At least one width. The bound stands in both: a schema of what is read knows nothing of what is made of it."""
