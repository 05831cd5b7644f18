"""Opens graphs given as text."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph


def checked_graph_of(folder: Path, text: str, options: str = "") -> CheckedGraph:
    """Open a graph given as text, with the built-in blocks."""
    file = folder / "graph.yaml"
    file.write_text(dedent(text))
    if not options:
        return open_graph(str(file))
    (folder / "options.yaml").write_text(dedent(options))
    return open_graph(str(file), [str(folder / "options.yaml")])
