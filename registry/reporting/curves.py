"""The curves of a run: every metric by training step, with the stages marked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from registry.contract.run_store import Point
from registry.reporting.record import RunRecord
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.stage_plan import planned_stages

MOST_POINTS = 1500
"""Points of a curve: more than a page is wide cannot be seen."""

FEW_POINTS = 400
"""The same of metrics of which there may be hundreds: terms of losses, and those of monitors."""

MOST_CURVES = 8
"""Curves in one figure: more cannot be told apart."""

STAGE, LOSS, RATE = "epoch/stage", "loss", "train/learning_rate"

_PASS = re.compile(r"(?<=\.)(\d+)\.")
"""The number of a pass in the path of a node in a loop."""

_ENGINE = re.compile(r"(train|epoch|validation)/")


def stage_marks(record: RunRecord, checked: CheckedGraph | None) -> list[dict[str, Any]]:
    """Return the step at which every stage begins, with what the stage is called."""
    labels = [stage.label for stage in planned_stages(checked)] if checked else []
    marks: list[dict[str, Any]] = []
    before = 0
    for point in record.metrics.get(STAGE, ()):
        number = int(point.value) if math.isfinite(point.value) else 0
        if number and number != (marks[-1]["stage"] if marks else 0):
            label = labels[number - 1] if number <= len(labels) else f"stage {number}"
            marks.append({"stage": number, "x": before, "label": label})
        before = point.step
    return [{"x": mark["x"], "label": mark["label"]} for mark in marks]


def main_curves(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Yield the figures of the whole loss and of the learning rate."""
    named = [("each record", f"train/{LOSS}"), ("training", f"epoch/{LOSS}"), ("validation", f"validation/{LOSS}")]
    yield from _figure("loss", record, named, "each record", MOST_POINTS)
    yield from _figure("learning rate", record, [("learning rate", RATE)], most=MOST_POINTS)


def term_curves(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Yield a figure for each term of a loss, and for what else is recorded after every epoch."""
    names = sorted({_ENGINE.sub("", name) for name in record.metrics if _ENGINE.match(name)} - {LOSS})
    for name in names:
        if name in ("stage", "epoch") or f"train/{name}" == RATE:
            continue
        yield from _figure(name, record, [("training", f"epoch/{name}"), ("validation", f"validation/{name}")])


def monitor_curves(record: RunRecord) -> dict[str, list[dict[str, Any]]]:
    """Return the figures of metrics that monitors found more than twice, by monitor.

    Metrics with the same name of different nodes ("network/gradient_norm/NODE"), and those of a monitor in the passes
    of a loop, are curves of one figure.
    """
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for name in sorted(monitor_metrics(record)):
        if len(record.metrics[name]) > 2:
            monitor, _, rest = name.partition("/")
            group, _, own = rest.partition("/")
            number = ".".join(_PASS.findall(monitor))
            label = " ".join(filter(None, [f"pass {number}" if number else "", own])) or group.replace("_", " ")
            found.setdefault(_PASS.sub("", monitor), {}).setdefault(group, []).append((label, name))
    return {
        monitor: [
            figure
            for group, named in groups.items()
            for part in range(0, len(named), MOST_CURVES)
            for figure in _figure(group.replace("_", " "), record, named[part : part + MOST_CURVES])
        ]
        for monitor, groups in found.items()
    }


def monitor_metrics(record: RunRecord) -> Mapping[str, Sequence[Point]]:
    """Return the metrics that monitors have found."""
    engine = ("train/", "epoch/", "validation/", "evaluation/", "system/")
    return {name: points for name, points in record.metrics.items() if "/" in name and not name.startswith(engine)}


def _figure(
    title: str, record: RunRecord, named: Sequence[tuple[str, str]], faint: str = "", most: int = FEW_POINTS
) -> Iterator[dict[str, Any]]:
    """Yield the figure of those metrics that the run has."""
    series: list[dict[str, Any]] = []
    for place, (label, metric) in enumerate(named):
        points = record.metrics.get(metric, ())
        if points:
            series.append({"name": label, "colour": place, "faint": label == faint, **_thinned(points, most)})
    if any(len(item["x"]) > 1 for item in series):
        yield {"kind": "lines", "title": title, "series": series}


def _thinned(points: Sequence[Point], most: int) -> dict[str, list[float | None]]:
    """Return steps and values, at most so many of them, the last one always."""
    stride = max(1, math.ceil(len(points) / most))
    kept = [*points[::stride][:-1], points[-1]] if stride > 1 else points
    return {
        "x": [point.step for point in kept],
        "y": [float(f"{point.value:.6g}") if math.isfinite(point.value) else None for point in kept],
    }
