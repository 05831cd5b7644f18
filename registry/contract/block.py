"""What a block is (declared without TensorFlow), and how it is built; what a plugin needs to write one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from registry.contract.axes import Bindings, TensorType
from registry.contract.parameters import BlockParams, has_mark, param
from registry.contract.places import load
from registry.contract.ports import Complaint, Port, Weights

if TYPE_CHECKING:
    import keras

    from registry.contract.data import Preview, Source
    from registry.contract.monitor import Monitor
    from registry.contract.stored import Stored

__all__ = [
    "NO_NODES",
    "Block",
    "BlockParams",
    "Complaint",
    "InputTypes",
    "Kind",
    "Loader",
    "Loss",
    "MonitorBlock",
    "MonitorParams",
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
    """Where the Keras layer is, "package.module:Class", as an import in the block's file finds it.

    Its constructor takes the parameters by name.
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
        outputs, a dict by port name.

        Raises TypeError if the layer says that it belongs to another block.
        """
        kind = load_layer(type(self))
        owner = getattr(kind, "block", None)
        if owner is not None and owner.name != self.name:
            raise TypeError(f"{self.layer} is the layer of block {owner.name!r} (its `block`), not of {self.name!r}")
        made: keras.layers.Layer = kind(name=name, **self.layer_config())
        return made


class Loader(Block):
    """A block that brings events in; its outputs become the inputs of the compiled model."""

    kind: ClassVar[Kind] = "loader"
    augmentations: Sequence[Block] = ()
    """The blocks that the parameter `augmentation` names, if the loader has one: a list of AugmentationUse."""

    def open(self, seed: int) -> Source:
        """Return the events this loader provides; raise DataError if they cannot be read."""
        raise NotImplementedError(f"loader {self.name!r} does not define open()")

    def reading(self, data: str, truth: bool = False) -> Loader:
        """Return the loader of other data of the same kind, all events of which are used, as a model is applied to.

        `data`: what takes the place of the parameter that names a file; `truth`: the data are to have the truth that
        this loader provides, too; without it none is asked for. Raises DataError for a loader that reads no file.
        """
        from registry.contract.data import DataError

        fields = type(self.params).model_fields.items()
        named = [name for name, field in fields if has_mark(field, "path") and not has_mark(field, "remark")]
        if len(named) != 1:
            what = "reads no file" if not named else f"reads several files, {', '.join(named)}"
            hint = "a loader that can read other data defines `reading(data, truth)`"
            raise DataError(f"loader {self.name!r} {what}: {data!r} cannot take its place", hint=hint)
        return type(self)(self.params.model_copy(update={named[0]: data}))

    @classmethod
    def describing(cls, files: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the loader's parameters for files of which nothing more than `given`, some parameters, is known.

        Raises DataError if files do not describe themselves.
        """
        from registry.contract.data import DataError

        hint = "name a graph, or options with a section `Data`"
        raise DataError(f"files of the loader {cls.name!r} do not say what is in them", hint=hint)

    def stored(self, columns: Sequence[str] = ()) -> Stored | None:
        """Return the events as the files have them, before any filter, to be written in another format.

        `columns`: those that are read, none for all. None for a loader whose outputs alone are known. Raises DataError
        for files that cannot be read.
        """
        return None

    def lenient(self) -> Loader | None:
        """Return the loader of the same data that leaves out, and notes, what cannot be used; None without one."""
        return None

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write a few events, other ones for another `content`, into a folder, and return the parameters to read them.

        The laws of loaders are tried with them. A loader that reads no file needs none.
        """
        return {}

    def preview(self, seed: int, batch_size: int | None) -> Preview | None:
        """Return the events, or the first few, as far as they are read in a tenth of a second: `check` looks at them.

        `batch_size`: hits of the smallest batch, None without training; a loader whose events are smaller need not make
        any. None, unless a loader says otherwise: then events are looked at by `check --data` and before training.
        """
        return None


class Loss(Block):
    """A sink that returns a dict of scalars, "loss" (what is minimised) and its terms, for the record."""

    kind: ClassVar[Kind] = "loss"
    terms: ClassVar[tuple[str, ...]] = ()
    """Names of the scalars beside "loss" in the layer's result."""
    event_offset: ClassVar[float] = 0.0
    """Added to the number of events by which the loss divides its sum over events: so several batches make one mean."""
    mean_over: ClassVar[Literal["events", "hits"]] = "events"
    """What the loss is a mean over, for the same purpose."""

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return inputs for which the loss is 0, to take the place of some of these; None for a loss that has none.

        `columns`: arrays by port, with row splits.
        """
        return None


class MonitorParams(BlockParams):
    """How often a monitor looks."""

    every: int = param(1, "of its looks during the training one in so many is taken; the first and last always", ge=1)


class MonitorBlock(Block):
    """A sink that looks at the values of its inputs outside the training step: plots, tables, physics metrics.

    Its parameters may inherit from `MonitorParams`: then the engine sees to `every`.
    """

    kind: ClassVar[Kind] = "monitor"

    def open(self, node: str) -> Monitor:
        """Return the monitor that observes a run, as node `node`."""
        raise NotImplementedError(f"monitor {self.name!r} does not define open()")


def layer_owner(block: type[Block]) -> type:
    """Return the class that states the `layer` of a block: the block, or the one that it inherits it from."""
    return next(kind for kind in block.__mro__ if "layer" in vars(kind))


def load_layer(block: type[Block]) -> Any:
    """Import and return the Keras layer of a block."""
    return load(block.layer, layer_owner(block))


def summary(block: type[Block]) -> str:
    """Return the first sentence of a block's docstring."""
    text = (block.__doc__ or "").strip()
    return text.splitlines()[0] if text else ""


def source_file(block: type[Block]) -> Path | None:
    """Return the file a block is defined in, if it is in one."""
    file = getattr(sys.modules.get(block.__module__), "__file__", None)
    return Path(file) if file else None
