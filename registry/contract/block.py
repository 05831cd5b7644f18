"""What a block is (declared without TensorFlow), and how it is built; what a plugin needs to write one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from registry.contract.axes import Bindings, TensorType
from registry.contract.parameters import BlockParams, has_mark, param
from registry.contract.places import load
from registry.contract.ports import Complaint, Port, Weights

if TYPE_CHECKING:
    import keras

__all__ = [
    "NO_NODES",
    "Block",
    "BlockParams",
    "Complaint",
    "InputTypes",
    "Kind",
    "Port",
    "Weights",
    "has_mark",
    "layer_owner",
    "load",
    "load_layer",
    "param",
    "source_file",
    "summary",
]

Kind = Literal[
    "loader",
    "preprocessing",
    "layer",
    "normalisation",
    "loss",
    "monitor",
    "output",
    "clusterer",
    "matcher",
    "schedule",
    "transform",
    "augmentation",
    "exporter",
]


NO_NODES: Mapping[Kind, str] = {
    "clusterer": "it works on what a network has predicted",
    "matcher": "it works on what a network has predicted",
    "schedule": "a stage of the section `Training` names it",
    "augmentation": "a loader names it, under `augmentation`",
    "exporter": "`python -m registry.export --format` names it",
}
"""Kinds of blocks that are no nodes of a graph, and why."""

Mixed = bool | Literal["as taken"]

Examples = tuple[Mapping[str, Any], ...]

InputTypes = Mapping[str, Any]
"""Types of the inputs in use by port: a TensorType, a list of them (`many`), or a dict of them (`rest`)."""


class Block:
    """Base of all blocks; subclasses state `name`, `kind`, `Params`, `inputs`, `outputs` and a docstring.

    The docstring says what the block does, its formula, the shapes and units, and its source.
    """

    name: ClassVar[str]
    kind: ClassVar[Kind]
    version: ClassVar[int] = 1
    """Raised when a change alters results: runs with different versions are not comparable."""
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    layer: ClassVar[str] = ""
    """Where the Keras layer is, "package.module:Class", as an import in the block's file finds it; ":NAME" is in it.

    The name may be that of a function without arguments, which returns the class: so a layer stands in the file of its
    block, and Keras is imported when the layer is built. Its constructor takes the parameters by name.
    """
    mixed: ClassVar[Mixed] = False
    """Its layer is sound in 16 bits: a stage may ask for that (`precision`). Not for coordinates, searches and sums.

    True: it makes values of 16 bits of any, as what multiplies does. "as taken": where all it takes has 16 bits
    already, as for what normalises or joins columns: coordinates among them are not rounded.
    """
    positional: ClassVar[bool] = False
    """The layer is called with its inputs by position, not by port name."""
    examples: ClassVar[Examples] = ({},)
    """Parameters that the laws of blocks are tried with (`registry.testing`)."""
    exempt: ClassVar[Mapping[str, str]] = {}
    """Laws that it does not keep, by their names, and why."""

    class Params(BlockParams):
        """A block without parameters."""

    def __init__(self, params: BlockParams) -> None:
        self.params: Any = params

    def plain_parameters(self, without: Iterable[str] = ()) -> dict[str, Any]:
        """Return the parameters as a graph writes them: under their names there, as numbers, texts, lists, mappings.

        `without`: names of fields that are left out.
        """
        plain: dict[str, Any] = self.params.model_dump(mode="json", by_alias=True, exclude=set(without))
        return plain

    def required_inputs(self) -> Iterable[tuple[str, ...]]:
        """Return the optional inputs that the parameters make necessary, in groups of which one is enough.

        A bundle fills them as it fills required ones: of each group the first that it offers.
        """
        return ()

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        """Return the type of every output; `bindings` holds the axes that matching the inputs has bound.

        Raises AxisMismatch if the inputs do not fit together.
        """
        return {port.name: bindings.build(port.pattern, port.dtype, node, port.unit) for port in self.outputs}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        """Return the number of weights the block will hold."""
        return Weights()

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return the multiply-adds per row of the first output's first axis (by default one per trainable value)."""
        return float(self.weights(inputs, outputs).trainable)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return how many values per row (as for `multiply_adds`) are kept beside the outputs for the backward pass.

        By default those of the inner layers of a stack that is declared as a list of widths; the last layer's values
        are the output.
        """
        stacks = [value for value in self.params.model_dump().values() if isinstance(value, list) and value]
        return sum(sum(stack[:-1]) for stack in stacks if all(type(width) is int for width in stack))

    def check(self) -> Iterator[Complaint]:
        """Yield what is wrong with the parameters beyond their types and bounds; nothing heavy may be imported."""
        return iter(())

    def layer_config(self) -> dict[str, Any]:
        """Return the keyword arguments of the Keras layer: the parameters, unless a block says otherwise."""
        return {name: getattr(self.params, name) for name in type(self.params).model_fields}

    def build(self, name: str) -> keras.layers.Layer:
        """Make the Keras layer; it is called with the inputs in use by port name, and returns a tensor or, with several
        outputs, a dict by port name.

        Raises TypeError if the layer says that it belongs to another block.
        """
        kind = load_layer(type(self))
        owner = getattr(kind, "block", None)
        if owner is not None and owner.name != self.name:
            raise TypeError(f"{self.layer} is the layer of block {owner.name!r} (its `block`), not of {self.name!r}")
        made: keras.layers.Layer = kind(name=name, **self.layer_config())
        return made


def layer_owner(block: type[Block]) -> type:
    """Return the class that states the `layer` of a block: the block, or the one that it inherits it from."""
    return next(kind for kind in block.__mro__ if "layer" in vars(kind))


def load_layer(block: type[Block]) -> Any:
    """Import and return the Keras layer of a block; raises TypeError for a function that returns no class."""
    owner = layer_owner(block)
    found = load(block.layer, owner)
    return made_by(found, owner) if isinstance(found, FunctionType) else found


@cache
def made_by(function: FunctionType, owner: type) -> Any:
    """Return the class that a function makes, which becomes known in the module of its block."""
    kind = function()
    if not isinstance(kind, type):
        raise TypeError(f"{function.__name__}() returned {kind!r}, expected the class of a Keras layer")
    vars(sys.modules[owner.__module__]).setdefault(kind.__name__, kind)
    return kind


def summary(block: type[Block]) -> str:
    """Return the first sentence of a block's docstring."""
    text = (block.__doc__ or "").strip()
    return text.splitlines()[0] if text else ""


def source_file(block: type[Block]) -> Path | None:
    """Return the file a block is defined in, if it is in one."""
    file = getattr(sys.modules.get(block.__module__), "__file__", None)
    return Path(file) if file else None
