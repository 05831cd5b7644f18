"""Measures what every node costs on one batch: time forward and backward, beside what the machine could do; memory."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import tensorflow as tf

from registry.compiling.keras_internals import takes_training
from registry.compiling.layers import by_port, invoke
from registry.compiling.model import Compiled, arguments
from registry.compiling.preserving import preserved
from registry.console.table import text_table
from registry.training.roofline import Machine, Work
from registry.wiring.checked_graph import CheckedNode, Ref
from registry.wiring.needed import needed_ports

Inputs: TypeAlias = "Mapping[str, tf.Tensor | list[tf.Tensor] | dict[str, tf.Tensor]]"
"""What a layer is called with, by port."""

Outputs: TypeAlias = "tf.Tensor | Sequence[tf.Tensor] | Mapping[str, tf.Tensor]"
"""What a layer or a gradient returns."""

REPEATS = 5

_TIMES = ("forward ms", "at best", "backward ms", "at best", "ratio", "share %")
_AT_BEST = "at best: its multiply-adds at the measured rate of a matrix product, or its bytes at that of a copy"
_HEAD = ("node", "block", *_TIMES, "output MB", "peak MB")


@dataclass(frozen=True)
class NodeProfile:
    """Median seconds of a node alone, forward and for its gradient, and what the machine could do at best; bytes of its
    outputs, and of the most memory taken above what was in use before (Linux only, else None)."""

    node: str
    block: str
    forward: float
    backward: float
    forward_floor: float
    backward_floor: float
    output_bytes: int
    peak_bytes: int | None

    @property
    def seconds(self) -> float:
        """Forward and backward together."""
        return self.forward + self.backward

    @property
    def floor(self) -> float:
        """What the machine could do at best, forward and backward together."""
        return self.forward_floor + self.backward_floor


def profile(compiled: Compiled, batch: Mapping[str, tf.Tensor], repeats: int = REPEATS) -> list[NodeProfile]:
    """Return the cost of every node that the losses depend on, in the DAG's order.

    Each node runs alone, as in training, on the values the nodes before it give for the batch; weights that a node
    changes as it runs (running averages) are put back.
    """
    needed = needed_ports(compiled.checked, (), compiled.losses)
    values: dict[Ref, tf.Tensor] = {}
    measured = []
    machine = Machine()
    with preserved(compiled.training_model.variables):
        for path, node in compiled.checked.nodes.items():
            if path not in needed:
                continue
            if node.block.kind == "loader":
                values |= {Ref(path, port): batch[f"{path}.{port}"] for port in needed[path]}
            else:
                result, outputs = _measure(compiled, path, values, machine, repeats)
                values |= outputs
                measured.append(result)
    return measured


def _measure(
    compiled: Compiled, path: str, values: Mapping[Ref, tf.Tensor], machine: Machine, repeats: int
) -> tuple[NodeProfile, dict[Ref, tf.Tensor]]:
    node, layer = compiled.checked.nodes[path], compiled.layers[path]
    options = {"training": node.written.trainable} if takes_training(layer) else {}

    def call(inputs: Inputs) -> Outputs:
        outputs: Outputs = invoke(layer, node, inputs, **options)
        return outputs

    def call_with_gradient(inputs: Inputs) -> Outputs:
        floats = [item for item in tf.nest.flatten(inputs) if item.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(floats)
            outputs = [item for item in tf.nest.flatten(call(inputs)) if item.dtype.is_floating]
            total = tf.add_n([tf.reduce_sum(item) for item in outputs]) if outputs else tf.constant(0.0)
        return [item for item in tape.gradient(total, [*floats, *layer.trainable_variables]) if item is not None]

    inputs = arguments(node, values)
    forward, result, _ = _timed(tf.function(call), inputs, repeats)
    both, gradients, peak = _timed(tf.function(call_with_gradient), inputs, repeats)
    at_best, backward_at_best = (machine.floor(work) for work in _works(node, inputs, result, gradients))
    outputs = {} if node.block.kind == "loss" else by_port(path, node, layer, result)
    backward = max(0.0, both - forward)
    name, size = node.block.name, _bytes(result)
    return NodeProfile(path, name, forward, backward, at_best, backward_at_best, size, peak), outputs


def _works(node: CheckedNode, inputs: Inputs, result: Outputs, gradients: Outputs) -> tuple[Work, Work]:
    """Return what a node has to do forward, and for its gradient: twice the products, and all values once again."""
    rows, width = _shape(result if node.types else inputs)
    inner = node.block.multiply_adds(node.input_types, node.types) / max(1, width)
    moved = _bytes(inputs) + _bytes(result)
    forward = Work(rows, inner, width, 1, moved)
    if not tf.nest.flatten(gradients):
        return forward, Work(0, 0, 0, 0, 0)
    return forward, Work(rows, inner, width, 2, moved + _bytes(gradients))


def _shape(values: Inputs | Outputs) -> tuple[int, int]:
    """Return the rows of the first of some tensors, and the most numbers in a row of any."""
    tensors = tf.nest.flatten(values)
    rows = (tensors[0].shape or (1,))[0]
    return rows, max(math.prod(item.shape[1:]) for item in tensors)


def _bytes(values: Inputs | Outputs) -> int:
    return sum(int(tf.size(item)) * item.dtype.size for item in tf.nest.flatten(values))


def _timed(function: Callable[[Inputs], Outputs], arguments: Inputs, repeats: int) -> tuple[float, Outputs, int | None]:
    """Return the median time, the result, and the memory taken at most, over some calls after a first one."""
    result = function(arguments)
    seconds = []
    with _memory() as taken:
        for _ in range(repeats):
            started = time.perf_counter()
            result = function(arguments)
            for item in tf.nest.flatten(result):
                # Eager TensorFlow returns before it has computed: reading one number waits for all of them.
                tf.reshape(item, [-1])[:1].numpy()
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), result, taken()


class _memory:
    """Measures how far the process' memory rises above what it is at the start, where the system says so."""

    _STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")

    def __enter__(self) -> Callable[[], int | None]:
        self._before: int | None = None
        self._taken: int | None = None
        try:
            self._RESET.write_text("5")
            self._before = self._read("VmRSS")
        except OSError:
            pass
        return lambda: self._taken

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            self._taken = max(0, self._read("VmHWM") - self._before)

    def _read(self, name: str) -> int:
        lines = self._STATUS.read_text().splitlines()
        (line,) = [line for line in lines if line.startswith(f"{name}:")]
        return int(line.split()[1]) * 1024


