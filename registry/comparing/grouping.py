"""Puts runs that differ by their seed only into one group, and sets apart what must not be mixed with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from registry.comparing.difference import difference
from registry.comparing.graphs import Graphs
from registry.comparing.recorded import NO_DIFFERENCE, SEED, Compared

STATUSES = {
    "RUNNING": "it is still running, or was killed before it could say how it ended",
    "FAILED": "it has failed",
    "KILLED": "it was interrupted before its end",
}
"""Why a run that has not come to its end is set apart."""

NOT_GIVEN = "(not given)"
"""Stands for the value of an option that a configuration leaves out."""

FINGERPRINTS = ("architecture", "training", "data", "code")


@dataclass(frozen=True)
class Apart:
    """A run that is not compared, and why."""

    run: Compared
    reason: str


@dataclass
class Group:
    """Runs that differ by their seed only, one for each seed; `letter` names it, `label` says what is its own."""

    runs: list[Compared]
    letter: str = ""
    label: str = ""

    @property
    def first(self) -> Compared:
        """The run that stands for the group: all but its seed is the others' as well."""
        return self.runs[0]

    @property
    def seeds(self) -> list[int]:
        """The seeds of the runs."""
        return [run.seed for run in self.runs]

    @property
    def title(self) -> str:
        """Letter and label."""
        return f"{self.letter}  {self.label}" if self.label else self.letter


def finished(runs: Iterable[Compared]) -> tuple[list[Compared], list[Apart]]:
    """Return the runs that came to their end, and the others with the reason."""
    ended, apart = [], []
    for run in runs:
        if run.status in STATUSES:
            apart.append(Apart(run, STATUSES[run.status]))
        else:
            ended.append(run)
    return ended, apart


def on_one_data(runs: Sequence[Compared], named: bool) -> tuple[list[Compared], list[Apart]]:
    """Return the runs on the same events, and those on others.

    `named`: the user has named the runs one by one: the first one's data are those that count; else those of most runs.
    A source may choose its events by the seed of the training: they have to be the same for equal seeds.
    """
    if not runs:
        return [], []
    data = _standard([run.fingerprint("data") for run in runs], named)
    equal = [run for run in runs if run.fingerprint("data") == data]
    events = {
        seed: _standard([run.fingerprint("events") for run in equal if run.seed == seed], named)
        for seed in {run.seed for run in equal}
    }
    same, apart = [], []
    for run in runs:
        wanted = {"data": data, "events": events.get(run.seed, run.fingerprint("events"))}
        if other := {name: value for name, value in wanted.items() if run.fingerprint(name) != value}:
            apart.append(Apart(run, _other_data(equal[0], run, other)))
        else:
            same.append(run)
    return same, apart


def _standard(values: Sequence[str], named: bool) -> str:
    return values[0] if named else Counter(values).most_common(1)[0][0]


def _other_data(standard: Compared, run: Compared, wanted: Mapping[str, str]) -> str:
    prints = ", ".join(
        f"{name} fingerprint {run.fingerprint(name) or 'none'} instead of {value or 'none'}"
        for name, value in wanted.items()
    )
    changed = [f"{name} {was} \u2192 {now}" for name, was, now in changed_options(standard, run)]
    data = [text for text in changed if text.startswith("Data.")]
    return f"its data are others than those of {standard.name}: {prints}" + (f" ({'; '.join(data)})" if data else "")


def groups_of(runs: Iterable[Compared], graphs: Graphs) -> tuple[list[Group], list[Apart]]:
    """Return the groups in the order of their first runs, and runs that repeat a seed of their group."""
    found: dict[Hashable, Group] = {}
    for run in runs:
        key = (_prints(run), frozenset(run.versions.items()), frozenset(run.everything.items()))
        found.setdefault(key, Group([])).runs.append(run)
    groups: list[Group] = []
    for group in found.values():
        alike = next((other for other in groups if _only_names_differ(other.first, group.first, graphs)), None)
        if alike:
            alike.runs += group.runs
        else:
            groups.append(group)
    apart = [item for group in groups for item in _one_for_each_seed(group)]
    return groups, apart


def _prints(run: Compared) -> tuple[str, ...]:
    return tuple(run.fingerprint(name) for name in FINGERPRINTS)


def _only_names_differ(first: Compared, second: Compared, graphs: Graphs) -> bool:
    """Say whether two runs differ in nothing but the names of nodes and of options that only nodes take."""
    if _prints(first) != _prints(second) or first.versions != second.versions:
        return False
    if first.fingerprint("architecture") == "":
        return False
    one, other = graphs.of(first), graphs.of(second)
    if one is None or other is None:
        return False
    found = difference(one, other)
    options = [item for item in found.configuration if item.what not in NO_DIFFERENCE]
    return not (found.added or found.removed or found.changed or found.outputs or options)


def _one_for_each_seed(group: Group) -> list[Apart]:
    """Leave the newest run of each seed in a group, in the order of the seeds, and return the others."""
    newest: dict[int, Compared] = {}
    for run in sorted(group.runs, key=lambda run: run.found.summary.started):
        newest[run.seed] = run
    left = [run for run in group.runs if newest[run.seed] is not run]
    group.runs = [newest[seed] for seed in sorted(newest)]
    return [
        Apart(run, f"it repeats seed {run.seed} of {newest[run.seed].name}: a seed counts once, the newest run")
        for run in left
    ]


def changed_options(first: Compared, second: Compared) -> list[tuple[str, str, str]]:
    """Return the options of the configuration that differ: name, before, after; the seed and remarks do not count."""
    names = dict.fromkeys([*first.options, *second.options])
    return [
        (name, first.options.get(name, NOT_GIVEN), second.options.get(name, NOT_GIVEN))
        for name in names
        if name != SEED and first.options.get(name) != second.options.get(name)
    ]
