"""What the stages of a training keep in memory until the backward pass."""

from __future__ import annotations

from collections.abc import Sequence

from registry.configuration.reading import read_options
from registry.contract.errors import Problems
from registry.wiring.checked_graph import CheckedGraph, Ref
from registry.wiring.costs import Costs
from registry.wiring.recompute import segments


def stage_memory(checked: CheckedGraph, found: Costs) -> list[int]:
    """Return the training memory of every stage in bytes; none if something is wrong with the options.

    `found`: what the graph costs if all of it is kept.
    """
    options = read_options(checked.expanded.config, Problems())
    return [] if options is None else [_memory(stage.options.recompute, checked, found) for stage in options.stages]


def _memory(selectors: Sequence[str], checked: CheckedGraph, found: Costs) -> int:
    """Return the training memory if the groups that are named are computed again.

    Of each part what others read is kept, and what its searches have found; the largest part is there once more, as
    a whole, while it is computed again.
    """
    parts = segments(selectors, checked)
    whole = {row.path: row.training_memory for row in found.nodes}
    kept = [_kept(part, checked, found) for part in parts]
    inside = [sum(whole[path] for path in part) for part in parts]
    transient = max((all_of_it - own for all_of_it, own in zip(inside, kept, strict=True)), default=0)
    return found.training_memory - sum(inside) + sum(kept) + transient


def _kept(part: Sequence[str], checked: CheckedGraph, found: Costs) -> int:
    trained = {row.path for row in found.nodes if row.training_memory}
    read = {ref for path in trained.difference(part) for ref in checked.nodes[path].sources()}
    size = 0
    for path in trained.intersection(part):
        for port, type_ in checked.nodes[path].types.items():
            # A search keeps the neighbours and, of the same size, their distances.
            copies = 2 if type_.points_to else int(Ref(path, port) in read)
            size += copies * found.load.size(type_)
    return size
