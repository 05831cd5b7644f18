"""The files of a study: its table, and a page that works offline with Optuna's pictures of it."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from registry.comparing.page import style
from registry.console.files import write_whole
from registry.contract.secrets import shown_command
from registry.drawing.document import html_page, made_by, table
from registry.sweeping.result import Row
from registry.sweeping.study import Study
from registry.sweeping.text import SPREAD, assignment_text, duration, measured_text, short_names

if TYPE_CHECKING:
    from registry.sweeping.plan import Plan


class Figure(Protocol):
    """A picture of plotly."""

    def to_html(self, *, full_html: bool, include_plotlyjs: bool) -> str:
        """Return it as a part of a page."""
        ...


STYLE = "figure { background: white; border-radius: 6px; overflow-x: auto; }"
"""Optuna's pictures are for white paper."""

LEAST = 2
"""Trials with a value below which there is nothing to draw."""


def write_files(study: Study, plan: Plan, found: Sequence[Row], folder: Path, drawn: bool) -> list[Path]:
    """Write `trials.csv` and, if it is to be `drawn`, `sweep.html`; return them. Raises OSError if that fails."""
    table_file, page_file = folder / "trials.csv", folder / "sweep.html"
    write_whole(table_file, _csv(found, plan))
    if not drawn:
        return [table_file]
    write_whole(page_file, page(study, plan, found))
    return [table_file, page_file]


def _csv(found: Sequence[Row], plan: Plan) -> str:
    written = io.StringIO()
    paths = [axis.path for axis in plan.axes]
    out = csv.writer(written, lineterminator="\n")
    out.writerow(["trial", "state", *paths, plan.request.metric, "spread", "seconds", "reason", "runs"])
    for row in found:
        values = [row.assignment.get(path, "") for path in paths]
        runs = " ".join(run["run"] for run in row.runs if run["run"])
        out.writerow([row.number, row.state, *values, row.value, row.spread, row.seconds, row.reason, runs])
    return written.getvalue()


def page(study: Study, plan: Plan, found: Sequence[Row]) -> str:
    """Return the page of a study: its table, the importance of what was varied, all variants as parallel lines."""
    return html_page(study.name, f"{style()}{STYLE}", "\n".join(_sections(study, plan, found)))


def _sections(study: Study, plan: Plan, found: Sequence[Row]) -> Iterator[str]:
    better = "more" if plan.direction == "max" else "less"
    trials = f"{len(found)} trials by {plan.sampler}, seeds {', '.join(map(str, plan.seeds))}"
    yield f"<h1>{html.escape(study.name)}</h1>"
    yield f"<p>{html.escape(plan.request.metric)}, {better} is better; {trials}.</p>"
    yield made_by(shown_command(plan.request.command))
    yield _table(found, plan)
    done = sum(row.state == "done" for row in found)
    if done < LEAST:
        yield f"<p>Pictures need {LEAST} trials with a value; there are {done}.</p>"
        return
    for title, text in _figures(study, plan):
        yield f"<h2>{title}</h2>\n<figure>{text}</figure>"


def _figures(study: Study, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield Optuna's pictures of a study, the first with plotly for all of them; one that cannot be drawn says why."""
    from optuna import visualization as drawing
    from optuna.importance import FanovaImportanceEvaluator

    kept, label = study.kept, plan.request.metric
    # Of few trials it still tells which mattered; Optuna's default, which looks at the best tenth, does not.
    evaluator = FanovaImportanceEvaluator(seed=1)
    drawn: dict[str, Callable[[], Figure]] = {
        "Parallel coordinates": lambda: drawing.plot_parallel_coordinate(kept, target_name=label),
        "Importance": lambda: drawing.plot_param_importances(kept, evaluator=evaluator, target_name=label),
        "History": lambda: drawing.plot_optimization_history(kept, target_name=label),
    }
    if plan.request.prune:
        drawn["Learning curves"] = lambda: drawing.plot_intermediate_values(kept)
    carried = False
    for title, draw in drawn.items():
        try:
            yield title, draw().to_html(full_html=False, include_plotlyjs=not carried)
            carried = True
        except (ValueError, RuntimeError, ZeroDivisionError, ImportError) as error:
            yield title, f"<p>{html.escape(str(error))}</p>"


def _table(found: Sequence[Row], plan: Plan) -> str:
    names = short_names(plan.axes)
    head = ["trial", *names.values(), plan.request.metric, "time", ""]
    rows = []
    for row in found:
        value = measured_text(row.value, row.spread) if row.state == "done" and row.value is not None else row.state
        cells = [str(row.number), *assignment_text(row.assignment, names), value]
        rows.append([*cells, duration(row.seconds) if row.seconds else "", row.reason])
    said = f"<p>{SPREAD}</p>" if any(row.spread for row in found) else ""
    return table(head, rows, best=bool(found) and found[0].state == "done") + said
