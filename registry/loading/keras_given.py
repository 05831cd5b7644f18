"""What the code of Keras is given where it is not followed: objects by their names, dtypes, and weights."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from registry.contract.failures import received
from registry.contract.keras_modules import Defined, method
from registry.contract.keras_names import CONSTRAINTS, FAMILIES, INITIALIZERS, REGULARIZERS, Family, dtypes
from registry.contract.spelling import did_you_mean
from registry.loading.keras_code import Code
from registry.loading.keras_objects import Made
from registry.loading.keras_operations import PLAIN, UNKNOWN, Refused
from registry.loading.keras_types import wrong_type

LAYER = "keras.src.layers.layer"
"""The module of the class that every layer is of."""

_LEFT_OUT = (LAYER, "keras.src.ops.operation", "keras.src.saving.serialization_lib")
"""Modules that work on tensors and objects: what their functions return is not followed."""

_FILLING_ANY = "zeros, ones, constant and random_normal fill weights of any shape"


def followed(steps: Callable[[], Any]) -> Any:
    """Return what following code gives, UNKNOWN where it cannot be followed; raise Refused where it refuses."""
    try:
        return steps()
    except Refused:
        raise
    except Exception:
        # Another version of Keras may be written in any way: what is not understood is not refused.
        return UNKNOWN


def code() -> Code:
    """Return what follows the code of Keras, with answers for what it is not to follow."""
    given = {f"{family.module}.get": _getter(family) for family in FAMILIES}
    given |= {f"{LAYER}.Layer.__init__": _of_every_layer, "keras.src.dtype_policies.get": _check_dtype}
    given |= {f"{LAYER}.Layer.add_weight": _check_weight, f"{LAYER}.Layer.quantization_mode": lambda: None}
    return Code(given, _LEFT_OUT)


def _getter(family: Family) -> Any:
    def get(identifier: Any = None) -> Any:
        _check_named(identifier, family)
        if identifier is None:
            return None
        name = identifier.get("class_name") if isinstance(identifier, dict) else identifier
        kind = family.known.get(name) if family is INITIALIZERS and isinstance(name, str) else None
        return UNKNOWN if kind is None else Made(kind)

    return get


def _check_named(identifier: Any, family: Family) -> None:
    """Raise Refused unless Keras finds what is written: null, a name, or a mapping of `class_name` and `config`."""
    if identifier is None or not isinstance(identifier, PLAIN):
        return
    expected = f"expected a name, such as {sorted(family.known)[-1]!r}, or {{class_name: NAME, config: {{...}}}}"
    if isinstance(identifier, dict):
        _check_object(identifier, family, expected)
    elif not isinstance(identifier, str):
        raise Refused("ValueError", f"{expected}, received {received(identifier)}")
    elif fault := family.fault(identifier):
        raise Refused("ValueError", f"expected {fault}, received {identifier!r}")
    else:
        _check_made(identifier, {}, family)


def _check_object(written: Mapping[str, Any], family: Family, expected: str) -> None:
    known = ("class_name", "config", "module", "registered_name")
    for key in written:
        if key not in known:
            raise Refused("ValueError", f"{expected}, received the key {key!r}", did_you_mean(str(key), known))
    name, config = written.get("class_name"), written.get("config", {})
    if not isinstance(name, str):
        raise Refused("ValueError", f"{expected}, received {received(dict(written))}")
    if fault := family.fault(name):
        raise Refused("ValueError", f"`class_name`: expected {fault}, received {name!r}")
    if config is not None and not isinstance(config, dict):
        raise Refused("ValueError", f"`config` of {name}: expected a mapping, received {received(config)}")
    _check_made(name, config or {}, family)


def _check_made(name: str, config: Mapping[str, Any], family: Family) -> None:
    """Raise Refused if the constructor of an initializer, regularizer or constraint refuses its arguments."""
    kind = family.known.get(name)
    if kind is None or family not in (INITIALIZERS, REGULARIZERS, CONSTRAINTS):
        return
    found = method(kind, "__init__")
    spec = found[0].args if found else None
    known = [item.arg for item in (*spec.args, *spec.kwonlyargs)][1:] if spec else []
    for key in config:
        if key not in known and not (spec and spec.kwarg):
            hint = did_you_mean(str(key), known) or f"it takes: {', '.join(known) or 'nothing'}"
            raise Refused("ValueError", f"{name} has no argument {key!r}", hint)
    needed = [*(known[: len(known) - len(spec.defaults)] if spec else []), *_read_from_config(kind)]
    if missing := [item for item in needed if item not in config]:
        hint = f"write {{class_name: {name}, config: {{{missing[0]}: ...}}}}"
        raise Refused("ValueError", f"{name} needs {', '.join(missing)}", hint)
    for key, value in config.items():
        if fault := wrong_type(kind, key, value):
            raise Refused("ValueError", f"{name}, argument {key!r}: {fault}")
    followed(lambda: code().make(kind, config))


def _read_from_config(kind: Defined) -> list[str]:
    """Return what a class needs in its `config`, beside what its constructor needs."""
    found = method(kind, "from_config")
    nodes = ast.walk(found[0]) if found else ()
    read = (node for node in nodes if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "config")
    return [str(node.slice.value) for node in read if isinstance(node.slice, ast.Constant)]


def _of_every_layer(**arguments: Any) -> None:
    """What the constructor of every layer does with `trainable`, `dtype` and `activity_regularizer`."""
    trainable = arguments.get("trainable", True)
    if trainable is not UNKNOWN and not isinstance(trainable, bool):
        raise Refused("ValueError", f"expected true or false, received {received(trainable)}")
    _check_dtype(arguments.get("dtype"))
    _check_named(arguments.get("activity_regularizer"), REGULARIZERS)


def _check_weight(shape: Any = None, initializer: Any = None, *_: Any, **__: Any) -> Any:
    """Raise Refused for a weight whose shape only data would tell, that cannot be one, or that cannot be filled."""
    sizes = shape if isinstance(shape, tuple | list) else ()
    if None in sizes:
        raise Refused("ValueError", "a weight would have the length of an axis that only data fix; choose another axis")
    if any(type(size) is int and size < 0 for size in sizes):
        raise Refused("ValueError", f"a weight would have the shape {tuple(sizes)}")
    if isinstance(initializer, Made) and sizes and (fault := _fault_of_filling(initializer.kind, tuple(sizes))):
        axes = "1 axis" if len(sizes) == 1 else f"{len(sizes)} axes"
        raise Refused("ValueError", f"{initializer.kind.name} cannot fill a weight of {axes}: {fault}", _FILLING_ANY)
    return UNKNOWN


@cache
def _fault_of_filling(kind: Defined, shape: tuple[Any, ...]) -> str:
    """Return why an initializer refuses a weight of some shape; nothing if it fills it."""
    try:
        followed(lambda: code().ask(Made(kind), "__call__", shape))
    except Refused as refused:
        return refused.message
    return ""


def _check_dtype(dtype: Any) -> Any:
    known = dtypes()
    if isinstance(dtype, str) and dtype not in known and known:
        hint = did_you_mean(dtype, known) or f"known: {', '.join(known)}"
        raise Refused("ValueError", f"expected a dtype of Keras, received {dtype!r}", hint)
    if not (
        dtype is None or dtype is UNKNOWN or isinstance(dtype, str) or (type(dtype) is dict and "class_name" in dtype)
    ):
        raise Refused("ValueError", f"expected the name of a dtype, received {received(dtype)}")
    return UNKNOWN