def table(profiles: list[NodeProfile], hits: int) -> str:
    """Return the costs as text, the dearest node first, with sums."""
    total = sum(item.seconds for item in profiles) or 1.0
    floor = sum(item.floor for item in profiles)
    ranked = sorted(profiles, key=lambda item: -item.seconds)
    rows = [_HEAD, *(_row(item, total) for item in ranked)]
    lines = text_table(rows, right=range(2, len(_HEAD)))
    whole = f"all nodes, each alone, on {hits:,} hits: {1000 * total:.0f} ms; at best {1000 * floor:.0f} ms"
    return "\n".join([*lines, whole, f"({_AT_BEST})"])


def _row(item: NodeProfile, total: float) -> list[str]:
    peak = "-" if item.peak_bytes is None else f"{item.peak_bytes / 1e6:.1f}"
    times = (item.forward, item.forward_floor, item.backward, item.backward_floor)
    ratio = f"{item.seconds / item.floor:.1f}" if item.floor else "-"
    shown = [*(f"{1000 * seconds:.2f}" for seconds in times), ratio, f"{100 * item.seconds / total:.1f}"]
    return [item.node, item.block, *shown, f"{item.output_bytes / 1e6:.2f}", peak]


def as_json(profiles: list[NodeProfile], hits: int) -> str:
    """Return the costs as JSON: seconds and bytes by node."""
    return json.dumps({"hits": hits, "nodes": [asdict(item) for item in profiles]}, indent=1)
