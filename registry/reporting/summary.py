"""The head of a run's page: what ran, how it ended, its figures in short, what was warned of."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from html import escape

from registry.contract.tracker import RUN
from registry.drawing.document import made_by
from registry.reporting.curves import STAGE, monitor_metrics
from registry.reporting.record import WARNINGS_FILE, RunRecord
from registry.tracking.runs import REASON_FILE

MOST_CARDS = 8

EVALUATED = "evaluation/"
"""Start of the names of metrics that evaluations have found."""

FAILED, FINDINGS = ".failed.txt", "findings"


def head(record: RunRecord) -> str:
    """Return the title of the page, how the run ended, and what it is."""
    facts = [
        ("run", f"{RUN}{record.id}" if record.id else ""),
        ("experiment", record.experiment),
        ("kept by", record.tracker),
        ("started", time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.started)) if record.started else ""),
        ("trained for", _trained(record)),
        ("seed", record.parameters.get("General.seed", "")),
        ("weights of the model", record.tags.get("model.weights", "")),
        ("commit", " ".join(filter(None, [record.tags.get("git.commit", "")[:10], record.tags.get("git.state", "")]))),
        ("started from", record.tags.get("parent.run", "")),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(text)}</dd></div>" for name, text in facts if text)
    state = f'<span class="state {escape(record.status.lower())}">{escape(record.status)}</span>'
    said = f"<p>{escape(record.description)}</p>" if record.description else ""
    command = f"<pre><code>{escape(record.command)}</code></pre>" if record.command else ""
    page = made_by(f"python -m registry.page {RUN}{record.id}") if record.id else ""
    return f"<h1>{escape(record.name)} {state}</h1>{said}<dl class='facts'>{rows}</dl>{command}{page}"


def cards(record: RunRecord) -> str:
    """Return the most telling figures: the losses, and what monitors and evaluations found at last."""
    found = []
    for name, metric in (("loss", "epoch/loss"), ("validation loss", "validation/loss")):
        values = [point.value for point in record.metrics.get(metric, ()) if math.isfinite(point.value)]
        if values:
            found.append((name, values[-1], f"best {min(values):.4g}" if min(values) < values[-1] else ""))
    for name in _telling(record)[: MOST_CARDS - len(found)]:
        points = record.metrics[name]
        before = f"at first {points[0].value:.4g}" if len(points) > 1 else ""
        found.append((record.words.said(name.removeprefix(EVALUATED)), points[-1].value, before))
    items = (
        f'<div class="card"><span>{escape(name)}</span><b>{value:.4g}</b><small>{escape(more)}</small></div>'
        for name, value, more in found
        if math.isfinite(value)
    )
    return f'<div class="cards">{"".join(items)}</div>'


def _telling(record: RunRecord) -> list[str]:
    """Return metrics of evaluations and monitors that stand for themselves: not those of single nodes or samples."""
    evaluated = [name for name in record.metrics if name.startswith(f"{EVALUATED}test/") and name.count("/") == 2]
    return evaluated + [name for name in monitor_metrics(record) if name.count("/") == 1 and "." not in name]


def warnings(record: RunRecord) -> list[str]:
    """Return what was warned of, what of the run's code is in no commit, and which monitors have failed."""
    # Further lines of a warning are indented.
    found = [text.rstrip() for text in re.split(r"\n(?!\s)", record.text(WARNINGS_FILE)) if text.strip()]
    failed = [record.text(path).strip() for path in record.inside(FINDINGS) if path.endswith(FAILED)]
    found += [text for text in failed if not any(said.startswith(text) for said in found)]
    if record.status == "FAILED":
        found.insert(0, record.text(REASON_FILE).strip() or "the run has failed")
    if record.tags.get("git.state") == "dirty":
        found.append("the folder had changes that are in no commit: they are kept in environment/uncommitted.diff")
    return list(dict.fromkeys(found))


def warning_list(record: RunRecord) -> Iterator[str]:
    """Yield the warnings as parts of the page."""
    for text in warnings(record):
        first, _, rest = text.partition("\n")
        more = f"<pre>{escape(rest)}</pre>" if rest else ""
        yield f'<div class="warning">{escape(first)}{more}</div>'


def _trained(record: RunRecord) -> str:
    points = record.metrics.get("epoch/seconds", ())
    if not points:
        return ""
    seconds = sum(point.value for point in points)
    stages = len({point.value for point in record.metrics.get(STAGE, ())})
    epochs = f"{len(points)} epochs" if len(points) != 1 else "1 epoch"
    return f"{_duration(seconds)}, {epochs} in {stages} stages" if stages > 1 else f"{_duration(seconds)}, {epochs}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
