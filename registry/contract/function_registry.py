"""Blocks that functions are, and which of them are known: every start asks for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from registry.contract.axes import TensorType
from registry.contract.block import Block, InputTypes, Weights
from registry.contract.errors import Origin, Problem
from registry.contract.failures import PluginFault, class_place, function_place
from registry.contract.function_costs import Rule, counted

if TYPE_CHECKING:
    import keras

SESSION = "__main__"
"""The module of what is defined in a notebook, or in the script that runs."""


class FunctionBlock(Block):
    """A block that a function is."""

    layer: ClassVar[str] = "registry.contract.function_layer:FunctionLayer"
    function: ClassVar[Callable[..., Any]]
    rules: ClassVar[Mapping[str, Rule]] = {}
    """What its author says it costs: "weights", "multiply_adds", "inner_values"."""

    def layer_config(self) -> dict[str, Any]:
        """Return the function's name and its parameters."""
        return {"function": self.name, "module": type(self).__module__, "parameters": self.params.model_dump()}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        """Return what its author says; else that only calling the function tells, when the graph is compiled."""
        if "weights" not in self.rules:
            return Weights(known=False)
        found = counted(self, "weights", self.rules["weights"], inputs)
        return found if isinstance(found, Weights) else Weights(found)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return what its author says; else one for each trainable value that is known."""
        if "multiply_adds" not in self.rules:
            return super().multiply_adds(inputs, outputs)
        return cast("float", counted(self, "multiply_adds", self.rules["multiply_adds"], inputs))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what its author says; else the widths of a stack that is declared as a list."""
        if "inner_values" not in self.rules:
            return super().inner_values(inputs, outputs)
        return cast("int", counted(self, "inner_values", self.rules["inner_values"], inputs))

    def build(self, name: str) -> keras.layers.Layer:
        """Make the Keras layer; raises PluginFault for a function that was defined anew since."""
        if FUNCTIONS.of(self.name, type(self).__module__) is not type(self):
            message = f"block {self.name!r}: its function was defined anew since the graph was loaded"
            place = function_place(type(self).function)
            raise PluginFault(Problem(message, place, hint="load the graph again: registry.load(...)"))
        return super().build(name)


def block_place(block: type[Block], name: str = "") -> Origin | None:
    """Return where a block is declared: its function, or where its class states `name`; without, where it begins."""
    return function_place(block.function) if issubclass(block, FunctionBlock) else class_place(block, name)


class Functions:
    """The blocks that were made of functions, the last of each name and module: saved layers find theirs here."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], type[FunctionBlock]] = {}
        self._meant: ContextVar[Mapping[str, type[FunctionBlock]]] = ContextVar("meant", default=MappingProxyType({}))

    def add(self, block: type[FunctionBlock]) -> None:
        """Make a block known, in the place of an earlier one of its name and module."""
        self._known.pop((block.name, block.__module__), None)
        self._known[block.name, block.__module__] = block

    def of(self, name: str, module: str) -> type[FunctionBlock] | None:
        """Return the block of a name in a module, or else the one of the name that became known last."""
        if name in self._meant.get():
            return self._meant.get()[name]
        named = [block for block in self._known.values() if block.name == name]
        return self._known.get((name, module)) or (named[-1] if named else None)

    def defined_in(self, module: str) -> list[type[FunctionBlock]]:
        """Return the blocks of a module."""
        return [block for (_, own), block in self._known.items() if own == module]

    @contextmanager
    def meant(self, blocks: Mapping[str, type[Block]]) -> Iterator[None]:
        """Let names stand for these blocks while a model is loaded."""
        token = self._meant.set({name: item for name, item in blocks.items() if issubclass(item, FunctionBlock)})
        try:
            yield
        finally:
            self._meant.reset(token)


FUNCTIONS = Functions()
