"""What is wrong with the declaration of a block: found when its plugin is loaded, named with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from registry.contract.augmentation import Augmentation
from registry.contract.axes import ANY_SHAPE
from registry.contract.block import Block, BlockParams, Kind, Port
from registry.contract.clusterer import Clusterer
from registry.contract.errors import Problem
from registry.contract.exporter import Exporter
from registry.contract.failures import FAILURES, class_place, failure, received, said
from registry.contract.function_registry import block_place
from registry.contract.loader import Loader
from registry.contract.loss import Loss
from registry.contract.matcher import Matcher
from registry.contract.monitor_block import MonitorBlock
from registry.contract.schedule import Schedule
from registry.contract.spelling import did_you_mean, nearest_word
from registry.contract.transform import Transform
from registry.loading.declared_axes import faults_of_pattern, misspelt_axes

DTYPES = (
    *("float32", "int32", "int64", "bool", "float64", "float16", "bfloat16"),
    *("int8", "int16", "uint8", "uint16", "uint32", "uint64", "string"),
)
"""What a tensor may hold; a port may also say "any"."""

_BASES: dict[str, type[Block]] = {
    "loader": Loader,
    "loss": Loss,
    "monitor": MonitorBlock,
    "clusterer": Clusterer,
    "matcher": Matcher,
    "schedule": Schedule,
    "transform": Transform,
    "augmentation": Augmentation,
    "exporter": Exporter,
}
"""The class that a block of a kind is made of."""

_METHODS = {
    "loader": ("open", "a registry.Source"),
    "monitor": ("open", "a registry.Monitor"),
    "clusterer": ("cluster", "registry.Clusters"),
    "matcher": ("matched", "the object of each cluster"),
    "schedule": ("value", "a number, 0 or more"),
    "augmentation": ("augment", "registry.EventHits"),
    "exporter": ("write", "nothing"),
}
"""The method that a block of a kind defines, and what it returns."""

_PORTS = "a tuple of Ports: `(Port(name, pattern, description),)`"
_MISSPELT = 0.85
"""How near (0 to 1) an attribute's name is to one that means something, to be surely meant as that."""


def faults(block: object) -> list[Problem]:
    """Return what is wrong with what a plugin registers as a block."""
    if not (isinstance(block, type) and issubclass(block, Block)) or block in (Block, *_BASES.values()):
        hint = f"expected a class that is made of registry.Block, received {received(block)}"
        if isinstance(block, Block):
            hint += f"; return the class {type(block).__name__}, not an instance of it"
        place = class_place(type(block)) if isinstance(block, Block) else None
        return [Problem("register_blocks returned something that is no block", place, hint=hint)]
    try:
        return list(_faults(block))
    except FAILURES as error:
        return [failure(f"the declaration of block {_called(block)} raised {said(error)}", error)]


def _called(block: type[Block]) -> str:
    name = getattr(block, "name", None)
    return repr(name) if isinstance(name, str) and name else f"class {block.__name__}"


def _faults(block: type[Block]) -> Iterator[Problem]:
    def fault(attribute: str, message: str, hint: str) -> Problem:
        return Problem(f"block {_called(block)}: {message}", block_place(block, attribute), hint=hint)

    yield from _of_name_and_kind(block, fault)
    version: object = block.version
    if type(version) is not int or version < 1:
        yield fault("version", f"`version` is {received(version)}", "expected a whole number, 1 or more")
    for side in ("inputs", "outputs"):
        yield from _of_ports(block, side, fault)
    if isinstance(block.inputs, tuple) and isinstance(block.outputs, tuple):
        yield from (fault("outputs", f"`outputs`: {message}", hint) for message, hint in misspelt_axes(block))
    yield from _of_params(block, fault)
    yield from _of_layer(block, fault)
    yield from _misspelt(block, fault)
    yield from _misplaced(block, fault)


def _of_name_and_kind(block: type[Block], fault: Any) -> Iterator[Problem]:
    name, kind = getattr(block, "name", None), getattr(block, "kind", None)
    if name is None:
        yield fault("", "it states no `name`", 'expected the name that graphs use it by: `name = "scale"`')
    elif not isinstance(name, str) or not re.fullmatch(r"\S+", name) or name.startswith("keras."):
        hint = 'expected a text without spaces that does not begin with "keras.": `name = "scale"`'
        yield fault("name", f"`name` is {received(name)}", hint)
    kinds = get_args(Kind)
    if kind is None:
        yield fault("", "it states no `kind`", f"expected one of {', '.join(kinds)}")
    elif kind not in kinds:
        near = did_you_mean(kind, kinds) if isinstance(kind, str) else ""
        hint = f"expected one of {', '.join(kinds)}"
        yield fault("kind", f"`kind` is {received(kind)}", f"{hint}; {near}" if near else hint)
    elif not issubclass(block, _BASES.get(kind, Block)):
        base = _BASES[kind].__name__
        yield fault("kind", f"`kind` is {kind!r}", f"expected a class that is made of registry.{base}")


