"""Evaluations of several runs: set apart where they were made otherwise, and compared over the events they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from registry.comparing.evaluated import FIGURES, Evaluation, OverEvents, Way, over_events
from registry.comparing.grouping import Apart, Group
from registry.comparing.recorded import Compared

EVALUATE = "python -m registry.evaluate"


def evaluated_alike(
    runs: Sequence[Compared], evaluations: Mapping[str, Evaluation], named: bool
) -> tuple[list[Compared], list[Apart]]:
    """Return the runs that were evaluated in one way, or not at all, and those that were evaluated otherwise.

    `named`: the user has named the runs one by one: the first one that was evaluated is the standard; else what most
    of them have.
    """
    made = {run.id: item.way for run in runs if (item := evaluations.get(run.id))}
    if not made:
        return list(runs), []
    ways = list(made.values())
    standard = ways[0] if named else Counter(ways).most_common(1)[0][0]
    alike = [run for run in runs if made.get(run.id, standard) == standard]
    return alike, [
        Apart(run, _otherwise(made[run.id], standard, run)) for run in runs if made.get(run.id, standard) != standard
    ]


def _otherwise(own: Way, standard: Way, run: Compared) -> str:
    names = [name for name, was, now in zip(("code", "settings"), standard, own, strict=False) if was != now]
    how = [f"with other {' and '.join(names)}"] if names else []
    how += ["of other events"] if own.events != standard.events else []
    return f"it was evaluated {', '.join(how)} than the others; anew: {EVALUATE} {run.address}"


def not_evaluated(groups: Iterable[Group], evaluations: Mapping[str, Evaluation]) -> list[str]:
    """Return a sentence that names the runs without an evaluation, if there are any."""
    missing = [run for group in groups for run in group.runs if run.id not in evaluations]
    if not missing:
        return []
    first = missing[0].address
    names = ", ".join(run.name for run in missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    return [f"not evaluated: {names}: {EVALUATE} {first} does, and makes differences over events known"]


def over_all_events(first: Group, second: Group, evaluations: Mapping[str, Evaluation]) -> dict[str, OverEvents]:
    """Return what differs between two groups over the events of their evaluations, by figure of merit.

    Empty where a run of them is not evaluated. Raises RunError where tables are not there or are of different events.
    """
    one, other = ([evaluations.get(run.id) for run in group.runs] for group in (first, second))
    if None in one or None in other:
        return {}
    pairs = [item for item in one if item], [item for item in other if item]
    found = {name: over_events(*pairs, name) for name in FIGURES}
    return {name: item for name, item in found.items() if item}
