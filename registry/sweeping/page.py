"""The files of a study: its table, and a page that works offline with Optuna's pictures of it."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from registry.console.files import write_whole
from registry.sweeping.result import Row
from registry.sweeping.study import Study
from registry.sweeping.text import assignment_text, duration, measured_text, short_names

if TYPE_CHECKING:
    from registry.sweeping.plan import Plan


class Figure(Protocol):
    """A picture of plotly."""

    def to_html(self, *, full_html: bool, include_plotlyjs: bool) -> str:
        """Return it as a part of a page."""
        ...


STYLE = (
    "body{font-family:system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color-scheme:light dark}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "td,th{padding:.25em .8em;text-align:right;border-bottom:1px solid #8884}td:last-child{text-align:left}"
    ".figure{background:white;border-radius:6px;margin:1em 0;overflow-x:auto}"
)

LEAST = 2
"""Trials with a value below which there is nothing to draw."""


def write_files(study: Study, plan: Plan, found: Sequence[Row], folder: Path, drawn: bool) -> list[Path]:
    """Write `trials.csv` and, if it is to be `drawn`, `sweep.html`; return them. Raises OSError if that fails."""
    table, page_file = folder / "trials.csv", folder / "sweep.html"
    write_whole(table, _csv(found, plan))
    if not drawn:
        return [table]
    write_whole(page_file, page(study, plan, found))
    return [table, page_file]


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
    name = html.escape(study.name)
    better = "more" if plan.direction == "max" else "less"
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{name}</title><style>{STYLE}</style>",
        f"<h1>{name}</h1><p>{html.escape(plan.request.metric)}, {better} is better; {len(found)} trials.</p>",
        _table(found, plan),
    ]
    done = sum(row.state == "done" for row in found)
    if done < LEAST:
        return "\n".join([*parts, f"<p>Pictures need {LEAST} trials with a value; there are {done}.</p>"])
    for title, text in _figures(study, plan):
        parts += [f"<h2>{title}</h2>", f"<div class=figure>{text}</div>"]
    return "\n".join(parts)


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
        except (ValueError, RuntimeError, ZeroDivisionError) as error:
            yield title, f"<p>{html.escape(str(error))}</p>"


def _table(found: Sequence[Row], plan: Plan) -> str:
    names = short_names(plan.axes)
    head = ["trial", *names.values(), plan.request.metric, "time", ""]
    lines = ["<table><tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in head) + "</tr>"]
    for row in found:
        value = measured_text(row.value, row.spread) if row.state == "done" and row.value is not None else row.state
        cells = [str(row.number), *assignment_text(row.assignment, names), value, duration(row.seconds), row.reason]
        lines.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>")
    return "\n".join([*lines, "</table>"])
