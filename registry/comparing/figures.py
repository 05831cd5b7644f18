"""The figures of a comparison, as vector graphics that take their text colour from the page they stand on."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from registry.comparing.curves import Curve, curve
from registry.comparing.ranking import Ranking, Row, values_of
from registry.console.files import write_file
from registry.drawing.theme import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "osD^vPX*<>"

INK = "#010203"
"""Stands for the colour of text and lines until the page's own takes its place."""

STYLE: Mapping[str, object] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "registry",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "savefig.transparent": True,
    "legend.frameon": False,
    **dict.fromkeys(["text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"], INK),
}

CURVES = ("validation/loss", "epoch/loss")
"""Metrics whose learning curves are drawn beside that of the stated one."""


def figures(found: Ranking) -> dict[str, Callable[[], Figure]]:
    """Return what draws each figure that there is something to draw of, by its name."""
    made: dict[str, Callable[[], Figure]] = {"values": lambda: values(found)}
    if len(found.rows) > 1:
        made["differences"] = lambda: differences(found)
        made["pareto"] = lambda: pareto(found)
    for name in dict.fromkeys([found.metric, *CURVES]):
        drawn = [(row, curve(row.group, name)) for row in found.rows]
        if any(len(item.steps) > 1 for _, item in drawn):
            made[f"curve {name}"] = lambda name=name, drawn=drawn: curves(name, drawn)  # type: ignore[misc]
    return made


def titles(name: str, found: Ranking) -> str:
    """Return what a figure shows, in a sentence."""
    against = found.against.letter
    kind, _, metric = name.partition(" ")
    return {
        "values": f"{found.metric}: every run (small), mean and standard error of the mean over seeds (large).",
        "differences": f"{found.metric} minus that of {against}, over equal seeds: mean, 95 % interval (Student's t).",
        "pareto": f"{found.metric} against time of training, weights and memory; the line joins the groups "
        "that no other one beats in both.",
        "curve": f"{metric} by training step: mean over seeds, and its standard error as a band.",
    }[kind]


def colour(place: int) -> str:
    """Return the colour of the group at this place of the ranking."""
    return SERIES[place % len(SERIES)]


