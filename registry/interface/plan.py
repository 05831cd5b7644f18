"""What a graph costs, as an object that prints as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.console.table import text_table
from registry.drawing.labels import TIMES, count_text, memory_text
from registry.wiring.costs import Costs, NodeCost
from registry.wiring.stage_plan import StagePlan

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, repr=False)
class Plan:
    """The cost of a graph for a batch of one size, and the stages of its training.

    `costs` has the numbers, memory in bytes; `stage_memory` what each stage keeps of it for the backward pass, less
    where it has `recompute`.
    """

    costs: Costs
    stages: Sequence[StagePlan] = ()
    stage_memory: Sequence[int] = ()

    @property
    def table(self) -> pandas.DataFrame:
        """One row for each node: block, weights, multiply-adds of the forward pass, memory in bytes.

        Weights that are counted when the graph is compiled, and not before, are none.
        """
        import pandas

        rows = [
            {
                "node": node.path,
                "block": node.block,
                "weights": node.weights.trainable + node.weights.frozen if node.weights.known else None,
                "multiply_adds": node.multiply_adds,
                "training_memory": node.training_memory,
                "inference_memory": node.inference_memory,
            }
            for node in self.costs.nodes
        ]
        return pandas.DataFrame(rows).set_index("node")

    def __repr__(self) -> str:
        head = ["node", "block", "weights", "multiply-adds", "training", "inference", "output"]
        nodes = text_table([head, *(_row(node) for node in self.costs.nodes)], right=(2, 3, 4, 5))
        return "\n".join([*nodes, "", *self._totals(), *self._stages()])

    def _stages(self) -> list[str]:
        lines = []
        for number, stage in enumerate(self.stages, start=1):
            lines += ["", f"stage {number}, {stage.label}: {stage.length}"]
            rows = [[name, text] for name, text in stage.does.items()]
            if self.stage_memory and self.stage_memory[number - 1] != self.costs.training_memory:
                rows.append(["memory", f"{memory_text(self.stage_memory[number - 1])} training"])
            lines += text_table(rows, "  ")
        return lines

    def _totals(self) -> list[str]:
        found = self.costs
        forward, whole = count_text(found.multiply_adds), count_text(3 * found.multiply_adds)
        training, inference = memory_text(found.training_memory), memory_text(found.inference_memory)
        names = ", ".join(found.uncounted)
        more = [f"  not counted    the weights of {names}: when the graph is compiled"] if names else []
        return [
            f"for {found.load.hits:,} hits in {found.load.events:,} event{'s' if found.load.events > 1 else ''}:",
            f"  weights        {found.trainable:,} trained, {found.frozen:,} others",
            f"  multiply-adds  {forward} forward, about {whole} in a training step",
            f"  memory         {training} training, {inference} inference",
            *more,
        ]


def _row(node: NodeCost) -> list[str]:
    weights = node.weights.trainable + node.weights.frozen
    shapes = [f" {TIMES} ".join(f"{length:,}" for length in shape) for shape in node.shapes.values()]
    output = shapes[0] + (f" and {len(shapes) - 1} more" if len(shapes) > 1 else "") if shapes else ""
    return [
        node.path,
        node.block,
        f"{weights:,}" if node.weights.known else "?",
        count_text(node.multiply_adds),
        memory_text(node.training_memory),
        memory_text(node.inference_memory),
        output,
    ]
