"""Builds a node's layer, calls it and takes its result; what goes wrong is said of its block, at its author's line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import keras

from registry.compiling.keras_internals import takes_training
from registry.contract.errors import InputError, Origin, Problem
from registry.contract.failures import FAILURES, PluginFault, class_place, failure, function_place, received
from registry.contract.function_registry import FunctionBlock
from registry.wiring.checked_graph import CheckedNode, Ref

Result = TypeVar("Result")

LIBRARIES = re.compile(r"[/\\](keras|tensorflow)[/\\]")
"""Files that no author of a plugin has written."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

SYMBOLIC = (
    "expected Keras's layers and operations (keras.ops): the function is called on symbols, once; "
    "what TensorFlow or NumPy computes belongs into a layer of its own (docs/plugins/layer.md)"
)
"""What is said of a function that does something else with its inputs."""

TEXT = 400
"""Characters that are shown of what an exception says."""


@contextmanager
def whole_tracebacks() -> Iterator[None]:
    """Let Keras raise what its layers raise, without a text and a traceback of its own."""
    filtered = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()
    try:
        yield
    finally:
        if filtered:
            keras.config.enable_traceback_filtering()


def build_layer(path: str, node: CheckedNode) -> keras.layers.Layer:
    """Return a node's new Keras layer; raise InputError if it cannot be made from the block's parameters."""
    layer = attempt(path, node, "its layer cannot be built", lambda: node.block.build(path), node.block.build)
    if not isinstance(layer, keras.layers.Layer):
        message = f"block {node.block.name!r}: build() returned {received(layer)}"
        place = place_of(function_place(node.block.build), node)
        raise InputError([Problem(message, place, path, "expected a keras.layers.Layer")])
    return layer


def call_layer(
    path: str, node: CheckedNode, layer: keras.layers.Layer, inputs: Mapping[str, Any], **options: bool
) -> Any:
    """Call a node's layer with its inputs, the way its block says; raise InputError at the line of it that fails."""
    called, author = f"its layer {type(layer).__name__} failed", layer.call
    if isinstance(node.block, FunctionBlock):
        called, author = "the function failed", type(node.block).function
    return attempt(path, node, called, lambda: invoke(layer, node, inputs, **options), author)


def invoke(layer: keras.layers.Layer, node: CheckedNode, arguments: Mapping[str, Any], **options: bool) -> Any:
    """Call a node's layer the way its block says, by position or by name."""
    return layer(*arguments.values(), **options) if node.block.positional else layer(**arguments, **options)


def frozen_options(layer: keras.layers.Layer, node: CheckedNode) -> dict[str, bool]:
    """Return what a node's layer is called with beside its inputs: a frozen sub-graph runs as in inference always."""
    return {"training": False} if not node.written.trainable and takes_training(layer) else {}


def attempt(
    path: str, node: CheckedNode, what: str, action: Callable[[], Result], function: Callable[..., object]
) -> Result:
    """Return what an author's code returns; raise InputError, which names block, place and exception, if it fails.

    `function`: what of it was called, for the place where no line of the author's has raised it.
    """
    try:
        with whole_tracebacks():
            return action()
    except InputError:
        raise
    except PluginFault as error:
        problem = error.problem
        raise InputError([Problem(problem.message, problem.origin, path, problem.hint)]) from error
    except FAILURES as error:
        raise InputError([_failed(path, node, what, error, function)]) from error


def _failed(path: str, node: CheckedNode, what: str, error: BaseException, function: Callable[..., object]) -> Problem:
    found = failure(f"block {node.block.name!r}: {what}: {said(error)}", error)
    written = found.origin is not None and not LIBRARIES.search(found.origin.file)
    place = place_of(found.origin if written else function_place(function), node)
    hint = found.hint if written else ""
    return Problem(found.message, place, path, "\n".join(filter(None, [_remedy(node, error), hint])))


def place_of(found: Origin | None, node: CheckedNode) -> Origin | None:
    """Return the place of a fault in the author's code, with the node that uses it; that node for Keras's own code."""
    if found is None or LIBRARIES.search(found.file):
        return node.written.origin
    return found.used_at(node.written.origin) if node.written.origin else found


