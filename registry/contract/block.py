"""What a block is: its parameters, ports and shape rule (declared here without TensorFlow), and how it is built."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from registry.contract.axes import Bindings, TensorType

if TYPE_CHECKING:
    import keras

    from registry.contract.data import Source
    from registry.contract.monitor import Monitor

Kind = Literal["loader", "preprocessing", "layer", "normalisation", "loss", "monitor", "output"]


class BlockParams(BaseModel):
    """Base of every block's parameters: unknown names, wrong types, inf and nan are errors, values never change."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, protected_namespaces=(), allow_inf_nan=False)


def param(
    default: Any,
    description: str,
    *,
    schedulable: bool = False,
    path: bool = False,
    remark: bool = False,
    **bounds: Any,
) -> Any:
    """Declare a parameter: default (`...` for none), description with unit, pydantic bounds (`ge=0`, `lt=1`).

    `schedulable`: a training stage may change it (`set:`). `path`: a file name, relative to the file that states it.
    `remark`: a text for people, without effect on what is computed, and so in no fingerprint.
    """
    extra = {"schedulable": schedulable, "path": path, "remark": remark}
    return Field(default, description=description, json_schema_extra={k: v for k, v in extra.items() if v}, **bounds)


def has_mark(field: FieldInfo, mark: str) -> bool:
    """Say whether a parameter was declared with `mark` ("schedulable", "path" or "remark")."""
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get(mark))


@dataclass(frozen=True, slots=True)
class Port:
    """A named input or output of a block, with its symbolic shape (see `registry.contract.axes`) and dtype.

    `many`: takes a list of tensors. `rest`: takes every tensor of a bundle that no other port has taken, by name.
    `default`: the output a bare reference to the node means, where the node has several.
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


@dataclass(frozen=True, slots=True)
class Weights:
    """Number of trainable and of other values a block holds; `known` is false where only building the layer tells."""

    trainable: int = 0
    frozen: int = 0
    known: bool = True


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something wrong with a block's own parameters: the parameter's path ("file", "columns.truth"), and why.

    `in_name`: it is the name that is wrong, not the value.
    """

    message: str
    parameter: str = ""
    hint: str = ""
    in_name: bool = False


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
    """Where the Keras layer is, "package.module:Class"; its constructor takes the parameters by name."""
    positional: ClassVar[bool] = False
    """The layer is called with its inputs by position, not by port name."""

    class Params(BlockParams):
        """A block without parameters."""

    def __init__(self, params: BlockParams) -> None:
        self.params: Any = params

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        """Return the type of every output; `bindings` holds the axes that matching the inputs has bound.

        Raises AxisMismatch if the inputs do not fit together.
        """
        return {port.name: bindings.build(port.pattern, port.dtype, node) for port in self.outputs}

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
        outputs, a dict by port name."""
        return load(self.layer)(name=name, **self.layer_config())


class Loader(Block):
    """A block that brings events in; its outputs become the inputs of the compiled model."""

    kind: ClassVar[Kind] = "loader"

    def open(self, seed: int) -> Source:
        """Return the events this loader provides; raise DataError if they cannot be read."""
        raise NotImplementedError(f"loader {self.name!r} does not define open()")


class Loss(Block):
    """A sink that returns a dict of scalars, "loss" (what is minimised) and its terms, for the record."""

    kind: ClassVar[Kind] = "loss"
    terms: ClassVar[tuple[str, ...]] = ()
    """Names of the scalars beside "loss" in the layer's result."""


class MonitorBlock(Block):
    """A sink that looks at the values of its inputs outside the training step: plots, tables, physics metrics."""

    kind: ClassVar[Kind] = "monitor"

    def open(self, node: str) -> Monitor:
        """Return the monitor that observes a run, as node `node`."""
        raise NotImplementedError(f"monitor {self.name!r} does not define open()")


def load(target: str) -> Any:
    """Import "package.module:name" and return what it names."""
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def summary(block: type[Block]) -> str:
    """Return the first sentence of a block's docstring."""
    text = (block.__doc__ or "").strip()
    return text.splitlines()[0] if text else ""


def source_file(block: type[Block]) -> Path | None:
    """Return the file a block is defined in, if it is in one."""
    module = importlib.import_module(block.__module__)
    return Path(module.__file__) if module.__file__ else None
