"""Whether a layer does as a stage says: it reads a parameter that is to be changed while it runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf
from keras import tree

from registry.compiling.keras_internals import takes_training
from registry.compiling.layers import invoke
from registry.compiling.model import Compiled, arguments
from registry.configuration.options import Stage
from registry.contract.errors import InputError, Origin, Problems
from registry.contract.failures import PluginFault, call
from registry.contract.function_layer import FunctionLayer
from registry.contract.layer import BlockLayer
from registry.wiring.checked_graph import CheckedNode
from registry.wiring.selectors import holders
from registry.wiring.stages import check_freezes, settings


def check_changeable(stages: Sequence[Stage], compiled: Compiled) -> None:
    """Raise InputError for every parameter that a stage sets, and that the layer would go on without."""
    problems = Problems()
    places: dict[str, dict[str, tuple[int, Origin]]] = {}
    for index, selector, name, place in _written(stages):
        for node in holders(selector, name, compiled.checked):
            if node in compiled.layers:
                places.setdefault(node, {}).setdefault(name, (index, place))
    _try_functions(stages, compiled, problems)
    for index, stage in enumerate(stages):
        # Some weights are counted now that the layers are there.
        check_freezes(index, stage, compiled.checked, problems)
    for node, wanted in places.items():
        for name, reason in _ignored(compiled, node, wanted).items():
            index, place = wanted[name]
            hint = "read the parameter in `call` as self.NAME, or override `schedule`, which is told the new value"
            problems.error(f"Training.{index}.set: {name!r} would have no effect: {reason}", place, node, hint)
    if problems.errors:
        raise InputError(problems)


def _try_functions(stages: Sequence[Stage], compiled: Compiled, problems: Problems) -> None:
    """Report values of parameters with which a function would make other layers than it has made."""
    for index, stage in enumerate(stages):
        for setting in settings(stage, compiled.checked):
            layer = compiled.layers.get(setting.node)
            if isinstance(layer, FunctionLayer):
                called = partial(layer.with_value, setting.name, setting.value)
                try:
                    call(f"block {layer.kind.name!r}", "the function", called, "no exception with this value")
                except PluginFault as fault:
                    found, written = fault.problem, stage.value.nearest(["set"]).origin
                    place = found.origin.used_at(written) if found.origin else written
                    problems.error(f"Training.{index}.set: {found.message}", place, setting.node, found.hint)


def _written(stages: Sequence[Stage]) -> Iterator[tuple[int, str, str, Origin]]:
    for index, stage in enumerate(stages):
        for selector, changes in stage.options.set.items():
            for name in changes:
                yield index, selector, name, stage.value.key_origin(["set", selector, name])


def _ignored(compiled: Compiled, node: str, names: Collection[str]) -> dict[str, str]:
    """Return why a node's layer would not notice that a parameter has changed, of those where it would not."""
    layer, checked = compiled.layers[node], compiled.checked.nodes[node]
    kind = type(layer)
    if not callable(getattr(layer, "schedule", None)):
        return dict.fromkeys(names, f"the layer {kind.__name__} is no registry.BlockLayer, whose parameters change")
    if not isinstance(layer, BlockLayer) or kind.schedule is not BlockLayer.schedule:
        return {}
    known = kind.parameter_names()
    found = {name: f"the layer {kind.__name__} has no parameter of that name" for name in names if name not in known}
    kept = [name for name in names if name in known and not isinstance(getattr(kind, name, None), property)]
    found |= {
        name: f"the layer {kind.__name__} keeps it under another name" for name in kept if name not in vars(layer)
    }
    watched = [name for name in kept if name in vars(layer)]
    read = names_read(layer, checked, arguments(checked, compiled.tensors), watched) if watched else set()
    reason = f"the layer {kind.__name__} does not read it while it runs"
    return found | {name: reason for name in watched if name not in read}


def names_read(
    layer: keras.layers.Layer, node: CheckedNode, inputs: Mapping[str, Any], watched: Collection[str]
) -> set[str]:
    """Return which attributes of a layer are read when it is called; those that are read inside others are not seen."""
    read: set[str] = set()

    def observed(name: str) -> property:
        def value(self: keras.layers.Layer) -> Any:
            read.add(name)
            return vars(self)[name]

        return property(value)

    kind = type(layer)
    training = {"training": True} if node.written.trainable and takes_training(layer) else {}
    layer.__class__ = type(kind.__name__, (kind,), {name: observed(name) for name in watched})
    try:
        flat = tree.map_structure(_spec, dict(inputs))
        called = tf.function(lambda taken: invoke(layer, node, taken, **training), autograph=False)
        called.get_concrete_function(flat)
    finally:
        layer.__class__ = kind
    return read


def _spec(tensor: Any) -> Any:
    return tf.TensorSpec(tensor.shape, tensor.dtype) if isinstance(tensor, keras.KerasTensor) else tensor
