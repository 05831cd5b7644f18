"""Asks the block of a node what it makes of its inputs, and holds its answers to what the engine expects of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Weights
from registry.contract.errors import Problem
from registry.contract.failures import PluginFault, call, function_place, received, wrong_result
from registry.contract.loss import Loss
from registry.contract.records import record

Result = TypeVar("Result")

_TYPES = "a dict of registry.contract.axes.TensorType by the name of the output"


@record
class Asked:
    """A block, called only through what an author's mistake cannot harm; every method raises PluginFault for one.

    `provider`: the plugin that the block comes from.
    """

    block: Block
    provider: str

    @property
    def subject(self) -> str:
        """What messages call the block."""
        return f"block {self.block.name!r} of the plugin {self.provider!r}"

    def complaints(self) -> list[Complaint]:
        """Return what `check` says of the parameters."""
        expected = "registry.Complaint(message, parameter) for each thing that is wrong: `yield Complaint(...)`"
        found = self._call("check()", self.block.check, lambda: _listed(self.block.check()), expected)
        if not isinstance(found, list):
            raise self._wrong(self.block.check, "check()", found, f"{expected}; nothing for right parameters")
        for item in found:
            if not isinstance(item, Complaint):
                raise self._wrong(self.block.check, "check()", item, expected)
        return found

    def required_inputs(self) -> list[tuple[str, ...]]:
        """Return the optional inputs that the parameters make necessary, in groups of which one is enough."""
        what, ask = "required_inputs()", self.block.required_inputs
        expected = "tuples of names of inputs, of which one is enough: `[('energy', 'truth_energy')]`"
        found = self._call(what, ask, lambda: _listed(ask()), expected)
        names = {port.name for port in self.block.inputs}
        if not isinstance(found, list) or not all(isinstance(group, tuple) and names >= set(group) for group in found):
            raise self._wrong(ask, what, found, expected)
        return found

    def idle_inputs(self) -> set[str]:
        """Return the inputs that do not move the loss, of a block that is one."""
        if not isinstance(self.block, Loss):
            return set()
        what, ask = "idle_inputs()", self.block.idle_inputs
        expected = "names of inputs: `['energy']`"
        found = self._call(what, ask, lambda: _listed(ask()), expected)
        names = {port.name for port in self.block.inputs}
        if not isinstance(found, list) or not all(isinstance(name, str) and name in names for name in found):
            raise self._wrong(ask, what, found, expected)
        return set(found)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        """Return the types of the outputs; raise AxisMismatch if the block says that its inputs do not fit."""
        what, ask = "output_types()", self.block.output_types
        types = self._call(what, ask, lambda: ask(inputs, bindings, node), _TYPES, (AxisMismatch,))
        if not isinstance(types, dict):
            raise self._wrong(ask, what, types, _TYPES)
        for name, type_ in types.items():
            if not isinstance(name, str) or not isinstance(type_, TensorType):
                raise self._wrong(ask, what, types, _TYPES)
            for axis in type_.axes if isinstance(type_.axes, tuple) else (None,):
                if not isinstance(axis, Axis) and (type(axis) is not int or axis < 0):
                    expected = "axes as a tuple of registry.contract.axes.Axis and whole numbers"
                    raise self._wrong(ask, f"{what} for {name!r}", type_.axes, expected)
        return types

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        """Return the number of weights."""
        what, expected = "weights()", "registry.Weights(trainable, frozen), two whole numbers, 0 or more"
        found = self._call(what, self.block.weights, lambda: self.block.weights(inputs, outputs), expected)
        numbers = (found.trainable, found.frozen) if isinstance(found, Weights) else (-1,)
        if any(type(number) is not int or number < 0 for number in numbers):
            raise self._wrong(self.block.weights, what, found, expected)
        return found

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return the multiply-adds per row."""
        ask = self.block.multiply_adds
        return float(self._number("multiply_adds()", ask, lambda: ask(inputs, outputs)))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the values per row that are kept beside the outputs."""
        ask = self.block.inner_values
        return int(self._number("inner_values()", ask, lambda: ask(inputs, outputs)))

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        ask, expected = self.block.plain_parameters, "parameters that are numbers, texts, ..."
        return self._call("plain_parameters()", ask, ask, expected)

    def _number(self, what: str, function: Any, ask: Callable[[], float]) -> float:
        expected = "a finite number, 0 or more"
        found = self._call(what, function, ask, expected)
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < math.inf:
            raise self._wrong(function, what, found, expected)
        return found

    def _call(
        self,
        what: str,
        method: Any,
        ask: Callable[[], Result],
        expected: str,
        allowed: tuple[type[Exception], ...] = (),
    ) -> Result:
        return _placed(method, lambda: call(self.subject, what, ask, expected, allowed))

    def _wrong(self, function: Any, what: str, result: object, expected: str) -> PluginFault:
        return wrong_result(self.subject, function, what, result, expected)


def made(kind: type[Block], params: BlockParams, provider: str) -> Asked:
    """Return the block of a kind with its parameters."""
    subject = f"block {kind.name!r} of the plugin {provider!r}"
    expected = "no exception: what is wrong is for check() to say"
    block = _placed(kind.__init__, lambda: call(subject, "__init__()", lambda: kind(params), expected))
    if not isinstance(getattr(block, "params", None), BlockParams):
        message = f"{subject}: after __init__(), its `params` are {received(getattr(block, 'params', None))}"
        raise PluginFault(Problem(message, function_place(kind.__init__), hint="call super().__init__(params)"))
    return Asked(block, provider)


def _placed(method: Any, ask: Callable[[], Result]) -> Result:
    """Return what `ask` returns; a fault that has no line of the author's, as of arguments, is at the method's."""
    try:
        return ask()
    except PluginFault as fault:
        if fault.problem.origin:
            raise
        raise PluginFault(replace(fault.problem, origin=function_place(method))) from fault


def _listed(found: Any) -> Any:
    return list(found) if isinstance(found, Iterable) and not isinstance(found, str | bytes | Mapping) else found