def _new(width: float, height: float, columns: int = 1) -> tuple[Figure, Sequence[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, np.atleast_1d(figure.subplots(1, columns)).tolist()


def values(found: Ranking) -> Figure:
    """Draw the metric of every run, and of every group its mean with the error."""
    figure, (axes,) = _new(7.2, 0.9 + 0.42 * len(found.rows))
    for place, row in enumerate(found.rows):
        seeds = list(values_of(row.group, found.metric).values())
        axes.plot(seeds, [place + 0.16] * len(seeds), "o", color=colour(place), ms=3.5, alpha=0.6)
        _point(axes, row.value.mean, place, row.value.error, row.value.error, place)
    _groups(axes, found, found.rows)
    axes.set_xlabel(found.metric)
    return figure


def differences(found: Ranking) -> Figure:
    """Draw the difference of every group to the one that all are tested against, with its interval."""
    rows = [row for row in found.rows if row.test is not None]
    figure, (axes,) = _new(7.2, 0.9 + 0.42 * len(rows))
    for place, row in enumerate(rows):
        if row.test and row.test.difference.known:
            test = row.test.difference
            _point(axes, test.mean, place, test.mean - test.low, test.high - test.mean, found.rows.index(row))
    axes.axvline(0, color=INK, lw=0.8, ls=":")
    _groups(axes, found, rows)
    axes.set_xlabel(f"{found.metric}, minus that of {found.against.letter}")
    return figure


def _point(axes: Axes, x: float, y: float, left: float, right: float, place: int) -> None:
    reach = None if math.isnan(left) else [[left], [right]]
    marker = MARKERS[place % len(MARKERS)]
    axes.errorbar([x], [y], xerr=reach, fmt=marker, color=colour(place), ms=7, capsize=3, lw=1.5)


def _groups(axes: Axes, found: Ranking, rows: Sequence[Row]) -> None:
    axes.set_yticks(range(len(rows)), [_shortened(row.group.title) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.margins(x=0.08)
    axes.tick_params(axis="y", length=0)


def _shortened(text: str, longest: int = 44) -> str:
    """Return a title without its middle, if it is long: values stand at its end."""
    kept = longest // 2
    return text if len(text) <= longest else f"{text[: kept - 1]}\u2026{text[-kept:]}"


def curves(name: str, drawn: Sequence[tuple[Row, Curve]]) -> Figure:
    """Draw how a metric went on while the groups were trained, with bands."""
    figure, (axes,) = _new(7.2, 3.6)
    for place, (row, item) in enumerate(drawn):
        if not len(item.steps):
            continue
        axes.plot(item.steps, item.mean, color=colour(place), lw=1.6, label=_shortened(row.group.title))
        if np.isfinite(item.error).any():
            axes.fill_between(
                item.steps, item.mean - item.error, item.mean + item.error, color=colour(place), alpha=0.25, lw=0
            )
    axes.set_xlabel("training step")
    axes.set_ylabel(name)
    axes.legend(fontsize=9)
    return figure


def _memory(found: Ranking) -> dict[str, list[float]]:
    """Return the memory of every group, measured if all of them have it, else planned."""
    if all(row.cost.peak.known for row in found.rows):
        return {"memory of a training, GB": [row.cost.peak.mean for row in found.rows]}
    planned = [math.nan if row.cost.memory is None else row.cost.memory / 2**20 for row in found.rows]
    return {"planned memory of a step, MiB": planned}


def pareto(found: Ranking) -> Figure:
    """Draw the metric against what it costs; a line joins the groups that no other one beats in both."""
    costs = {
        "time of training, s": [row.cost.seconds.mean for row in found.rows],
        "weights": [math.nan if row.cost.weights is None else row.cost.weights for row in found.rows],
        **_memory(found),
    }
    figure, panels = _new(10.2, 3.4, 3)
    means = [row.value.mean for row in found.rows]
    for axes, (name, cost) in zip(panels, costs.items(), strict=True):
        for place, (row, x) in enumerate(zip(found.rows, cost, strict=True)):
            if math.isfinite(x) and row.value.known:
                error = None if math.isnan(row.value.error) else row.value.error
                marker = MARKERS[place % len(MARKERS)]
                axes.errorbar([x], [row.value.mean], yerr=error, fmt=marker, color=colour(place), ms=7, capsize=3)
                axes.annotate(row.group.letter, (x, row.value.mean), xytext=(7, 5), textcoords="offset points")
        best = front(cost, means, found.direction)
        axes.plot(
            [cost[place] for place in best], [means[place] for place in best], color=INK, lw=0.8, ls="--", zorder=0
        )
        axes.set_xlabel(name)
        axes.margins(0.15)
    panels[0].set_ylabel(found.metric)
    return figure


def front(costs: Sequence[float], values: Sequence[float], direction: str) -> list[int]:
    """Return the places that no other one beats in cost and value, from the cheapest to the best."""
    sign = 1 if direction == "min" else -1
    known = [place for place in range(len(costs)) if math.isfinite(costs[place]) and math.isfinite(values[place])]
    found: list[int] = []
    for place in sorted(known, key=lambda place: (costs[place], sign * values[place])):
        if not found or sign * values[place] < sign * values[found[-1]]:
            found.append(place)
    return found


def as_svg(draw: Callable[[], Figure]) -> str:
    """Return a figure as SVG that stands in a page: text is text, and has the page's colour."""
    content = _saved(draw, "svg").decode()
    content = content[content.index("<svg") :]
    return re.sub(re.escape(INK), "currentColor", content)


def written(found: Ranking, folder: Path) -> list[Path]:
    """Write every figure as SVG and as PDF into a folder; raises InputError if that cannot be done."""
    paths = []
    for name, draw in figures(found).items():
        for form in ("svg", "pdf"):
            paths.append(folder / f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}.{form}")
            write_file(str(paths[-1]), _saved(draw, form).replace(INK.encode(), b"#000000"))
    return paths


def _saved(draw: Callable[[], Figure], form: str) -> bytes:
    from matplotlib import rc_context

    metadata = {"Date": None} if form == "svg" else {"CreationDate": None}
    with rc_context(dict(STYLE)):  # type: ignore[arg-type]
        stream = io.BytesIO()
        draw().savefig(stream, format=form, metadata=metadata)
    return stream.getvalue()
