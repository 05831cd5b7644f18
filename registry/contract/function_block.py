"""A function of Keras tensors as a block: ports are its tensors, parameters its other arguments.

The function is called when the layer is built, and never by a check: it imports Keras in its body.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import create_model
from pydantic.fields import FieldInfo

from registry.contract.axes import ANY_SHAPE, TensorType, parse_pattern
from registry.contract.block import (
    Block,
    BlockParams,
    Examples,
    InputTypes,
    Kind,
    Mixed,
    Port,
    Weights,
    has_mark,
    param,
)
from registry.contract.errors import did_you_mean

Ports = Mapping[str, str | Port]
"""Patterns, or whole ports, by name."""

KINDS: tuple[Kind, ...] = ("layer", "normalisation", "preprocessing")
"""Kinds of blocks that a function can be."""

FUNCTIONS: dict[str, type[FunctionBlock]] = {}
"""The blocks that were made of functions, by name, the last of each name: saved layers find theirs here."""


class FunctionBlock(Block):
    """A block that a function is."""

    layer: ClassVar[str] = "registry.contract.function_layer:FunctionLayer"
    function: ClassVar[Callable[..., Any]]

    def layer_config(self) -> dict[str, Any]:
        """Return the function's name and its parameters."""
        return {"function": self.name, "parameters": self.params.model_dump()}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        """Return that only building the layer tells."""
        return Weights(known=False)


def block(
    name: str = "",
    *,
    inputs: Ports,
    outputs: Ports,
    kind: Kind = "layer",
    version: int = 1,
    mixed: Mixed = False,
    examples: Examples = ({},),
) -> Callable[[Callable[..., Any]], type[FunctionBlock]]:
    """Make a function of Keras tensors a block of the name given, or of its own.

    `inputs`, `outputs`: patterns of ports by name ("hits features", "hits {units}"), or Ports. Each input is an
    argument of the function; every other argument is a parameter, `units: Annotated[int, "what it is"] = 8`, or one
    with `param(...)` as its default. It returns a tensor, or a dict of them by output. The layers that it makes are
    trained and saved.
    `kind`, `version`, `mixed`, `examples`: as of `registry.Block`. Raises TypeError for what does not fit together.
    """

    def make(function: Callable[..., Any]) -> type[FunctionBlock]:
        called = name or getattr(function, "__name__", "")
        if isinstance(function, type) or not callable(function) or not hasattr(function, "__code__"):
            raise TypeError(f"@block: expected a function of Keras tensors, received {function!r}")
        if kind not in KINDS:
            raise TypeError(f"block {called!r}: a function can be {', '.join(KINDS)}, received kind {kind!r}")
        fields: dict[str, Any] = {
            "__doc__": inspect.getdoc(function),
            "__module__": function.__module__,
            "__qualname__": function.__qualname__,
            "name": called,
            "kind": kind,
            "version": version,
            "mixed": mixed,
            "examples": examples,
            "function": staticmethod(function),
            "inputs": _ports(called, "inputs", inputs, inspect.signature(function)),
            "outputs": _ports(called, "outputs", outputs, None),
            "Params": _params(called, function, inputs),
        }
        if not fields["__doc__"]:
            raise TypeError(f"block {called!r}: the function has no docstring, which says what the block does")
        made: type[FunctionBlock] = type(function.__name__, (FunctionBlock,), fields)
        FUNCTIONS[called] = made
        return made

    return make


def _ports(name: str, side: str, given: Ports, signature: inspect.Signature | None) -> tuple[Port, ...]:
    if not isinstance(given, Mapping) or not given:
        raise TypeError(f'block {name!r}: `{side}` is {given!r}, expected patterns by name: {{"x": "hits features"}}')
    made = []
    for port, pattern in given.items():
        entry = signature.parameters.get(port) if signature else None
        if signature and entry is None:
            near = did_you_mean(port, signature.parameters)
            message = f"block {name!r}: the function has no argument {port!r}, which `inputs` names"
            raise TypeError(f"{message}; {near}" if near else message)
        if not isinstance(pattern, str | Port):
            raise TypeError(f"block {name!r}: port {port!r} is {pattern!r}, expected a pattern such as 'hits features'")
        if isinstance(pattern, str) and pattern != ANY_SHAPE:
            try:
                index = parse_pattern(pattern).target is not None
            except ValueError as error:
                raise TypeError(f"block {name!r}, port {port!r}: {error}") from None
        else:
            index = False
        optional = entry is not None and entry.default is None
        one = pattern if isinstance(pattern, Port) else Port(port, pattern, dtype="int32" if index else "float32")
        if one.name != port:
            raise TypeError(f"block {name!r}: the port {one.name!r} stands under the name {port!r}")
        made.append(replace(one, optional=one.optional or optional))
    return tuple(made)


def _params(name: str, function: Callable[..., Any], inputs: Ports) -> type[BlockParams]:
    """Return the parameters of a function: its arguments that are no ports."""
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise TypeError(f"block {name!r}: the type of an argument is not known: {error}") from None
    fields: dict[str, Any] = {}
    for argument, entry in inspect.signature(function).parameters.items():
        if argument in inputs:
            continue
        if entry.kind not in (entry.POSITIONAL_OR_KEYWORD, entry.KEYWORD_ONLY):
            raise TypeError(f"block {name!r}: the function takes `{entry}`, expected arguments with names")
        fields[argument] = _field(name, argument, entry.default, hints.get(argument))
    made: type[BlockParams] = create_model("Params", __base__=BlockParams, __module__=function.__module__, **fields)
    made.__doc__ = "What the function takes beside tensors."
    return made


def _field(name: str, argument: str, default: Any, hint: Any) -> tuple[Any, Any]:
    """Return the type and the field of one parameter."""
    if hint is None:
        message = f"block {name!r}: the argument {argument!r} is no input, and has no type"
        raise TypeError(f'{message}; expected `{argument}: Annotated[int, "what it is"]`, or a port of this name')
    if isinstance(default, FieldInfo):
        if has_mark(default, "schedulable"):
            raise TypeError(f"block {name!r}: the parameter {argument!r} of a function cannot be schedulable")
        return hint, default
    marks = typing.get_args(hint)[1:] if typing.get_origin(hint) is Annotated else ()
    texts = [mark for mark in marks if isinstance(mark, str)]
    if not texts:
        message = f"block {name!r}: the parameter {argument!r} has no description"
        raise TypeError(f'{message}; expected `{argument}: Annotated[{getattr(hint, "__name__", hint)}, "what it is"]`')
    others = tuple(mark for mark in marks if not isinstance(mark, str))
    inner = typing.get_args(hint)[0]
    plain = Annotated[(inner, *others)] if others else inner
    return plain, param(... if default is inspect.Parameter.empty else default, texts[0])
