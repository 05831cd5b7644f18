"""Parameters that every block with a trainable kernel shares (section `DenseOptions` of a configuration)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

Regulariser = Literal["l1", "l2", "none"]


def lower_case(value: Any) -> Any:
    """Accept `L2` for `l2`, as the HGCalML trainer did."""
    return value.lower() if isinstance(value, str) else value


RegulariserName = Annotated[Regulariser, BeforeValidator(lower_case)]


def widths(value: Any) -> Any:
    """Accept the HGCalML form of a list of widths, `[{n: 64}, {n: 64}]`, for `[64, 64]`."""
    if not isinstance(value, list):
        return value
    return [item["n"] if isinstance(item, dict) and set(item) == {"n"} else item for item in value]


Widths = Annotated[list[Annotated[int, Field(gt=0)]], BeforeValidator(widths)]
