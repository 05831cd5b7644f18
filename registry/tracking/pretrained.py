"""Whether the runs whose weights included graphs take are there."""

from __future__ import annotations

from registry.contract.errors import InputError, Problems, RunError
from registry.contract.tracker import RUN
from registry.tracking.runs import Runs
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.pretrained import report_unreadable


def check_weight_runs(checked: CheckedGraph, problems: Problems) -> None:
    """Report `weights: run:ID` of runs that no store on this machine has; servers are not asked, a warning says so."""
    for subgraph in checked.expanded.subgraphs.values():
        if not subgraph.weights.startswith(RUN):
            continue
        runs = Runs.known_to(checked)
        try:
            if servers := runs.servers():
                message = f"weights {subgraph.weights!r}: not looked for yet, the runs are kept on {', '.join(servers)}"
                problems.warning(message, subgraph.weights_origin, subgraph.path)
            else:
                runs.find(subgraph.weights)
        except InputError as error:
            for item in error.problems:
                report_unreadable(subgraph, item.message, problems, item.hint)
        except RunError as error:
            reason, _, more = str(error).partition("\n")
            report_unreadable(subgraph, reason, problems, more)
