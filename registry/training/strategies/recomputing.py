"""Runs the training model with parts of it computed again in the backward pass, `recompute: [GROUP]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import keras
import tensorflow as tf

from registry.compiling.keras_internals import takes_training
from registry.compiling.layers import by_port, invoke, loss_terms
from registry.compiling.model import Compiled, arguments
from registry.contract.keeping import Kept
from registry.wiring.checked_graph import Ref
from registry.wiring.needed import needed_ports
from registry.wiring.recompute import order_of_parts, segments

Losses: TypeAlias = "dict[str, dict[str, tf.Tensor]]"


class Recomputing:
    """The training model, run part by part: of a part only what it takes and gives is kept for the backward pass.

    Random numbers are drawn as in the forward pass, and what layers change of their state is changed once.
    """

    def __init__(self, compiled: Compiled, selectors: Sequence[str]) -> None:
        self._compiled = compiled
        self._needed = needed_ports(compiled.checked, (), compiled.losses)
        parts = [[path for path in part if path in self._needed] for part in segments(selectors, compiled.checked)]
        self._parts = [part for part in parts if part]
        self._order = order_of_parts(self._parts, compiled.checked) or []
        if not self._order:
            raise ValueError("the parts that are to be computed again depend on each other in a circle")

    def run(self, columns: Mapping[str, tf.Tensor], training: bool) -> tuple[Losses, list[tf.Tensor]]:
        """Return the scalars of every loss, and the losses that layers of recomputed parts add of their own."""
        values: dict[Ref, tf.Tensor] = {}
        losses: Losses = {}
        added: list[tf.Tensor] = []
        for group in self._order:
            if group in self._parts and training:
                added += self._again(group, values, losses)
                continue
            for path in group:
                if path not in self._needed:
                    continue
                if self._compiled.checked.nodes[path].block.kind == "loader":
                    values |= {Ref(path, port): columns[f"{path}.{port}"] for port in self._needed[path]}
                else:
                    self._node(path, values, losses, training)
        return {node: losses[node] for node in self._compiled.losses}, added

    def _read_elsewhere(self, part: Sequence[str]) -> set[Ref]:
        """Return what a part gives to others; all else of it is forgotten until the backward pass."""
        inside, nodes = set(part), self._compiled.checked.nodes
        outside = (nodes[path] for path in self._needed if path not in inside)
        return {ref for node in outside for ref in node.sources() if ref.node in inside}

    def _node(self, path: str, values: dict[Ref, tf.Tensor], losses: Losses, training: bool) -> None:
        node, layer = self._compiled.checked.nodes[path], self._compiled.layers[path]
        options = {"training": training and node.written.trainable} if takes_training(layer) else {}
        result = invoke(layer, node, arguments(node, values), **options)
        if node.block.kind == "loss":
            losses[path] = loss_terms(path, node, layer, result)
        else:
            values |= by_port(path, node, layer, result)

    def _again(self, part: Sequence[str], values: dict[Ref, tf.Tensor], losses: Losses) -> list[tf.Tensor]:
        """Run a part; add what it gives, and return the losses that its layers add."""
        outside = {ref for path in part for ref in self._compiled.checked.nodes[path].sources() if ref.node not in part}
        taken = [ref for ref in values if ref in outside]
        variables = _variables([self._compiled.layers[path] for path in part])
        trained = [item for item in variables if item.trainable]
        others = [item for item in variables if not item.trainable]
        read = self._read_elsewhere(part)
        given: list[Ref] = []
        counts: list[int] = []
        kept = Kept()

        def forward(flat: Sequence[tf.Tensor]) -> list[tf.Tensor]:
            """Return outputs, scalars of losses, added losses, and the new values of the others."""
            inner = dict(zip(taken, flat[: len(taken)], strict=True))
            scalars: Losses = {}
            state = list(zip([*trained, *others], flat[len(taken) :], strict=True))
            with keras.StatelessScope(state_mapping=state, collect_losses=True) as scope:
                for path in part:
                    self._node(path, inner, scalars, True)
                new = [scope.get_current_value(item) for item in others]
                penalties = [tf.reshape(tf.convert_to_tensor(item), []) for item in scope.losses]
            given[:] = [ref for ref in inner if ref in read]
            terms = [value for each in scalars.values() for value in each.values()]
            counts[:] = [len(given), len(terms), len(penalties)]
            names[:] = [(path, name) for path, each in scalars.items() for name in each]
            return [*(inner[ref] for ref in given), *terms, *penalties, *new]

        names: list[tuple[str, str]] = []

        def compute(*flat: tf.Tensor) -> Any:
            with kept.first():
                results = [tf.identity(item) for item in forward(flat)]

            def gradient(*upstream: tf.Tensor) -> list[tf.Tensor | None]:
                count = len(results) - len(others)
                asked = [place for place in range(count) if results[place].dtype.is_floating]
                # Nothing is computed again before the gradient has come so far.
                with tf.control_dependencies([upstream[place] for place in asked]):
                    again = [tf.identity(item) for item in flat]
                floats = [item for item in again if item.dtype.is_floating]
                with kept.again(), tf.GradientTape() as tape:
                    tape.watch(floats)
                    repeated = forward(again)
                wanted = [repeated[place] for place in asked]
                found = iter(tape.gradient(wanted, floats, [upstream[place] for place in asked]))
                return [next(found) if item.dtype.is_floating else None for item in again]

            return results, gradient

        state = [tf.convert_to_tensor(item) for item in (*trained, *others)]
        results = tf.custom_gradient(compute)(*(values[ref] for ref in taken), *state)
        outputs, terms, penalties = counts
        values |= dict(zip(given, results[:outputs], strict=True))
        for (path, name), value in zip(names, results[outputs : outputs + terms], strict=True):
            losses.setdefault(path, {})[name] = value
        for variable, value in zip(others, results[len(results) - len(others) :], strict=True):
            variable.assign(tf.stop_gradient(value))
        return list(results[outputs + terms : outputs + terms + penalties])


def _variables(layers: Sequence[keras.layers.Layer]) -> list[keras.Variable]:
    """Return the variables of layers, each once: weights, and states of random numbers."""
    return list({id(item): item for layer in layers for item in layer.variables}.values())
