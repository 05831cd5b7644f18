"""What a block says of itself: its inputs and outputs, its number of weights, and what is wrong with its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from registry.contract.records import record

TRUTH_PREFIX = "truth_"
"""An output of a loader, or a column of a file, of such a name is truth, whether it is declared so or not."""


def is_energy(columns: Sequence[str]) -> bool:
    """Say whether the first of some columns may be an energy, by its name; no name says nothing against it."""
    return not columns or "energy" in columns[0].lower() or columns[0].lower() in ("e", "edep", "signal")


@record
class Port:
    """A named input or output of a block, with its symbolic shape (see `registry.contract.axes`) and dtype.

    `many`: takes a list of tensors. `rest`: takes every tensor of a bundle that no other port has taken, by name.
    `default`: the output a bare reference to the node means, where the node has several. `truth`: an output that is
    known for simulated events only; it, and whatever is computed from it, cannot be predicted. `filled`: a bundle fills
    it where it can, although it is optional. `bounds`: the least and
    the largest value that there is, None for any. `of`: whose value it is, the same for all hits of an object, or of an
    event. The laws of blocks (`registry.testing`) are tried with such values.
    """

    name: str
    pattern: str = ""
    description: str = ""
    dtype: str = "float32"
    unit: str = ""
    optional: bool = False
    many: bool = False
    rest: bool = False
    default: bool = False
    truth: bool = False
    filled: bool = False
    bounds: tuple[float | None, float | None] | None = None
    of: Literal["hit", "object", "event"] = "hit"


@record
class Weights:
    """Number of trainable and of other values a block holds; `known` is false where only building the layer tells."""

    trainable: int = 0
    frozen: int = 0
    known: bool = True


@record
class Complaint:
    """Something wrong with a block's own parameters: the parameter's path ("file", "columns.truth"), and why.

    `in_name`: it is the name that is wrong, not the value.
    """

    message: str
    parameter: str = ""
    hint: str = ""
    in_name: bool = False
