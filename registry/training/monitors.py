"""Lets the graph's monitors look at the network, outside the training step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from registry.compiling.model import Compiled, lookup
from registry.contract.block import MonitorBlock
from registry.contract.data import Part, Source
from registry.contract.monitor import Findings, Moment, Monitor, MonitorContext, Observation
from registry.training.feeding import Batch, Feed
from registry.wiring.checked_graph import CheckedNode, Ref, flatten


class MonitorRunner:
    """All monitors of a graph, opened; `look` runs those that want the given moment."""

    def __init__(self, compiled: Compiled, feed: Feed, batch_size: int, folder: Path) -> None:
        self._compiled, self._feed, self._batch_size, self._folder = compiled, feed, batch_size, folder
        self._monitors: list[tuple[str, CheckedNode, Monitor]] = []
        for path, node in compiled.checked.nodes.items():
            if isinstance(node.block, MonitorBlock):
                self._monitors.append((path, node, node.block.open(path)))

    def data_keys(self) -> set[str]:
        """Return the loader columns that monitors need."""
        return {key for _, node, _ in self._monitors for key in self._probe(node).input}

    def look(self, moment: Moment, step: int, epoch: int) -> Iterator[tuple[str, Findings]]:
        """Yield what every monitor finds that looks at this moment, by its node."""
        for path, node, monitor in self._monitors:
            if moment in monitor.moments:
                yield path, monitor.look(self._context(node, moment, step, epoch))

    def _context(self, node: CheckedNode, moment: Moment, step: int, epoch: int) -> MonitorContext:
        def batches(part: Part) -> Iterator[Observation]:
            for batch in self._feed.stream(part, self._feed.batches(part, self._batch_size)):
                yield self._observe(node, batch, part)

        def fixed_event() -> Observation:
            part, event = self.fixed_event()
            return self._observe(node, self._feed.read(part, event), part)

        return MonitorContext(moment, step, epoch, self._folder, batches, fixed_event)

    def fixed_event(self) -> tuple[Part, np.ndarray]:
        """Return the event that monitors look at all the time: the same in every run on the same data."""
        return typical_event(self._feed.source)

    def _probe(self, node: CheckedNode) -> keras.Model:
        return self._compiled.probe(_refs(node))

    def _observe(self, node: CheckedNode, batch: Batch, part: Part) -> Observation:
        probe = self._probe(node)
        outputs = probe({name: batch.tensors[name] for name in probe.input}, training=False)
        values = {ref: np.asarray(outputs[f"{ref.node}.{ref.port}"]) for ref in _refs(node)}
        named = {port: lookup(values, source) for port, source in node.inputs.items()}
        return Observation(named, part)


def _refs(node: CheckedNode) -> list[Ref]:
    return [ref for source in node.inputs.values() for ref in flatten(source)]


def typical_event(source: Source) -> tuple[Part, np.ndarray]:
    """Choose the validation event of median size; one event, or none if all of them are empty.

    Where no event is held out for validation, or all of them are empty, it is a training event.
    """
    part: Part = "validation" if source.sizes("validation").any() else "train"
    sizes = source.sizes(part)
    filled = np.flatnonzero(sizes)
    return part, filled[np.argsort(sizes[filled], kind="stable")[len(filled) // 2 :][:1]]
