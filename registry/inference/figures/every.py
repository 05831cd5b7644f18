"""All figures of an evaluation, by the names of their files, with what they show."""

from __future__ import annotations

from functools import partial

from registry.inference.evaluating import Evaluated
from registry.inference.figures.drawing import Draw
from registry.inference.figures.events import event, event_text
from registry.inference.figures.merit import merit
from registry.inference.figures.scans import scan
from registry.inference.figures.spreads import classes, of_found, spread
from registry.measuring.metrics import BY_NAME


def figures_of(evaluated: Evaluated) -> dict[str, tuple[str, Draw]]:
    """Return what can be drawn: by the name of its file, what it shows and what draws it."""
    found: dict[str, tuple[str, Draw]] = {}
    said = evaluated.words.said
    for name, metric in BY_NAME.items():
        if any(name in curves for method in evaluated.methods for curves in method.curves.values()):
            found[name] = (f"{metric.label}: {said(metric.description)}", partial(merit, evaluated, name))
    time = f"predicted - true time{f' ({evaluated.words.time})' if evaluated.words.time else ''}"
    for column, label in (("response", "predicted over true energy"), ("residual_time", time)):
        if any(len(of_found(method, column)) for method in evaluated.methods):
            found[f"{column}_spread"] = (f"{label} of found objects", partial(spread, evaluated, column, label))
    if evaluated.network.confusion.size:
        text = "predicted classes of the found objects of each true class, in percent of the true class"
        found["classes"] = (text, partial(classes, evaluated.network.confusion))
    for number, method in enumerate(evaluated.methods):
        if method.scan is not None:
            name = "scan" if not number else f"scan_{number}"
            text = f"{method.name}: {method.scan.objective} of the thresholds that were tried on validation events"
            found[name] = (text, partial(scan, method.scan))
    return found


def event_figures(evaluated: Evaluated) -> dict[str, tuple[str, Draw]]:
    """Return the displays of the worst events, by the name of the file."""
    words = evaluated.words
    return {f"event_{shown.number}": (event_text(shown), partial(event, shown, words)) for shown in evaluated.worst}
