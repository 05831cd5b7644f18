"""What the terminal shows of a sweep."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.console.table import text_table
from registry.drawing.labels import count_text, memory_text
from registry.sweeping.axes import Axis, shown
from registry.sweeping.request import ABLATED
from registry.sweeping.variants import Variant
from registry.wiring.costs import Costs

if TYPE_CHECKING:
    from registry.sweeping.plan import Plan
    from registry.sweeping.result import Row


SPREAD = "+-: standard deviation between seeds; of their mean it is smaller by the root of their number"
"""What a table of variants says of its errors."""


def short_names(axes: Sequence[Axis]) -> dict[str, str]:
    """Return the shortest ends of paths that tell axes apart."""
    parts = {axis.path: axis.path.replace("[", ".").replace("]", "").split(".") for axis in axes}
    found = {}
    for path, words in parts.items():
        length = 1
        while length < len(words) and sum(other[-length:] == words[-length:] for other in parts.values()) > 1:
            length += 1
        found[path] = ".".join(words[-length:])
    return found


def assignment_text(assignment: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return the values of a variant, in the order of the axes."""
    return [value_text(path, assignment[path]) if path in assignment else "" for path in names]


def value_text(path: str, value: Any) -> str:
    """Return one value of a variant."""
    if path == ABLATED:
        return "-" if not value else ", ".join(value)
    return shown(value)


def measured_text(value: float, spread: float | None) -> str:
    """Return a mean with the spread over seeds."""
    if not spread or not math.isfinite(spread):
        return f"{value:.4g}"
    # As many digits as the spread allows, which has two itself.
    places = 1 - math.floor(math.log10(spread))
    if places > 8:
        return f"{value:.8g} +- {spread:.1e}"
    places = max(0, places)
    return f"{value:.{places}f} +- {spread:.{places}f}"


def duration(seconds: float) -> str:
    """Return a time in a few characters, "1 h 05 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def cost_table(
    variants: Iterable[Variant], axes: Sequence[Axis], memory: Sequence[int], seconds: Sequence[float]
) -> list[str]:
    """Return the variants with what they cost: `memory` of the process in bytes, `seconds` of a training."""
    names = short_names(axes)
    head = [*names.values(), "weights", "memory", "multiply-adds", "time"]
    rows = []
    for number, item in enumerate(variants):
        costs = [
            f"{item.costs.trainable:,}" + " + ?" * bool(item.costs.uncounted),
            memory_text(memory[number]),
            count_text(item.costs.multiply_adds),
        ]
        costs.append(duration(seconds[number]))
        rows.append([*assignment_text(item.assignment, names), *costs])
    return text_table([head, *rows], "  ", right=range(len(head)))


def cost_line(costs: Sequence[Costs]) -> str:
    """Return between what the weights of the variants lie, and the memory of their largest batches, by the plan."""
    weights = sorted(item.trainable for item in costs)
    memory = sorted(item.training_memory for item in costs)
    among = f"{weights[0]:,}" if weights[0] == weights[-1] else f"{weights[0]:,} to {weights[-1]:,}"
    low, high = memory_text(memory[0]), memory_text(memory[-1])
    return f"{among} weights to train, {low if low == high else f'{low} to {high}'} for a batch"


def trial_line(row: Row, best: Row, axes: Sequence[Axis], count: str) -> str:
    """Return what is said of a trial that has ended: its values, what came of it, the best one; `count`: how far."""
    names = short_names(axes)
    texts = zip(names.values(), assignment_text(row.assignment, names), strict=True)
    values = "  ".join(f"{name}={text}" for name, text in texts)
    result = measured_text(row.value, row.spread) if row.state == "done" and row.value is not None else row.state
    why = f" ({row.reason.partition(chr(10))[0]})" if row.reason else ""
    lead = f"best {best.number}: {measured_text(best.value, best.spread)}" if best.value is not None else "none yet"
    return f"trial {row.number}  {values}  {result}{why}  {duration(row.seconds)}  [{lead}; {count}]"


def final_lines(
    found: Sequence[Row], plan: Plan, study: str, others: Sequence[str], files: Sequence[Path]
) -> list[str]:
    """Return what is said at the end: the variants, best first, and how to go on."""
    names = short_names(plan.axes)
    head = ["trial", *names.values(), plan.request.metric, "seeds", "time", ""]
    rows = []
    for row in found:
        done = sum(run["value"] is not None for run in row.runs)
        value = measured_text(row.value, row.spread) if row.state == "done" and row.value is not None else row.state
        why = row.reason.partition("\n")[0]
        time = duration(row.seconds) if row.seconds else ""
        rows.append([str(row.number), *assignment_text(row.assignment, names), value, f"{done}", time, why])
    lines = ["", *text_table([head, *rows], "  ", right=range(len(head) - 1))]
    lines += [f"  {SPREAD}"] if any(row.spread for row in found) else []
    lines += [""]
    lines += [f"{other} trains some of it" for other in others]
    lines += [str(file) for file in files]
    return [*lines, f"python -m registry.compare --study {study} --metric {plan.request.metric}"]
