"""The page of a run: one file that works offline, on light and on dark paper, by pointer and by keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

from registry.drawing.document import made_by, table
from registry.reporting.changes import Changes, changes
from registry.reporting.curves import main_curves, monitor_curves, monitor_metrics, stage_marks, term_curves
from registry.reporting.environment import environment
from registry.reporting.graph import drawing
from registry.reporting.record import EVENT_FILE, RunRecord
from registry.reporting.sectioned import data_element, sectioned_page
from registry.reporting.shown import MOST_PICTURES, Figures, image, joined_clouds, monitor_figures, pictures
from registry.reporting.summary import FAILED, FINDINGS, cards, head, warning_list
from registry.wiring.checked_graph import CheckedGraph

OPEN_TERMS = 6
"""With more terms than this their curves are folded."""


@dataclass
class _Page:
    record: RunRecord
    checked: CheckedGraph | None
    found: Changes
    figures: Figures = field(default_factory=Figures)

    @cached_property
    def monitors(self) -> dict[str, dict[str, dict[str, Any]]]:
        """What monitors found at last, by monitor and title."""
        return monitor_figures(self.record)

    def sections(self) -> Iterator[tuple[str, str]]:
        """Yield the title and the content of every section that has any."""
        parts: list[tuple[str, Callable[[], Iterable[str]]]] = [
            ("Warnings", lambda: warning_list(self.record)),
            ("Curves", self._curves),
            ("Physics", self._physics),
            ("Events", self._events),
            ("Graph", self._graph),
            ("Monitors", self._monitors),
            ("What differs", self._differences),
            ("Environment", lambda: environment(self.record)),
        ]
        for title, make in parts:
            content = "\n".join(make())
            if content:
                yield title, content

    def _curves(self) -> Iterator[str]:
        for figure in main_curves(self.record):
            yield self.figures.place(figure)
        terms = [self.figures.place(figure) for figure in term_curves(self.record)]
        if terms:
            opened = " open" if len(terms) <= OPEN_TERMS else ""
            inside = f'<div class="row">{"".join(terms)}</div>'
            yield f"<details{opened}><summary>{len(terms)} terms and other metrics</summary>{inside}</details>"

    def _physics(self) -> Iterator[str]:
        evaluated = {name: points for name, points in self.record.metrics.items() if name.startswith("evaluation/")}
        if evaluated:
            values = {name.removeprefix("evaluation/"): points[-1].value for name, points in evaluated.items()}
            rows = [[self.record.words.said(name), f"{value:.5g}"] for name, value in values.items()]
            yield table(["figure of merit", "value"], rows)
            if self.record.evaluation.get("command"):
                yield made_by(self.record.evaluation["command"])
        for path, data in pictures(self.record, "evaluation", MOST_PICTURES):
            yield image(path, data)
        for path in self.record.inside(FINDINGS):
            if not path.endswith(FAILED):
                name = path.removeprefix(f"{FINDINGS}/").removesuffix(".txt")
                yield f"<h3>{escape(name)}</h3><pre>{escape(self.record.text(path))}</pre>"
        short = {name: points for name, points in monitor_metrics(self.record).items() if len(points) <= 2}
        if short:
            rows = [[name, f"{points[0].value:.5g}", f"{points[-1].value:.5g}"] for name, points in short.items()]
            listed = table(["metric", "at first", "at last"], rows)
            yield f"<details><summary>{len(short)} metrics of monitors</summary>{listed}</details>"

    def _events(self) -> Iterator[str]:
        for cloud in joined_clouds(self.record.json(EVENT_FILE), self.monitors):
            yield self.figures.place(cloud, small=False)

    def _graph(self) -> Iterator[str]:
        if self.checked is None:
            picture = next(pictures(self.record, "graph", MOST_PICTURES), None)
            if picture:
                yield "<p>The graph cannot be opened here: this is the picture that the run has kept.</p>"
                yield image(*picture)
            return
        inner = drawing(self.checked, self.record, self.found)
        yield "<p>Choose what nodes are coloured by; click a node for all that is known of it.</p>"
        yield f'<iframe id="drawing" title="drawing of the graph"></iframe>{data_element("drawing-page", inner)}'

    def _monitors(self) -> Iterator[str]:
        curves = monitor_curves(self.record)
        for monitor in dict.fromkeys([*self.monitors, *curves]):
            figures = [
                (title, item) for title, item in self.monitors.get(monitor, {}).items() if item["kind"] != "cloud"
            ]
            placed = [self.figures.place(item, "" if title == monitor else title) for title, item in figures]
            placed += [self.figures.place(figure) for figure in curves.get(monitor, ())]
            if placed:
                yield f'<h3 class="of">{escape(monitor)}</h3><div class="row">{"".join(placed)}</div>'

    def _differences(self) -> Iterator[str]:
        found = self.found
        if self.checked is not None:
            if found.options:
                rows = [[name, *pair] for name, pair in found.options.items()]
                yield "<h3>Options that are not as the graph's own files say</h3>"
                yield table(["option", "in the files", "in this run"], rows)
            else:
                yield "<p>All options are as the graph's own files say.</p>"
        if found.parent_name:
            yield f"<h3>Since {escape(found.parent_name)}, whose weights this run began with</h3>"
            rows = [[name, *pair] for name, pair in found.parent.items()]
            yield table(["parameter", "there", "in this run"], rows) if rows else "<p>No parameter differs.</p>"
        rows = [[name, value] for name, value in sorted(self.record.parameters.items())]
        if rows:
            listed = table(["parameter", "value"], rows)
            yield f"<details><summary>all {len(rows)} parameters</summary>{listed}</details>"


def page(
    record: RunRecord,
    checked: CheckedGraph | None = None,
    parent: RunRecord | None = None,
    further: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the page of a run; nothing in it is fetched from elsewhere.

    `checked`: its graph, None if it cannot be opened; `parent`: the run that it was started from; `further`: titles and
    contents of sections behind the others.
    """
    made = _Page(record, checked, changes(record, checked, parent))
    sections = [*made.sections(), *further]
    top = head(record) + cards(record)
    return sectioned_page(record.name, top, sections, made.figures, stage_marks(record, checked))