def author_place(kind: type, name: str, node: CheckedNode) -> Origin | None:
    """Return where a layer's class states `name` (without: where it begins), or its node for a class of Keras."""
    own = next((base for base in kind.__mro__ if name in vars(base)), kind) if name else kind
    stated = own.__module__ == kind.__module__
    return place_of(class_place(kind, name if stated else ""), node)


def _remedy(node: CheckedNode, error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "expected a layer that returns or raises, and does not end the program"
    if isinstance(node.block, FunctionBlock) and "KerasTensor" in str(error):
        return SYMBOLIC
    if isinstance(error, TypeError) and "argument" in str(error) and not node.block.positional:
        return f"expected call() to take its inputs by name: {', '.join(node.inputs)}"
    return ""


def said(error: BaseException) -> str:
    """Return what an exception says, on one line: its type and its text, without what Keras adds."""
    text = _COLOURS.sub("", str(error))
    text = re.sub(r"^Exception encountered when calling .*?\n", "", text).split("Arguments received by")[0]
    text = text.rpartition("Error encountered:")[2]
    text = " ".join(text.split())
    shown = text if len(text) <= TEXT else f"{text[:TEXT]}..."
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__


def by_port(path: str, node: CheckedNode, layer: keras.layers.Layer, result: Any) -> dict[Ref, Any]:
    """Return what a node's layer has returned by output; a layer with one output may return it alone.

    Outputs that were only handed on may be missing. Raises InputError for anything else.
    """
    ports = list(node.types)
    named = result if isinstance(result, dict) else {ports[0]: result} if len(ports) == 1 else {"": result}
    if not named or not set(named) <= set(ports) or not all(_is_tensor(item) for item in named.values()):
        one = f"a tensor, {ports[0]!r}" if len(ports) == 1 else f"a dict of tensors with the keys {_listed(ports)}"
        raise wrong_return(path, node, layer, result, one)
    return {Ref(path, port): tensor for port, tensor in named.items()}


def loss_terms(path: str, node: CheckedNode, layer: keras.layers.Layer, result: Any) -> dict[str, Any]:
    """Return what a loss's layer has returned; raise InputError unless it is a dict of its scalars."""
    terms = ["loss", *getattr(node.block, "terms", ())]
    wanted = f"a dict of scalars with the keys {_listed(terms)}"
    if not isinstance(result, dict) or set(result) != set(terms):
        raise wrong_return(path, node, layer, result, wanted)
    for term, value in result.items():
        if not _is_tensor(value) or tuple(value.shape) != () or not keras.backend.is_float_dtype(value.dtype):
            raise wrong_return(path, node, layer, value, f"{wanted}; {term!r} is none", term)
    return {term: result[term] for term in terms}


def wrong_return(
    path: str, node: CheckedNode, layer: keras.layers.Layer, result: Any, wanted: str, term: str = ""
) -> InputError:
    """Return the error for a layer that has returned something else than its block declares."""
    what = f" as {term!r}" if term else ""
    message = f"block {node.block.name!r}: its layer {type(layer).__name__} returned {_described(result)}{what}"
    place = author_place(type(layer), "call", node)
    return InputError([Problem(message, place, path, f"expected {wanted}")])


def _described(result: Any) -> str:
    """Return what a layer has returned, without values: what kind of container, which keys, shapes and types."""
    if _is_tensor(result):
        return f"a tensor {tuple(result.shape)} {keras.backend.standardize_dtype(result.dtype)}"
    if isinstance(result, dict):
        return f"a dict with the keys {_listed(result)}" if result else "an empty dict"
    if isinstance(result, list | tuple):
        return f"a {type(result).__name__} of {len(result)}"
    return received(result)


def _listed(names: Any) -> str:
    return ", ".join(map(repr, names))


def _is_tensor(value: Any) -> bool:
    return isinstance(value, keras.KerasTensor) or keras.ops.is_tensor(value)
