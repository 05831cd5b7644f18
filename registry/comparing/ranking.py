"""Groups of runs ranked under a metric, best first: means with errors, tests against one of them, what is apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from registry.comparing.choosing import chosen
from registry.comparing.direction import Direction, require_direction
from registry.comparing.evaluated import OverEvents, evaluation_of
from registry.comparing.evaluations import evaluated_alike, not_evaluated, over_all_events
from registry.comparing.factors import Change, change
from registry.comparing.graphs import Graphs
from registry.comparing.grouping import Apart, Group, finished, groups_of, on_one_data
from registry.comparing.labelling import label
from registry.comparing.recorded import PEAK_MEMORY, Compared
from registry.comparing.report import LOAD
from registry.comparing.statistics import Estimate, Paired, estimate, holm, paired
from registry.contract.errors import InputError, Problem, RunError
from registry.wiring.costs import costs


@dataclass(frozen=True)
class Cost:
    """What a group costs: training in seconds (over its seeds), weights, bytes of memory for a batch of `LOAD`.

    `peak`: the most memory that its trainings took (over its seeds), GB, where that was recorded.
    """

    seconds: Estimate
    weights: int | None = None
    memory: int | None = None
    inference_memory: int | None = None
    peak: Estimate = field(default_factory=lambda: estimate([]))


@dataclass(frozen=True)
class Row:
    """A group with its place; `value`: of the metric; `test`: against the group that all are tested against."""

    group: Group
    value: Estimate
    cost: Cost
    test: Paired | None = None


@dataclass
class Ranking:
    """Groups of runs, best first under `metric`; groups without it come last.

    `rows` have what each group reached; `against` is the group that the others are tested against; `changes` what
    differs between that one and each other; `apart` the runs that are not compared; `warnings` and `notes` are
    sentences. `events`: by letter of a group the differences to `against` over the events of the evaluation, by figure.
    """

    metric: str
    direction: Direction
    rows: list[Row]
    against: Group
    changes: list[Change]
    apart: list[Apart] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    events: dict[str, dict[str, OverEvents]] = field(default_factory=dict)

    @property
    def groups(self) -> list[Group]:
        """The groups, best first."""
        return [row.group for row in self.rows]

    @property
    def metrics(self) -> list[str]:
        """Every metric that a run of a group has recorded."""
        return sorted({name for group in self.groups for run in group.runs for name in run.values})


def values_of(group: Group, metric: str) -> dict[int, float]:
    """Return the last value of a metric by seed; runs without it, or where it is not finite, are left out."""
    found = {run.seed: run.values.get(metric, math.nan) for run in group.runs}
    return {seed: value for seed, value in found.items() if math.isfinite(value)}


def rank(
    runs: Sequence[Compared],
    graphs: Graphs,
    metric: str = "",
    mode: str = "",
    against: str = "",
    named: bool = True,
) -> Ranking:
    """Compare runs.

    `metric`: what the best has most or least of; `mode`: "min" or "max" where its name does not say which; `against`:
    a run of the group that the others are tested against, by default the best one; `named`: the user has named the runs
    one by one. Raises InputError if no run has come to its end, or none has the metric.
    """
    ended, apart = finished(runs)
    same, others = on_one_data(ended, named)
    evaluations = {run.id: held for run in same if (held := evaluation_of(run))}
    same, otherwise = evaluated_alike(same, evaluations, named)
    groups, repeated = groups_of(same, graphs)
    apart += [*others, *otherwise, *repeated]
    if not groups:
        listing = "; ".join(f"{item.run.name} ({item.run.address}): {item.reason}" for item in apart)
        raise InputError([Problem(f"no run can be compared: {listing}", hint="name runs that are FINISHED")])
    metric = chosen(metric, groups, evaluations)
    direction = require_direction(metric, mode)
    groups = _best_first(groups, metric, direction)
    label(groups)
    reference = _reference(groups, against)
    rows = _tested(
        [Row(group, estimate(values_of(group, metric).values()), _cost(group, graphs)) for group in groups],
        reference,
        metric,
    )
    rest = [group for group in groups if group is not reference]
    changes = [change(reference, group, graphs) for group in rest]
    found = Ranking(metric, direction, rows, reference, changes, apart)
    found.notes += not_evaluated(groups, evaluations)
    for group in rest:
        try:
            found.events[group.letter] = over_all_events(reference, group, evaluations)
        except RunError as error:
            found.notes.append(f"{group.letter} is not compared over events: {error}")
    if others:
        found.warnings.append(f"other data than the rest: {', '.join(item.run.name for item in others)}; set apart")
    found.warnings += [item.warning for item in changes if item.warning]
    found.warnings += _doubts(found)
    found.notes += [
        f"the graph of {address} cannot be opened, its recorded parameters are compared: {reason}"
        for address, reason in graphs.faults.items()
    ]
    return found


def _best_first(groups: Sequence[Group], metric: str, direction: Direction) -> list[Group]:
    def place(group: Group) -> tuple[bool, float]:
        found = estimate(values_of(group, metric).values())
        return (not found.known, 0.0 if not found.known else found.mean if direction == "min" else -found.mean)

    return sorted(groups, key=place)


def _reference(groups: Sequence[Group], against: str) -> Group:
    if not against:
        return groups[0]
    name = against.removeprefix("run:")
    for group in groups:
        if any(name in (run.id, run.name) for run in group.runs) or against == group.letter:
            return group
    hint = ", ".join(f"{group.letter} ({group.first.address})" for group in groups)
    raise InputError([Problem(f"--against {against}: none of the groups has this run", hint=f"the groups are {hint}")])


def _cost(group: Group, graphs: Graphs) -> Cost:
    seconds = estimate(run.seconds for run in group.runs if math.isfinite(run.seconds))
    peak = estimate(run.values[PEAK_MEMORY] for run in group.runs if PEAK_MEMORY in run.values)
    checked = graphs.of(group.first)
    if checked is None:
        return Cost(seconds, peak=peak)
    found = costs(checked, LOAD)
    weights = None if found.uncounted else found.trainable + found.frozen
    return Cost(seconds, weights, found.training_memory, found.inference_memory, peak)


def _tested(rows: Sequence[Row], reference: Group, metric: str) -> list[Row]:
    """Test every group against the reference, over the seeds that both have."""
    standard = values_of(reference, metric)
    tests = {
        index: paired(standard, values_of(row.group, metric))
        for index, row in enumerate(rows)
        if row.group is not reference
    }
    corrected = holm([test.p for test in tests.values()])
    tests = {index: replace(test, p_holm=p) for (index, test), p in zip(tests.items(), corrected, strict=True)}
    return [replace(row, test=tests.get(index)) for index, row in enumerate(rows)]


def _doubts(found: Ranking) -> Iterable[str]:
    """Yield what makes the figures doubtful."""
    losing = found.metric.rpartition("/")[2].startswith("loss")
    for item in found.changes:
        graph = item.graph
        touched = graph and [
            node.after for node in graph.changed if graph.second.nodes[node.after].block.kind == "loss"
        ]
        if losing and touched:
            yield (
                f"{found.metric} is not the same quantity in {item.first.letter} and {item.second.letter}: "
                f"the loss was changed ({', '.join(touched)})"
            )
    for row in found.rows:
        lost = [run.name for run in row.group.runs if not math.isfinite(run.values.get(found.metric, math.nan))]
        if lost:
            yield f"{row.group.letter}: {', '.join(lost)} has no finite {found.metric} and does not count"
    single = [row.group.letter for row in found.rows if row.value.count == 1]
    if single and len(found.rows) > 1:
        names = ", ".join(single)
        yield f"one seed only in {names}: how far figures scatter with the seed is not known (train --seeds 3)"
    for row in found.rows:
        if row.test is not None and len(row.test.seeds) < 2 and row.value.count > 1:
            yield f"{row.group.letter} and {found.against.letter} share fewer than two seeds: not tested over seeds"


def by_metric(group: Group, metrics: Iterable[str]) -> Mapping[str, Estimate]:
    """Return the estimates of several metrics of a group."""
    return {name: estimate(values_of(group, name).values()) for name in metrics}
