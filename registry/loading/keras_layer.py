"""A layer of keras.layers by its source: what its constructor refuses, the shape it returns, the tensors it takes."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from registry.contract.failures import received
from registry.contract.keras_modules import Defined, find, method
from registry.contract.keras_names import CONSTRAINTS, FAMILIES, INITIALIZERS, REGULARIZERS, Family, dtypes
from registry.contract.records import record
from registry.contract.spelling import did_you_mean
from registry.loading.keras_code import Code
from registry.loading.keras_objects import Made
from registry.loading.keras_operations import PLAIN, UNKNOWN, Refused, holds_unknown
from registry.loading.keras_source import layers
from registry.loading.keras_types import wrong_type

_LAYER = "keras.src.layers.layer"
_LEFT_OUT = (_LAYER, "keras.src.ops.operation", "keras.src.saving.serialization_lib")
"""Modules that work on tensors and objects: what their functions return is not followed."""

_FLAGS = ("training", "mask", "return_attention_scores", "use_causal_mask", "reverse", "initial_state")
"""Arguments of `call` that are no tensors of the graph."""

Shape = tuple[int | None, ...]
"""Lengths of axes; None where only data tell."""


@record
class Refusal:
    """What the constructor would refuse: the argument, Keras's words, and what to write instead."""

    argument: str
    message: str
    hint: str = ""


@record
class KerasLayer:
    """A layer of keras.layers."""

    kind: Defined

    def refusals(self, arguments: Mapping[str, Any]) -> list[Refusal]:
        """Return what the constructor refuses, argument by argument, and then what it refuses together."""
        unknown = dict.fromkeys(arguments, UNKNOWN)
        alone = {name: self._refused({**unknown, name: value}) for name, value in arguments.items()}
        found = [Refusal(name, item.message, item.hint) for name, item in alone.items() if item]
        left = {name: UNKNOWN if alone[name] else value for name, value in arguments.items()}
        together = self._refused(left)
        if together:
            culprit = next((name for name in left if self._refused({**left, name: UNKNOWN}) is None), "")
            found.append(Refusal(culprit, together.message, together.hint))
        return found

    def _refused(self, arguments: Mapping[str, Any]) -> Refused | None:
        try:
            _followed(lambda: _code().make(self.kind, arguments))
        except Refused as refused:
            return refused
        return None

    def output_shape(self, arguments: Mapping[str, Any], inputs: Mapping[str, Any]) -> Shape | None:
        """Return the shape of the output, or None if the source does not tell.

        `inputs`: the shape of every input in use, or a list of shapes, by the name of the argument of `call`. Raises
        Refused if the layer cannot take tensors of these shapes.
        """
        made = _followed(lambda: _code().make(self.kind, arguments))
        if not isinstance(made, Made):
            return None
        for shape in inputs.values():
            _check_rank(made.attributes.get("input_spec"), shape)
        self._build(made, inputs)
        found = self._ask(made, "compute_output_shape", inputs)
        if not isinstance(found, tuple | list) or holds_unknown(found):
            return None
        return tuple(found) if all(size is None or type(size) is int for size in found) else None

    def _build(self, made: Made, inputs: Mapping[str, Any]) -> None:
        """Follow `build`, which refuses shapes that do not fit the arguments."""
        attributes = dict(made.attributes)
        self._ask(made, "build", inputs)
        made.attributes = attributes

    @staticmethod
    def _ask(made: Made, name: str, inputs: Mapping[str, Any]) -> Any:
        return _followed(lambda: _code().ask(made, name, *inputs.values()))

    @property
    def inputs(self) -> tuple[tuple[str, bool], ...]:
        """The tensors that `call` takes, with whether each is required; a single one if its source does not say."""
        found = method(self.kind, "call")
        if found is None or found[1].module == _LAYER:
            return (("x", True),)
        spec = found[0].args
        names = [item.arg for item in spec.args[1:]]
        required = len(names) - len(spec.defaults)
        taken = [(name, place < required) for place, name in enumerate(names) if name not in _FLAGS]
        return tuple(taken) if sum(needed for _, needed in taken) > 1 else (("x", True),)


@cache
def keras_layer(name: str) -> KerasLayer | None:
    """Return a layer of keras.layers by its name; None if its source cannot be found."""
    module, original = layers().get(name, ("", ""))
    found = find(module, original) if module else None
    return KerasLayer(found) if isinstance(found, Defined) and isinstance(found.node, ast.ClassDef) else None


def _followed(code: Callable[[], Any]) -> Any:
    """Return what following code gives, UNKNOWN where it cannot be followed; raise Refused where it refuses."""
    try:
        return code()
    except Refused:
        raise
    except Exception:
        # Another version of Keras may be written in any way: what is not understood is not refused.
        return UNKNOWN


def _code() -> Code:
    given = {f"{family.module}.get": _getter(family) for family in FAMILIES}
    given |= {f"{_LAYER}.Layer.__init__": _of_every_layer, "keras.src.dtype_policies.get": _check_dtype}
    given[f"{_LAYER}.Layer.add_weight"] = _check_weight
    return Code(given, _LEFT_OUT)


def _getter(family: Family) -> Any:
    def get(identifier: Any = None) -> Any:
        check_named(identifier, family)
        return UNKNOWN if identifier is not None else None

    return get


def check_named(identifier: Any, family: Family) -> None:
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
    _followed(lambda: _code().make(kind, config))


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
    check_named(arguments.get("activity_regularizer"), REGULARIZERS)


def _check_weight(shape: Any = None, *_: Any, **__: Any) -> Any:
    """Raise Refused for a weight whose shape only data would tell, or that cannot be one."""
    sizes = shape if isinstance(shape, tuple | list) else ()
    if None in sizes:
        raise Refused("ValueError", "a weight would have the length of an axis that only data fix; choose another axis")
    if any(type(size) is int and size < 0 for size in sizes):
        raise Refused("ValueError", f"a weight would have the shape {tuple(sizes)}")
    return UNKNOWN


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


def _check_rank(spec: Any, shape: Any) -> None:
    """Raise Refused if a tensor has another number of axes than the layer's `input_spec` asks for."""
    if not isinstance(spec, Made) or not isinstance(shape, tuple):
        return
    rank = len(shape)
    for name, fits, words in (
        ("ndim", operator.eq, ""),
        ("min_ndim", operator.ge, " or more"),
        ("max_ndim", operator.le, " at the most"),
    ):
        wanted = spec.attributes.get(name)
        if type(wanted) is int and not fits(rank, wanted):
            hint = "`keras.Reshape` gives a tensor further axes" if wanted > rank else ""
            raise Refused("ValueError", f"expected a tensor of {wanted}{words} axes, received {rank}", hint)
