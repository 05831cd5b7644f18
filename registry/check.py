"""`python -m registry.check GRAPH`: nodes in order, shapes, parameter counts; in under a second, without TensorFlow."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from registry.commands import check_from, graph_parser, run_command, show_warnings
from registry.errors import Problems
from registry.training.schedule import check_options
from registry.wiring.fingerprints import fingerprints

if TYPE_CHECKING:
    from registry.wiring.wiring import Wiring


def main(arguments: list[str] | None = None) -> int:
    """Check a graph and print it; return the exit status."""
    parser = graph_parser("registry.check", "check a graph: wiring, parameters, shapes; no TensorFlow is imported")
    options = parser.parse_args(arguments)
    problems = Problems()
    wiring = check_from(options, problems)
    check_options(wiring, problems)
    problems.raise_if_any()
    show_warnings(problems.warnings)
    print(report(wiring))
    return 0


def report(wiring: Wiring) -> str:
    """Return the table of nodes, and the sums below it."""
    trainable = sum(wired.weights.trainable for wired in wiring.nodes.values() if wired.node.trainable)
    frozen = sum(wired.weights.trainable + wired.weights.frozen for wired in wiring.nodes.values()) - trainable
    unknown = [path for path, wired in wiring.nodes.items() if not wired.weights.known]
    lines = [*_table(wiring), ""]
    lines.append(f"{wiring.graph.name}: {len(wiring.nodes)} nodes, {trainable:,} trainable weights, {frozen:,} others")
    marks = asdict(fingerprints(wiring))
    lines.append("fingerprints: " + ", ".join(f"{name} {value}" for name, value in marks.items()))
    if unknown:
        lines.append(f"weights known only after compiling: {', '.join(unknown)}")
    if wiring.outputs:
        lines.append("outputs: " + ", ".join(f"{name} {wiring.type_of(ref)}" for name, ref in wiring.outputs.items()))
    return "\n".join(lines)


def _table(wiring: Wiring) -> list[str]:
    """Return one line per node, and one more for every further output of it."""
    rows = [("node", "block", "weights", "output", "")]
    for path, wired in wiring.nodes.items():
        weights = wired.weights
        count = f"{weights.trainable + weights.frozen:,}" if weights.known else "?"
        names = [(port, str(type_)) for port, type_ in wired.types.items()] or [("", f"({wired.block.kind})")]
        rows.append((path, wired.node.use, count, *names[0]))
        rows += [("", "", "", *name) for name in names[1:]]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        f"{node:<{widths[0]}}  {block:<{widths[1]}}  {weights:>{widths[2]}}  {port:<{widths[3]}}  {type_}".rstrip()
        for node, block, weights, port, type_ in rows
    ]


if __name__ == "__main__":
    sys.exit(run_command(main, brief=True))
