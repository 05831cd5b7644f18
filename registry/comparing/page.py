"""One page of a comparison that works offline, on light and on dark paper."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from registry.comparing.evaluated import METHOD
from registry.comparing.factors import Change
from registry.comparing.figures import as_svg, figures, titles
from registry.comparing.grouping import NOT_GIVEN, changed_options
from registry.comparing.numbers import with_error
from registry.comparing.picture import union
from registry.comparing.ranking import Ranking, by_metric
from registry.comparing.statistics import METHODS
from registry.comparing.terminal import BETTER
from registry.comparing.texts import cells, head, over_events_rows
from registry.drawing.document import html_page, made_by, table
from registry.drawing.geometry import lay_out
from registry.drawing.svg import svg

MOST_DRAWINGS = 8
"""Drawings of graphs on one page: each takes seconds, and many would not be looked at."""


def command(found: Ranking) -> str:
    """Return the command that makes this comparison again, run by run."""
    runs = [run.address for group in found.groups for run in group.runs] + [item.run.address for item in found.apart]
    words = ["python", "-m", "registry.compare", *runs, "--metric", found.metric, "--mode", found.direction]
    return shlex.join([*words, "--against", found.against.first.address])


def page(found: Ranking) -> str:
    """Return the page as HTML; nothing in it is fetched from elsewhere."""
    title = f"{len(found.groups)} groups of runs, best first under {found.metric}"
    return html_page(title, style(), "\n".join(_sections(found, title)))


def style() -> str:
    """Return the style sheet of pages of tables and figures."""
    return (files("registry.comparing") / "assets" / "page.css").read_text(encoding="utf-8")


def _sections(found: Ranking, title: str) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    yield f"<p>{escape(found.metric)}: {BETTER[found.direction]}.</p>{made_by(f'{command(found)} --html FILE')}"
    yield "".join(f'<p class="warning">{escape(text)}</p>' for text in found.warnings)
    yield table(head(found), [cells(row, found) for row in found.rows], best=len(found.rows) > 1)
    for name, draw in figures(found).items():
        caption = escape(titles(name, found)) + made_by(f"{command(found)} --figures FOLDER")
        yield f"<figure>{as_svg(draw)}<figcaption>{caption}</figcaption></figure>"
    if any(found.events.values()):
        yield f"<h2>Over events, minus {found.against.letter}</h2><p>Difference [95 % interval] p.</p>"
        yield table(*over_events_rows(found))
    yield from _changes(found)
    yield from _metrics(found)
    yield from _runs(found)
    yield "<h2>How the figures are computed</h2>"
    yield "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in [*METHODS, METHOD]) + "</ul>"
    yield "".join(f"<p>{escape(text)}</p>" for text in found.notes)


def _changes(found: Ranking) -> Iterator[str]:
    if not found.changes:
        return
    yield "<h2>What differs</h2>"
    first, *others = [found.against, *(item.second for item in found.changes)]
    names = list(dict.fromkeys(name for other in others for name, _, _ in changed_options(first.first, other.first)))
    if names:
        rows = [[name, *(group.first.options.get(name, NOT_GIVEN) for group in (first, *others))] for name in names]
        yield table(["option", first.letter, *(group.letter for group in others)], rows)
    for place, item in enumerate(found.changes):
        yield f"<h3>{escape(item.first.title)} \u2192 {escape(item.second.title)}</h3>"
        rows = [[factor.name, line] for factor in item.factors for line in factor.lines]
        yield table(["factor", "change"], rows) if rows else "<p>Nothing that was recorded.</p>"
        yield _drawing(item, place < MOST_DRAWINGS)


def _drawing(item: Change, drawn: bool) -> str:
    """Return both graphs as one picture, its changes marked; empty if they are equal.

    `drawn`: False to say only how it is made.
    """
    if item.graph is None or not (item.graph.added or item.graph.removed or item.graph.changed or item.graph.outputs):
        return ""
    names = f"the graphs of {item.first.letter} and {item.second.letter}"
    words = [item.first.first.address, item.second.first.address, "--render", "FILE.svg"]
    made = made_by(shlex.join(["python", "-m", "registry.diff", *words]))
    if not drawn:
        return f"<p>Not drawn here: {names} as one picture.</p>{made}"
    scene, marks = union(item.graph)
    data = base64.b64encode(svg(lay_out(scene), "auto", marks).encode()).decode()
    image = f'<img alt="{names}" src="data:image/svg+xml;base64,{data}">'
    caption = f"<figcaption>{names[:1].upper()}{names[1:]} as one picture.{made}</figcaption>"
    return f"<details open><summary>drawing</summary><figure>{image}{caption}</figure></details>"


def _metrics(found: Ranking) -> Iterator[str]:
    yield "<h2>All metrics</h2><p>The last value of each: mean \u00b1 standard error over seeds.</p>"
    columns = [by_metric(group, found.metrics) for group in found.groups]
    rows = [[name, *(with_error(column[name]) for column in columns)] for name in found.metrics]
    yield table(["metric", *(group.letter for group in found.groups)], rows)


def _runs(found: Ranking) -> Iterator[str]:
    yield "<h2>Runs</h2>"
    rows = [
        [group.letter, str(run.seed), run.name, run.address, run.found.tracking]
        for group in found.groups
        for run in group.runs
    ]
    yield table(["group", "seed", "name", "address", "tracker"], rows)
    if found.apart:
        yield "<h2>Set apart, not in any figure above</h2>"
        apart = [[item.run.name, item.run.address, str(item.run.seed), item.reason] for item in found.apart]
        yield table(["name", "address", "seed", "why"], apart)
