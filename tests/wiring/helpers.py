"""Opens graphs given as text."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph

WITH_HEADS = """
name: small
config: options.yaml
blocks:
  event: {use: showers, with: {train_events: 2, validation_events: 1, test_events: 1}}
  pre: {use: preprocess.none, in: event}
  heads: {use: output_heads, in: pre.features, with: {n_ccoords: 2}}
"""
"""A graph of few events with everything that a network predicts of a hit; further blocks and outputs may follow."""


def checked_graph_of(folder: Path, text: str, options: str = "") -> CheckedGraph:
    """Open a graph given as text, with the built-in blocks."""
    file = folder / "graph.yaml"
    file.write_text(dedent(text))
    if not options:
        return open_graph(str(file))
    (folder / "options.yaml").write_text(dedent(options))
    return open_graph(str(file), [str(folder / "options.yaml")])
