"""What the signature of a function says of the block that it becomes: its ports and its parameters."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Annotated, Any

from pydantic import PydanticUserError, create_model
from pydantic.fields import FieldInfo

from registry.contract.axes import ANY_SHAPE, parse_pattern
from registry.contract.parameters import BlockParams, param
from registry.contract.ports import Port
from registry.contract.spelling import did_you_mean


class NotABlock(TypeError):
    """A function cannot be a block; the text says why, and behind a semicolon what was expected."""


Ports = Mapping[str, str | Port]
"""Patterns, or whole ports, by name."""


def ports_of(name: str, side: str, given: Ports | None, signature: inspect.Signature | None) -> tuple[Port, ...]:
    """Return the ports that patterns declare; `signature`: of the function that has an argument for each of them."""
    if not isinstance(given, Mapping) or not given:
        raise NotABlock(f'block {name!r}: `{side}` is {given!r}, expected patterns by name: {{"x": "hits features"}}')
    made = []
    for port, pattern in given.items():
        entry = signature.parameters.get(port) if signature else None
        if signature and entry is None:
            near = did_you_mean(port, signature.parameters)
            message = f"block {name!r}: the function has no argument {port!r}, which `inputs` names"
            raise NotABlock(f"{message}; {near}" if near else message)
        if not isinstance(pattern, str | Port):
            raise NotABlock(f"block {name!r}: port {port!r} is {pattern!r}, expected a pattern such as 'hits features'")
        if isinstance(pattern, str) and pattern != ANY_SHAPE:
            try:
                index = parse_pattern(pattern).target is not None
            except ValueError as error:
                raise NotABlock(f"block {name!r}, port {port!r}: {error}") from None
        else:
            index = False
        optional = entry is not None and entry.default is None
        one = pattern if isinstance(pattern, Port) else Port(port, pattern, dtype="int32" if index else "float32")
        if one.name != port:
            raise NotABlock(f"block {name!r}: the port {one.name!r} stands under the name {port!r}")
        made.append(replace(one, optional=one.optional or optional))
    return tuple(made)


def params_of(
    name: str, function: Callable[..., Any], ports: Collection[str], base: type[BlockParams]
) -> type[BlockParams]:
    """Return the parameters of a function: its arguments that are no ports, beside those of `base`."""
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise NotABlock(f"block {name!r}: the type of an argument is not known: {error}") from None
    fields: dict[str, Any] = {}
    for argument, entry in inspect.signature(function).parameters.items():
        if argument in ports:
            continue
        if entry.kind not in (entry.POSITIONAL_OR_KEYWORD, entry.KEYWORD_ONLY):
            raise NotABlock(f"block {name!r}: the function takes `{entry}`, expected arguments with names")
        if argument in base.model_fields:
            raise NotABlock(
                f"block {name!r}: the argument {argument!r} has the name of a parameter of every such block"
            )
        fields[argument] = _field(name, argument, entry.default, hints.get(argument))
    try:
        made: type[BlockParams] = create_model("Params", __base__=base, __module__=function.__module__, **fields)
        made.model_rebuild()
        made.model_json_schema()
    except (PydanticUserError, TypeError, NameError) as error:
        types = ", ".join(f"{argument}: {field[0]!r}" for argument, field in fields.items())
        hint = "expected numbers, texts, lists, mappings, or a class made of pydantic.BaseModel"
        raise NotABlock(f"block {name!r}: a parameter has a type that no graph can state ({types}); {hint}") from error
    made.__doc__ = "What the function takes beside tensors."
    return made


def require_own_values(name: str, function: Callable[..., Any]) -> None:
    """Raise NotABlock for a function that uses variables of a function around it: no graph would state their values."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    held = [variable for variable, cell in cells if not isinstance(_held(cell), ModuleType)]
    if held:
        message = f"block {name!r}: the function uses {', '.join(map(repr, held))} of the function around it"
        first = held[0]
        raise NotABlock(f'{message}; expected a parameter: `{first}: Annotated[float, "what it is"] = ...`')


def _held(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is bound later
        return None


def _field(name: str, argument: str, default: Any, hint: Any) -> tuple[Any, Any]:
    """Return the type and the field of one parameter."""
    if hint is None:
        message = f"block {name!r}: the argument {argument!r} is no input, and has no type"
        raise NotABlock(f'{message}; expected `{argument}: Annotated[int, "what it is"]`, or a port of this name')
    if isinstance(default, FieldInfo):
        return hint, default
    marks = typing.get_args(hint)[1:] if typing.get_origin(hint) is Annotated else ()
    texts = [mark for mark in marks if isinstance(mark, str)]
    if not texts:
        message = f"block {name!r}: the parameter {argument!r} has no description"
        raise NotABlock(f'{message}; expected `{argument}: Annotated[{getattr(hint, "__name__", hint)}, "what it is"]`')
    others = tuple(mark for mark in marks if not isinstance(mark, str))
    if default is not inspect.Parameter.empty and not _plain(default):
        message = f"block {name!r}: the default of {argument!r} is {default!r} ({type(default).__name__})"
        raise NotABlock(
            f"{message}; expected what a graph can state: numbers, texts, true, false, null, lists, mappings"
        )
    inner = typing.get_args(hint)[0]
    plain = Annotated[(inner, *others)] if others else inner
    return plain, param(... if default is inspect.Parameter.empty else default, texts[0])


def _plain(value: Any) -> bool:
    """Say whether a graph can state a value."""
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    if isinstance(value, Mapping):
        return all(isinstance(key, str) for key in value) and all(map(_plain, value.values()))
    return value is None or type(value) in (bool, int, float, str) or hasattr(value, "model_dump")
