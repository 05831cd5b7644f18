"""A function of Keras tensors as a block: ports are its tensors, parameters its other arguments.

The function is called when the layer is built, and never by a check: it imports Keras in its body.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from registry.contract.axes import TensorType
from registry.contract.block import BlockParams, Examples, InputTypes, Kind, Mixed, Weights
from registry.contract.errors import InputError, Problem
from registry.contract.function_costs import Rule, require_rules
from registry.contract.function_registry import FUNCTIONS, FunctionBlock
from registry.contract.function_signature import NotABlock, Ports, params_of, ports_of, require_own_values
from registry.contract.loss import Loss
from registry.contract.transform import Transform, TransformParams

KINDS: tuple[Kind, ...] = ("layer", "normalisation", "preprocessing", "loss", "transform")
"""Kinds of blocks that a function can be."""

NO_MEMORY = {"memory": "its author does not say what it keeps for the backward pass: `inner_values`"}


class FunctionLoss(FunctionBlock, Loss):
    """A loss that a function is: it returns the scalar, or a dict of "loss" and its terms."""

    layer: ClassVar[str] = "registry.contract.function_layer:FunctionLossLayer"

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        """Return none: a loss has no weights."""
        return Weights()


class FunctionTransform(FunctionBlock, Transform):
    """A transform that a function is: it takes the chosen columns [hits, columns] and returns as many."""

    layer: ClassVar[str] = "registry.contract.function_layer:FunctionTransformLayer"

    def layer_config(self) -> dict[str, Any]:
        """Return the function's name, its parameters, and the columns by their places."""
        config = super().layer_config()
        stated = config["parameters"].pop("columns")
        return {**config, "columns": stated if self.places is None else self.places}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        """Return none: nothing is fitted."""
        return Weights()


def function_of(layer: str, name: str, module: str, version: int | None = None) -> type[FunctionBlock]:
    """Return the block of a layer; raises InputError without its function, or if a saved one is of another version."""
    known = FUNCTIONS.of(name, module)
    if known is None:
        message = f"layer {layer!r} is the function {name!r}, which belongs to no plugin that is loaded"
        raise InputError([Problem(message, hint="name its plugin: plugins=[...], or --plugin FILE_OR_MODULE")])
    if version not in (None, known.version):
        message = f"layer {layer!r} was saved by version {version} of the block {name!r}"
        raise InputError([Problem(f"{message}; expected version {known.version}, which computes something else")])
    return known


def block(
    name: str = "",
    *,
    inputs: Ports | None = None,
    outputs: Ports | None = None,
    kind: Kind = "layer",
    terms: tuple[str, ...] = (),
    mean_over: Literal["events", "hits"] = "events",
    version: int = 1,
    mixed: Mixed = False,
    examples: Examples = ({},),
    exempt: Mapping[str, str] = MappingProxyType({}),
    weights: Rule | None = None,
    multiply_adds: Rule | None = None,
    inner_values: Rule | None = None,
) -> Callable[[Callable[..., Any]], type[FunctionBlock]]:
    """Make a function of Keras tensors a block of the name given, or of its own.

    `inputs`, `outputs`: patterns of ports by name ("hits features", "hits {units}"), or Ports. Each input is an
    argument of the function; every other argument is a parameter, `units: Annotated[int, "what it is"] = 8`, or one
    with `param(...)` as its default. It returns a tensor, or a dict of them by output. The layers that it makes are
    trained and saved.
    `kind` "loss": it returns a scalar, or a dict of "loss" and the `terms`; it has no outputs, and makes no layers.
    `kind` "transform": it takes the chosen columns [hits, columns] first and returns as many; it states no ports.
    `weights`, `multiply_adds`, `inner_values`: what it costs, as of `registry.Block`: a number, or a rule of widths of
    its inputs and parameters, `lambda features, units: (features + 1) * units`. Weights that are not stated are counted
    when a graph is compiled.
    `mean_over`, `version`, `mixed`, `examples`, `exempt`: as of `registry.Loss` and `registry.Block`. Raises TypeError
    for what does not fit together.
    """
    if callable(name):
        hint = 'expected `@block(inputs={"x": "hits features"}, outputs={"y": "hits features"})`'
        raise NotABlock(f"@block says neither what the function takes nor what it returns; {hint}")

    def make(function: Callable[..., Any]) -> type[FunctionBlock]:
        called = name or getattr(function, "__name__", "")
        if isinstance(function, type) or not callable(function) or not hasattr(function, "__code__"):
            raise NotABlock(f"@block: expected a function of Keras tensors, received {function!r}")
        if kind not in KINDS:
            raise NotABlock(f"block {called!r}: a function can be {', '.join(KINDS)}, received kind {kind!r}")
        if called == "<lambda>" or not inspect.getdoc(function):
            what = "a lambda" if function.__name__ == "<lambda>" else "the function"
            raise NotABlock(
                f'block {called!r}: {what} has no docstring; expected `def` with one, """What the block does."""'
            )
        if kind != "loss" and (terms or mean_over != "events"):
            raise NotABlock(f"block {called!r}: `terms` and `mean_over` belong to kind 'loss', received kind {kind!r}")
        stated = {"weights": weights, "multiply_adds": multiply_adds, "inner_values": inner_values}
        rules = {rule: given for rule, given in stated.items() if given is not None}
        if weights is not None and kind in _BASES:
            raise NotABlock(f"block {called!r}: a {kind} that is a function has no weights, received {weights!r}")
        base = _BASES.get(kind, FunctionBlock)
        for own in (function, *filter(callable, rules.values())):
            require_own_values(called, own)
        declared = _declared(called, kind, function, inputs, outputs)
        fields: dict[str, Any] = {
            "__doc__": inspect.getdoc(function),
            "__module__": function.__module__,
            "__qualname__": function.__qualname__,
            "name": called,
            "kind": kind,
            "version": version,
            "mixed": mixed,
            "examples": examples,
            "exempt": {**({} if "inner_values" in rules else NO_MEMORY), **exempt},
            "rules": require_rules(called, rules, declared.get("inputs", base.inputs), declared["Params"]),
            "function": staticmethod(function),
            **declared,
        }
        if kind == "loss":
            fields |= {"terms": tuple(terms), "mean_over": mean_over}
        made: type[FunctionBlock] = type(function.__name__, (base,), fields)
        FUNCTIONS.add(made)
        return made

    return make


_BASES: Mapping[str, type[FunctionBlock]] = {"loss": FunctionLoss, "transform": FunctionTransform}


def _declared(
    name: str, kind: Kind, function: Callable[..., Any], inputs: Ports | None, outputs: Ports | None
) -> dict[str, Any]:
    """Return the ports and the parameters of a function."""
    signature = inspect.signature(function)
    if kind == "transform":
        if inputs is not None or outputs is not None:
            raise NotABlock(f"block {name!r}: a transform has the ports of every transform, and states none")
        first = next(iter(signature.parameters), "")
        if not first:
            raise NotABlock(f"block {name!r}: the function takes nothing, expected the columns as its first argument")
        return {"Params": params_of(name, function, [first], TransformParams)}
    declared = {"inputs": ports_of(name, "inputs", inputs, signature)}
    if kind != "loss":
        declared["outputs"] = ports_of(name, "outputs", outputs, None)
    elif outputs is not None:
        raise NotABlock(f"block {name!r}: a loss has no outputs; name further scalars by `terms`")
    return {**declared, "Params": params_of(name, function, list(inputs or ()), BlockParams)}
