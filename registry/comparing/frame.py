"""The ranking as a table of numbers, for Python and as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.comparing.ranking import Ranking, Row, by_metric
from registry.comparing.statistics import Paired

if TYPE_CHECKING:
    import pandas

ERROR = ".error"
"""Ending of the column with the standard error of the metric before it."""


EVENTS = "events."
"""Start of the columns with differences over the events of the evaluation."""


def frame(found: Ranking) -> pandas.DataFrame:
    """Return a row for each group, best first, by its letter.

    Columns: `label`, `runs` (how many), `seeds`; the stated metric with `.error`, `.low`, `.high`; what differs from
    the group that all are tested against: `difference` with the same endings, `p`, `p.holm`, `p.signs`; `seconds`,
    `weights`, `memory` and `inference_memory` (planned, bytes), `peak_memory` with `.error` (measured, GB); every other
    metric with `.error`; `events.FIGURE` with `.low`, `.high` and `.p`, the difference over the events of the
    evaluation; `addresses`.
    """
    import pandas

    return pandas.DataFrame([_row(row, found) for row in found.rows]).set_index("group")


def runs_frame(found: Ranking) -> pandas.DataFrame:
    """Return a row for each run: group, seed, status, the last value of each metric; of a run set apart why it is."""
    import pandas

    rows: list[dict[str, Any]] = []
    for group in found.groups:
        for run in group.runs:
            rows.append({"id": run.id, "group": group.letter, "name": run.name, "seed": run.seed, "apart": ""})
            rows[-1] |= {"status": run.status, "seconds": run.seconds, **run.values}
    for item in found.apart:
        run = item.run
        rows.append({"id": run.id, "group": "", "name": run.name, "seed": run.seed, "apart": item.reason})
        rows[-1] |= {"status": run.status, "seconds": run.seconds, **run.values}
    return pandas.DataFrame(rows).set_index("id")


def _row(row: Row, found: Ranking) -> dict[str, Any]:
    group, value, cost = row.group, row.value, row.cost
    cells: dict[str, Any] = {"group": group.letter, "label": group.label, "runs": len(group.runs)}
    cells["seeds"] = ", ".join(map(str, group.seeds))
    cells |= {found.metric: value.mean, f"{found.metric}{ERROR}": value.error}
    cells |= {f"{found.metric}.low": value.low, f"{found.metric}.high": value.high}
    test = row.test or Paired()
    difference = test.difference
    cells |= {"difference": difference.mean, f"difference{ERROR}": difference.error}
    cells |= {"difference.low": difference.low, "difference.high": difference.high}
    cells |= {"p": test.p, "p.holm": test.p_holm, "p.signs": test.p_signs}
    cells |= {"seconds": cost.seconds.mean, f"seconds{ERROR}": cost.seconds.error}
    cells |= {"weights": cost.weights, "memory": cost.memory, "inference_memory": cost.inference_memory}
    cells |= {"peak_memory": cost.peak.mean, f"peak_memory{ERROR}": cost.peak.error}
    for name, estimate in by_metric(group, found.metrics).items():
        if name != found.metric:
            cells |= {name: estimate.mean, f"{name}{ERROR}": estimate.error}
    for name, item in found.events.get(group.letter, {}).items():
        cells |= {f"{EVENTS}{name}": item.difference, f"{EVENTS}{name}.low": item.low}
        cells |= {f"{EVENTS}{name}.high": item.high, f"{EVENTS}{name}.p": item.p}
    return cells | {"addresses": " ".join(run.address for run in group.runs)}
