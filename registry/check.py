"""`python -m registry.check GRAPH`: nodes in order, shapes, parameter counts; in under a second, without TensorFlow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from registry.console.answered import Answer, typed
from registry.console.command import run_command, show_warnings
from registry.console.table import text_table

if TYPE_CHECKING:
    import argparse

    from registry.wiring.checked_graph import CheckedGraph

BRIEF = True
"""It ends within seconds."""

MOST_OFFERS = 8
"""Open inputs that the report names; `--wires` lists all."""

BY_NAME = "by name"
"""What is said of an input that a bundle has filled."""


def main(arguments: list[str] | None = None) -> int:
    """Check a graph and print it; return the exit status.

    A command that is typed again while nothing that it looked at has changed is answered as before.
    """
    answer = Answer() if typed("check", arguments) else None
    text = answer.again() if answer else None
    if text is None:
        text = _checked(parser().parse_args(arguments), answer)
    print(text)
    return 0


def _checked(options: argparse.Namespace, answer: Answer | None) -> str:
    """Check a graph, and return what is to be said of it."""
    # What checks is imported only where there is something to check.
    from registry.contract.errors import Problems
    from registry.tracking.addresses import check_from
    from registry.training.previewing import check_data
    from registry.wiring.learning import check_training
    from registry.wiring.looking import looked_at

    problems = Problems()
    checked = check_from(options, problems)
    engine = check_training(checked, problems)
    if engine and not problems.errors and loaders(checked) == 1:
        for problem in check_data(checked.loader, engine, options.data):
            problems.add(problem)
    problems.raise_if_any()
    show_warnings(problems.warnings)
    text = report(checked)
    if options.wires:
        text = "\n".join([text, "", *wires(checked)])
    files = None if problems.warnings else looked_at(checked)
    if answer and files is not None:
        answer.keep(text, files)
    return text


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    from registry.wiring.arguments import graph_parser

    made = graph_parser("registry.check", "check a graph: wiring, parameters, shapes; no TensorFlow is imported")
    made.add_argument("--wires", action="store_true", help="list the source of every input, and what stays open")
    made.add_argument("--data", action="store_true", help="look at all events, even if that takes long")
    return made


def report(checked: CheckedGraph) -> str:
    """Return the table of nodes, and the sums below it."""
    from dataclasses import asdict

    from registry.wiring.fingerprints import fingerprints

    trainable = checked.trainable
    frozen = sum(node.weights.trainable + node.weights.frozen for node in checked.nodes.values()) - trainable
    lines = [*_table(checked), ""]
    lines.append(
        f"{checked.expanded.name}: {len(checked.nodes)} nodes, {trainable:,} trainable weights, {frozen:,} others"
    )
    marks = asdict(fingerprints(checked))
    lines.append("fingerprints: " + ", ".join(f"{name} {value}" for name, value in marks.items()))
    if checked.uncounted:
        names = ", ".join(checked.uncounted)
        lines.append(f"not in these sums, for they are counted when the graph is compiled: the weights of {names}")
    if checked.outputs:
        lines.append(_reads(checked))
        lines.append("outputs: " + ", ".join(f"{name} {checked.type_of(ref)}" for name, ref in checked.outputs.items()))
    offers = [f"{path}.{port}" for path, node in checked.nodes.items() for port in node.open_offers]
    if offers:
        more = f" and {len(offers) - MOST_OFFERS} more" if len(offers) > MOST_OFFERS else ""
        lines.append(f"optional inputs that a bundle offers and nothing names: {', '.join(offers[:MOST_OFFERS])}{more}")
    return "\n".join(lines)


def _reads(checked: CheckedGraph) -> str:
    """Return what the inference model reads of the event, and that none of it is truth."""
    from registry.wiring.needed import inference_inputs
    from registry.wiring.truth import declared_truth

    read = ", ".join(map(str, inference_inputs(checked))) or "nothing"
    loaders = [node.block for node in checked.nodes.values() if node.block.kind == "loader"]
    if any(declared_truth(block) for block in loaders):
        return f"the inference model reads no truth; it reads {read}"
    return f"the inference model reads {read}; no loader declares which of its outputs are truth"


def wires(checked: CheckedGraph) -> list[str]:
    """Return one line per input: what it takes, whether a bundle filled it, and what a bundle offers to open ones."""
    rows = [("node", "input", "source", "")]
    for path, node in checked.nodes.items():
        found = [(port, str(ref), BY_NAME if port in node.bundled else "") for port, ref in node.wires()]
        found += [(port, "", f"open: {ref} offers it") for port, ref in node.open_offers.items()]
        rows += [("" if index else path, *row) for index, row in enumerate(found)]
    return text_table(rows)


def loaders(checked: CheckedGraph) -> int:
    """Return the number of nodes that bring events in."""
    return sum(node.block.kind == "loader" for node in checked.nodes.values())


def _table(checked: CheckedGraph) -> list[str]:
    """Return one line per node, and one more for every further output of it."""
    rows = [("node", "block", "weights", "output", "")]
    for path, node in checked.nodes.items():
        weights = node.weights
        count = f"{weights.trainable + weights.frozen:,}" if weights.known else "?"
        names = [(port, str(type_)) for port, type_ in node.types.items()] or [("", f"({node.block.kind})")]
        rows.append((path, node.written.use, count, *names[0]))
        rows += [("", "", "", *name) for name in names[1:]]
    return text_table(rows, right=(2,))


if __name__ == "__main__":
    sys.exit(run_command(main, BRIEF))
