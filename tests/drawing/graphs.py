"""Small graphs for the tests of pictures, costs and differences."""

from __future__ import annotations

from pathlib import Path

from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph

SMALL = """\
name: small
description: one dense layer
blocks:
  event: {use: showers}
  head: {use: dense_loop, in: event.features, with: {units: [2]}}
outputs: {x: head}
"""

REPEATED = """\
name: repeated
blocks:
  event: {use: showers}
  start: {use: dense_loop, in: event.features, with: {units: [8]}}
  steps:
    repeat: [{n: 16}, {n: 32}, {n: 32}]
    as: step
    carry: {x: start}
    blocks:
      wide: {use: dense_loop, in: x, with: {units: ["${step.n}"]}}
      norm: {use: gooey_batchnorm, in: wide}
      inner:
        repeat: [1, 2]
        as: each
        carry: {x: norm}
        blocks:
          dense: {use: dense_loop, in: x, with: {units: [8], activation: relu}}
          both: {use: concatenate, in: [dense, start]}
        next: {x: both}
    next: {x: inner.x}
  heads: {use: output_heads, in: steps.x}
  loss: {use: object_condensation, in: {"*": [heads, event]}}
outputs: {beta: heads.beta, ccoords: heads.ccoords}
"""


def graph_of(text: str, folder: Path, name: str = "graph.yaml") -> CheckedGraph:
    """Open a graph given as text."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return open_graph(str(file))


def chain(count: int) -> str:
    """Return a graph of `count` nodes in a row, every tenth of which also takes the output of an early one."""
    lines = ["name: chain", "blocks:", "  event: {use: showers}"]
    lines.append("  n0: {use: dense_loop, in: event.features, with: {units: [8]}}")
    for index in range(1, count):
        source = f"[n{index - 1}, n{index // 2}]" if index % 10 == 0 else f"n{index - 1}"
        use = "concatenate" if index % 10 == 0 else "dense_loop"
        parameters = "" if index % 10 == 0 else ", with: {units: [8]}"
        lines.append(f"  n{index}: {{use: {use}, in: {source}{parameters}}}")
    return "\n".join([*lines, f"outputs: {{x: n{count - 1}}}", ""])
