"""Runs every node once on some events, as in training and as in inference: what fails is found before training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import keras
import tensorflow as tf

from registry.compiling.keras_internals import takes_training
from registry.compiling.layers import author_place, by_port, call_layer, loss_terms, wrong_return
from registry.compiling.model import Compiled, arguments
from registry.compiling.preserving import preserved
from registry.compiling.verify import fits
from registry.contract.axes import Axis
from registry.contract.errors import InputError, Problem
from registry.wiring.checked_graph import CheckedNode, Ref
from registry.wiring.needed import needed_ports

KEPT = "expected layers and variables as attributes of the layer, or in a list or dict that is one"


def columns_needed(compiled: Compiled) -> frozenset[str]:
    """Return the columns of the loader that the losses and the outputs depend on, "node.port"."""
    needed = _needed(compiled)
    loaders = [path for path, node in compiled.checked.nodes.items() if node.block.kind == "loader"]
    return frozenset(f"{path}.{port}" for path in loaders for port in needed.get(path, ()))


def try_layers(compiled: Compiled, columns: Mapping[str, tf.Tensor]) -> None:
    """Run every node that the losses and the outputs depend on, on the columns of some events.

    Nothing of it stays: running averages and random states are put back. Raises InputError at the first node that
    fails, returns something else than its block declares, or uses weights that Keras does not keep.
    """
    for training in (True, False):
        _Trial(compiled, columns, training).run()


class _Trial:
    """One pass through the graph, with the length of every axis seen so far."""

    def __init__(self, compiled: Compiled, columns: Mapping[str, tf.Tensor], training: bool) -> None:
        self._compiled, self._columns, self._training = compiled, columns, training
        self._values: dict[Ref, tf.Tensor] = {}
        self._lengths: dict[Axis, tuple[int, str]] = {}
        self._kept = {variable.value.ref() for layer in compiled.layers.values() for variable in layer.variables}

    def run(self) -> None:
        needed = _needed(self._compiled)
        with preserved(_variables(self._compiled)):
            for path, node in self._compiled.checked.nodes.items():
                if path not in needed:
                    continue
                if node.block.kind == "loader":
                    found = {Ref(path, port): self._columns[f"{path}.{port}"] for port in needed[path]}
                else:
                    found = self._call(path, node, needed[path])
                self._check(path, node, found)
                self._values |= found

    def _call(self, path: str, node: CheckedNode, needed: Iterable[str]) -> dict[Ref, tf.Tensor]:
        layer = self._compiled.layers[path]
        options = {"training": self._training and node.written.trainable} if takes_training(layer) else {}
        with tf.GradientTape() as tape:
            result = call_layer(path, node, layer, arguments(node, self._values), **options)
        self._check_kept(path, node, layer, tape.watched_variables())
        if node.block.kind == "loss":
            loss_terms(path, node, layer, result)
            return {}
        found = by_port(path, node, layer, result)
        missing = [port for port in needed if Ref(path, port) not in found]
        if missing:
            keys = ", ".join(map(repr, node.types))
            raise wrong_return(path, node, layer, result, f"a dict of tensors with the keys {keys}")
        return found

    def _check_kept(self, path: str, node: CheckedNode, layer: keras.layers.Layer, used: Iterable[tf.Variable]) -> None:
        lost = [variable for variable in used if variable.ref() not in self._kept]
        if lost:
            names = ", ".join(f"{variable.name.split(':')[0]} {list(variable.shape)}" for variable in lost)
            message = (
                f"block {node.block.name!r}: its layer {type(layer).__name__} uses weights that Keras does not keep: "
                f"{names}; they would be neither trained nor saved"
            )
            raise InputError([Problem(message, author_place(type(layer), "", node), path, KEPT)])

    def _check(self, path: str, node: CheckedNode, found: Mapping[Ref, tf.Tensor]) -> None:
        """Compare what a node has returned with its types: widths, dtypes, and lengths of axes of one name."""
        for ref, tensor in found.items():
            type_ = node.types[ref.port]
            dtype = keras.backend.standardize_dtype(tensor.dtype)
            if not fits(type_, tuple(tensor.shape)) or dtype != type_.dtype:
                what = f"returned {tuple(tensor.shape)} {dtype} as {ref.port!r}"
                self._refuse(path, node, what, f"expected {type_}")
            for axis, length in zip(type_.axes, tensor.shape, strict=True):
                if isinstance(axis, Axis):
                    first, where = self._lengths.setdefault(axis, (int(length), str(ref)))
                    if first != length:
                        what = f"returned {length} rows as {ref.port!r}, where {where} has {first}"
                        self._refuse(path, node, what, f"expected {type_}: axes of one name have one length")

    def _refuse(self, path: str, node: CheckedNode, what: str, expected: str) -> None:
        layer = self._compiled.layers.get(path)
        place = author_place(type(layer), "call", node) if layer is not None else node.written.origin
        name = f"its layer {type(layer).__name__}" if layer is not None else "it"
        raise InputError([Problem(f"block {node.block.name!r}: {name} {what}", place, path, expected)])


def _needed(compiled: Compiled) -> dict[str, set[str]]:
    return needed_ports(compiled.checked, compiled.checked.outputs.values(), compiled.losses)


def _variables(compiled: Compiled) -> list[keras.Variable]:
    return [variable for layer in compiled.layers.values() for variable in layer.variables]