def _of_ports(block: type[Block], side: str, fault: Any) -> Iterator[Problem]:
    ports: object = getattr(block, side)
    if not isinstance(ports, tuple):
        hint = f"expected {_PORTS}"
        if isinstance(ports, Port):
            hint += "; a comma behind the single Port makes it one"
        yield fault(side, f"`{side}` is {received(ports)}", hint)
        return
    names: list[str] = []
    for port in ports:
        if not isinstance(port, Port):
            yield fault(side, f"`{side}` holds {received(port)}", f"expected {_PORTS}")
            continue
        yield from (fault(side, f"`{side}`: {message}", hint) for message, hint in _of_port(port, block))
        if port.name in names:
            hint = "give each port of a side a name of its own"
            yield fault(side, f"`{side}` has two ports of the name {port.name!r}", hint)
        names.append(port.name)
    for mark in ("rest", "default") if side == "inputs" else ("default",):
        if sum(bool(getattr(port, mark)) for port in ports if isinstance(port, Port)) > 1:
            yield fault(side, f"`{side}` has several ports with {mark}=True", "expected one at the most")


def _of_port(port: Port, block: type[Block]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one port, and what was expected."""
    name: object = port.name
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name):
        hint = "expected a name of letters, digits and _ first, and the pattern second: Port('x', 'hits features', ...)"
        yield f"the name of a port is {received(name)}", hint
    pattern: object = port.pattern
    if not isinstance(pattern, str):
        yield f"the pattern of port {name!r} is {received(pattern)}", "expected axes such as 'hits features'"
    elif pattern != ANY_SHAPE:
        yield from faults_of_pattern(port, block)
    if port.dtype not in ("any", *DTYPES):
        near = did_you_mean(str(port.dtype), DTYPES)
        hint = f"expected 'any' or one of {', '.join(DTYPES)}" + (f"; {near}" if near else "")
        yield f"the dtype of port {name!r} is {received(port.dtype)}", hint


def _of_params(block: type[Block], fault: Any) -> Iterator[Problem]:
    params: object = block.Params
    if not (isinstance(params, type) and issubclass(params, BlockParams)):
        hint = "expected a class that is made of registry.BlockParams: `class Params(BlockParams):`"
        yield fault("Params", f"`Params` is {received(params)}", hint)
        return
    defaults = {
        field.alias or name: field.get_default(call_default_factory=True)
        for name, field in params.model_fields.items()
        if not field.is_required()
    }
    try:
        params.model_validate(defaults)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            if item["type"] == "missing":
                continue
            path = ".".join(map(str, item["loc"]))
            text = item["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
            message = f"the default of parameter {path!r} is {received(item['input'])}"
            place = class_place(params, str(item["loc"][0])) if item["loc"] else class_place(params)
            yield Problem(f"block {_called(block)}: {message}", place, hint=f"expected {text}")
    except FAILURES as error:
        yield failure(f"block {_called(block)}: a validator of `Params` raised {said(error)}", error, _VALIDATOR)


_VALIDATOR = "expected ValueError, with a text that says what was expected, for a value that is refused"


def _of_layer(block: type[Block], fault: Any) -> Iterator[Problem]:
    kind, layer = getattr(block, "kind", None), block.layer
    if kind in _METHODS:
        method, returned = _METHODS[kind]
        if getattr(block, method) is getattr(_BASES[kind], method):
            yield fault("", f"it does not define {method}()", f"expected a method `{method}` that returns {returned}")
    elif not isinstance(layer, str) or (layer and not re.fullmatch(r"[\w.]*:[A-Za-z_]\w*", layer)):
        hint = 'expected "module:Class", such as `layer = "my_layers:Scale"`'
        yield fault("layer", f"`layer` is {received(layer)}", hint)


def _misspelt(block: type[Block], fault: Any) -> Iterator[Problem]:
    """Yield attributes that mean nothing, and were surely meant as one that does."""
    known = [name for base in block.__mro__ if base.__module__ == Block.__module__ for name in vars(base)]
    known = [name for name in (*known, "name", "kind") if not name.startswith("_")]
    for name, value in vars(block).items():
        if name.startswith("_") or name in known or nearest_word(name, known, _MISSPELT) == "":
            continue
        if not any(name in vars(base) for base in block.__mro__[1:]):
            meaning = nearest_word(name, known, _MISSPELT)
            what = f"{name}()" if callable(value) and not isinstance(value, type) else name
            yield fault(name, f"`{what}` means nothing to the engine", f"did you mean {meaning!r}?")


def _misplaced(block: type[Block], fault: Any) -> Iterator[Problem]:
    """Yield declarations that mean something elsewhere, and nothing where they stand."""
    others = {name for base in _BASES.values() for name in vars(base) if not name.startswith("_")} - {"kind"}
    elsewhere = {name for name in others if not any(name in vars(base) for base in block.__mro__[1:])}
    inner = [value for value in vars(block).values() if isinstance(value, type) and issubclass(value, BlockParams)]
    for name, value in vars(block).items():
        if isinstance(value, FieldInfo):
            hint = f"parameters stand in the class Params: `class Params(BlockParams): {name}: ... = param(...)`"
            yield fault(name, f"the parameter {name!r} stands in the block itself, where it is none", hint)
        elif name in elsewhere and value not in inner:
            bases = " or ".join(base.__name__ for base in _BASES.values() if name in vars(base))
            yield fault(name, f"`{name}` means nothing for a block of kind {block.kind!r}", f"it belongs to a {bases}")
    if inner and block.Params is Block.Params:
        names = " and ".join(value.__name__ for value in inner)
        yield fault(inner[0].__name__, f"it has the class {names}, but no `Params`", "call it Params")
    for name in vars(block).get("__annotations__", {}):
        if name in (*vars(Block), "name", "kind", *others) and name not in vars(block):
            yield fault(
                "", f"`{name}` has a type, but no value", f"write `{name} = ...`: behind the colon stands its type"
            )
