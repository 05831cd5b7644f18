"""The page of data: one file that works offline, on light and on dark paper, with the parts of the page of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from registry.contract.figures import Cloud, Histogram
from registry.drawing.document import made_by, table
from registry.reporting.sectioned import sectioned_page
from registry.reporting.shown import Figures
from registry.surveying.found import Found
from registry.surveying.parts import OBJECTS_ENERGY, PER_EVENT, PartsFound
from registry.surveying.text import HEAD, column_row, lines

BINS = 50
MOST_HITS = 20_000
"""Hits of the event that is shown."""

MOST_LISTED = 200
"""Faults and equal events that are listed."""


def page(found: Found, faults: Sequence[str], command: str) -> str:
    """Return the page as HTML; nothing in it is fetched from elsewhere. `faults`: what was left out, and why."""
    figures = Figures()
    sections = [(title, content) for title, content in _sections(found, faults, figures) if content]
    title = f"data of {found.loader}: {', '.join(found.stored.files[:2]) or 'generated'}"
    return sectioned_page(title, f"<h1>{escape(title)}</h1>{made_by(command)}", sections, figures)


def _sections(found: Found, faults: Sequence[str], figures: Figures) -> Iterator[tuple[str, str]]:
    parts = found.looked
    yield "Faults", _listed(faults) if faults else "<p>None was found.</p>"
    yield "Doubts", _listed([*found.doubts, *_remarks(found)])
    yield "Summary", _listed([line for line in lines(found) if line and not line.startswith(" ")][: _summary(found)])
    shown = [
        (name, column) for name, column in found.columns.items() if not found.stored.used or name in found.stored.used
    ]
    units = found.stored.units
    yield "Columns", table(HEAD, [column_row(name, column, units.get(name, "")) for name, column in shown])
    if parts is None:
        return
    yield "Events", "".join(_histograms(parts, PER_EVENT, figures))
    unit = next((units[name] for name in found.stored.names.get("truth_energy", ()) if name in units), "")
    stated = {OBJECTS_ENERGY: unit} if unit else {}
    yield "Truth", "".join(_histograms(parts, ("hits per object", OBJECTS_ENERGY), figures, stated)) + _classes(parts)
    names = [name for name in _names(parts) if name not in (*PER_EVENT, "hits per object", OBJECTS_ENERGY)]
    yield "Distributions", f'<div class="row">{"".join(_histograms(parts, names, figures, units))}</div>'
    yield "Drift", _drift(parts)
    yield "Duplicates", _duplicates(parts)
    yield "Event display", _event(parts, found, figures)


def _summary(found: Found) -> int:
    return 5 + len(found.notes)


def _listed(texts: Sequence[str]) -> str:
    more = f"<p>and {len(texts) - MOST_LISTED:,} more</p>" if len(texts) > MOST_LISTED else ""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts[:MOST_LISTED])
    return f"<ul>{items}</ul>{more}" if items else ""


def _remarks(found: Found) -> Iterator[str]:
    for name, column in found.columns.items():
        if column.constant and (not found.stored.used or name in found.stored.used):
            yield f"column {name!r} is the same everywhere"
        if column.n_nonfinite or column.missing:
            yield f"column {name!r}: {column.n_nonfinite:,} values are not finite, {column.missing:,} are null"


def _names(parts: PartsFound) -> list[str]:
    return list(dict.fromkeys(name for part in parts.parts.values() for name in part.columns))


def _histograms(parts: PartsFound, names: Sequence[str], figures: Figures, units: object = None) -> Iterator[str]:
    known = units if isinstance(units, dict) else {}
    for name in names:
        values = {part: found.columns[name].values for part, found in parts.parts.items() if name in found.columns}
        values = {part: kept[np.isfinite(kept)] for part, kept in values.items()}
        values = {part: kept for part, kept in values.items() if len(kept)}
        if not values:
            continue
        every = np.concatenate(list(values.values()))
        low, high = np.quantile(every, [0.001, 0.999])
        whole = bool((every == np.rint(every)).all()) and high - low < BINS
        if whole:
            edges = np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
        else:
            edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
        counts = {str(part): np.histogram(kept, edges)[0] / len(kept) for part, kept in values.items()}
        label = f"{name} [{known[name]}]" if name in known else name
        text = "Share of each part; the outermost thousandths are left out."
        yield figures.place(Histogram(edges, counts, label, text).plain(), name)


def _classes(parts: PartsFound) -> str:
    names = sorted({name for found in parts.parts.values() for name in found.classes})
    if not names:
        return ""
    rows = [[name, *(f"{found.classes[name]:,}" for found in parts.parts.values())] for name in names]
    return table(["objects", *parts.parts], rows)


def _drift(parts: PartsFound) -> str:
    if not parts.drifts:
        return ""
    head = "<p>Greatest distance of the distributions of a part and of training (Kolmogorov and Smirnov). Hits of one "
    head += "event are not independent: the chance is that of independent ones, and the usual distance what so many "
    head += "events differ by, as the two halves of the training events do.</p>"
    ordered = sorted(parts.drifts, key=lambda drift: -drift.distance)
    rows = [
        [
            *(drift.column, drift.part, f"{drift.distance:.3f}", f"{drift.usual:.3f}", f"{drift.chance:.2g}"),
            "differs" if drift.is_marked else "",
        ]
        for drift in ordered
    ]
    return head + table(["column", "part", "distance", "usual", "by chance", ""], rows)


def _duplicates(parts: PartsFound) -> str:
    hits = ", ".join(f"{part} {found.twice:,}" for part, found in parts.parts.items())
    said = f"<p>Hits that are there twice in their event: {hits}.</p>"
    if not parts.same:
        return said + "<p>No two events have the same hits.</p>"
    rows = [list(pair) for pair in parts.same[:MOST_LISTED]]
    return (
        said + f"<p>{len(parts.same):,} events have the hits of another one.</p>" + table(["event", "the same"], rows)
    )


def _event(parts: PartsFound, found: Found, figures: Figures) -> str:
    event = parts.first
    if event is None:
        return ""
    names = found.stored.names
    kept = slice(0, MOST_HITS)
    spaces: dict[str, np.ndarray] = {}
    axes: dict[str, list[str]] = {}
    for output in ("coordinates", "features"):
        if output in event and np.asarray(event[output]).shape[1] >= 2:
            spaces[output] = np.asarray(event[output])[kept]
            if len(names.get(output, ())) == spaces[output].shape[1]:
                axes[output] = list(names[output])
    if not spaces:
        return ""
    colour = {name: np.asarray(event[name])[kept, 0] for name in ("truth_index", "energy") if name in event}
    size = np.sqrt(np.maximum(np.asarray(event["energy"])[kept, 0], 0)) if "energy" in event else None
    cloud = Cloud(spaces, colour, size, parts.first_name, axes, "truth_index" if "truth_index" in event else "")
    return figures.place(cloud.plain(), small=False)
