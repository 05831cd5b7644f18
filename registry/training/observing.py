"""Runs the network for monitors: those that look at the same moment share what it says of the same events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from registry.compiling.model import Compiled, lookup
from registry.contract.data import Part, Source
from registry.contract.monitor import Observation
from registry.training.feeding import Batch, Feed
from registry.wiring.checked_graph import CheckedNode, Ref, flatten

SHARED_HITS = 20_000
"""Hits of a part whose values are kept until all monitors of a moment have looked: many more would fill the memory."""

FIXED = -1
"""Stands for the event that monitors look at all the time, among the numbers of batches."""


class Observing:
    """What the monitors of some nodes observe at one moment; batches have at most `batch_size` hits."""

    def __init__(self, compiled: Compiled, feed: Feed, batch_size: int, nodes: Sequence[CheckedNode]) -> None:
        self._compiled, self._feed, self._batch_size = compiled, feed, batch_size
        self._refs = list(dict.fromkeys(ref for node in nodes for ref in refs_of(node)))
        self._known: dict[tuple[Part, int], Mapping[str, np.ndarray]] = {}

    def batches(self, node: CheckedNode, part: Part) -> Iterator[Observation]:
        """Yield what a node's monitor observes of the events of a part."""
        hits = 0
        for number, batch in enumerate(self._feed.stream(part, self._feed.batches(part, self._batch_size))):
            hits += batch.hits
            yield self._observation(node, part, batch, number if hits <= SHARED_HITS else None)

    def fixed_event(self, node: CheckedNode) -> Observation:
        """Return what it observes of the event that all look at."""
        part, event = typical_event(self._feed.source)
        return self._observation(node, part, self._feed.read(part, event), FIXED)

    def _observation(self, node: CheckedNode, part: Part, batch: Batch, number: int | None) -> Observation:
        if not node.inputs:
            return Observation({}, part)
        if number is None:
            values = self._run(refs_of(node), batch)
        else:
            if (part, number) not in self._known:
                self._known[part, number] = self._run(self._refs, batch)
            values = self._known[part, number]
        # A copy each: what one monitor does with it is not seen by the others.
        own = {ref: np.array(values[f"{ref.node}.{ref.port}"]) for ref in refs_of(node)}
        return Observation({port: lookup(own, source) for port, source in node.inputs.items()}, part)

    def _run(self, refs: Sequence[Ref], batch: Batch) -> Mapping[str, np.ndarray]:
        probe = self._compiled.probe(refs)
        outputs = probe({name: batch.tensors[name] for name in probe.input}, training=False)
        return {name: np.asarray(value) for name, value in outputs.items()}


def refs_of(node: CheckedNode) -> list[Ref]:
    """Return the outputs of other nodes that a monitor takes."""
    return [ref for source in node.inputs.values() for ref in flatten(source)]


def typical_event(source: Source) -> tuple[Part, np.ndarray]:
    """Choose the validation event of median size; one event, or none if all of them are empty.

    Where no event is held out for validation, or all of them are empty, it is a training event.
    """
    part: Part = "validation" if source.sizes("validation").any() else "train"
    sizes = source.sizes(part)
    filled = np.flatnonzero(sizes)
    return part, filled[np.argsort(sizes[filled], kind="stable")[len(filled) // 2 :][:1]]
