"""A small graph in which options, defaults and repeats meet."""

from __future__ import annotations

from pathlib import Path

from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph

CONFIG = """
General: {description-string: a trial}
Training: [{batch_size: 500, learning_rate: 1.0e-3, epochs: 2, set: {"*.embed": {dropout: 0.1}}}]
Passes: [{n: 4}, {n: 8}]
Dense: {activation: elu}
"""

GRAPH = """
name: tiny
config: options.yaml
defaults: {dense_loop: "${Dense}", output_heads: {n_ccoords: 2}}
blocks:
  event: {use: showers}
  passes:
    repeat: ${Passes}
    as: one
    carry: {x: event.features}
    blocks:
      embed: {use: dense_loop, in: x, with: {units: ["${one.n}"], kernel_regularizer: l2}}
    next: {x: embed}
  mine:
    repeat: [{n: 3}, {n: 5}]
    as: one
    carry: {x: passes.x}
    blocks:
      dense: {use: dense_loop, in: x, with: {units: ["${one.n}"]}}
    next: {x: dense}
  heads: {use: output_heads, in: mine.x}
  loss: {use: object_condensation, in: {"*": [heads, event]}, with: {q_min: 0.5}}
outputs: {beta: heads.beta}
"""


def opened(folder: Path) -> CheckedGraph:
    """Write the graph and its options into a folder, and open it with one of them set."""
    (folder / "options.yaml").write_text(CONFIG)
    (folder / "tiny.yaml").write_text(GRAPH)
    return open_graph(str(folder / "tiny.yaml"), sets=["Passes.1.n=16"])
