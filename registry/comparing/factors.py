"""What differs between two groups of runs, by factor: graph, training, data, code, versions, other options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from registry.comparing.difference import Difference, NodeChange, difference
from registry.comparing.graphs import Graphs
from registry.comparing.grouping import Group, changed_options
from registry.comparing.recorded import NO_DIFFERENCE, Compared
from registry.comparing.report import sections
from registry.configuration.options import SECTIONS
from registry.drawing.labels import ARROW
from registry.tracking.block_versions import BLOCKS, changed_versions

TRAINING = tuple(name for name, section in SECTIONS.items() if section.training)
"""Sections of the configuration that say how a network is trained."""

GRAPH, MONITORS = "graph", "monitors"


@dataclass(frozen=True)
class Factor:
    """One kind of thing that differs; `lines` say what."""

    name: str
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Change:
    """What differs between two groups.

    `options`: name, before and after of every option of the configuration that differs; `graph`: the difference of the
    graphs, None if one of them cannot be opened.
    """

    first: Group
    second: Group
    factors: Sequence[Factor]
    options: Sequence[tuple[str, str, str]]
    graph: Difference | None = None

    @property
    def independent(self) -> list[str]:
        """The options that differ, passes of a repeat and stages counting once."""
        return list(dict.fromkeys(re.sub(r"\.\d+(?=\.|$)", ".*", name) for name, _, _ in self.options))

    @property
    def warning(self) -> str:
        """What is said where more than one factor changed; empty if only one did."""
        names, options = [factor.name for factor in self.factors], self.independent
        if len(names) < 2 and len(options) < 2:
            return ""
        found = f"{len(names)} factors ({', '.join(names)})" if len(names) > 1 else f"one factor ({', '.join(names)})"
        if len(options) > 1:
            found += f" and {len(options)} options ({', '.join(options)})"
        return (
            f"{self.second.letter} differs from {self.first.letter} in {found}: "
            "which of them makes a difference cannot be told"
        )


def change(first: Group, second: Group, graphs: Graphs) -> Change:
    """Return what differs between two groups; of graphs that cannot be opened what was recorded of them."""
    one, other = graphs.of(first.first), graphs.of(second.first)
    found = difference(one, other) if one is not None and other is not None else None
    factors = [factor for factor in _factors(first.first, second.first, found) if factor.lines]
    return Change(first, second, factors, changed_options(first.first, second.first), found)


def _factors(first: Compared, second: Compared, found: Difference | None) -> Iterator[Factor]:
    if found is not None:
        kinds = {kind: _of_kind(found, kind) for kind in (GRAPH, "loader", "monitor")}
        yield Factor(GRAPH, [*_lines(kinds[GRAPH])])
        training, others = _configured(found)
        data, monitors = [*_lines(kinds["loader"])], [*_lines(kinds["monitor"])]
    else:
        options = [f"{name}: {was} {ARROW} {now}" for name, was, now in changed_options(first, second)]
        training = [line for line in options if line.startswith(TRAINING)]
        data = [line for line in options if line.startswith("Data.")]
        others = [line for line in options if line not in [*training, *data]]
        monitors = []
        yield Factor(GRAPH, _print(first, second, "architecture"))
    yield Factor("training", [*training, *_start(first, second)] or _print(first, second, "training"))
    prints = [*_print(first, second, "data"), *_print(first, second, "events")]
    yield Factor("data", [*data, *prints] if prints else [])
    yield Factor("code", _code(first, second))
    yield Factor("versions", [*_versions(first, second)])
    yield Factor(MONITORS, monitors)
    yield Factor("options", others)


def _of_kind(found: Difference, kind: str) -> Difference:
    """Return the part of a difference that is of loaders, of monitors, or of all other nodes."""

    def kind_of(path: str, second: bool) -> str:
        block = (found.second if second else found.first).nodes[path].block.kind
        return block if block in ("loader", "monitor") else GRAPH

    def wanted(node: NodeChange) -> bool:
        return kind_of(node.after, True) == kind

    return replace(
        found,
        pairs={},
        added=[path for path in found.added if kind_of(path, True) == kind],
        removed=[path for path in found.removed if kind_of(path, False) == kind],
        changed=[node for node in found.changed if wanted(node)],
        outputs=found.outputs if kind == GRAPH else [],
        configuration=[],
    )


def _lines(found: Difference) -> Iterator[str]:
    for title, entries in sections(found).items():
        for entry in entries:
            head = f"{title}: {entry.head}" if title in ("added", "removed", "outputs") else entry.head
            yield head + (f" ({'; '.join(entry.body)})" if entry.body else "")


def _configured(found: Difference) -> tuple[list[str], list[str]]:
    """Return what differs of how the network is trained, and of what else the engine reads."""
    changes = [item for item in found.configuration if item.what not in NO_DIFFERENCE]
    lines = [f"{item.what}: {item.before} {ARROW} {item.after}" for item in changes]
    return [line for line in lines if line.startswith(TRAINING)], [
        line for line in lines if not line.startswith(TRAINING)
    ]


def _start(first: Compared, second: Compared) -> list[str]:
    """Return what differs of the weights that the runs started from."""
    one, other = (run.tags.get("parent.weights", "") for run in (first, second))
    if one == other:
        return []
    named = [run.tags.get("parent.name", "random weights") for run in (first, second)]
    return [f"started from: {named[0]} {ARROW} {named[1]}"]


def _print(first: Compared, second: Compared, name: str) -> list[str]:
    was, now = first.fingerprint(name), second.fingerprint(name)
    return [] if was == now else [f"{name} fingerprint: {was or 'none'} {ARROW} {now or 'none'}"]


def _code(first: Compared, second: Compared) -> list[str]:
    found = _print(first, second, "code")
    if found:
        commits = [_commit(run) for run in (first, second)]
        if commits[0] != commits[1]:
            found.append(f"commit: {commits[0]} {ARROW} {commits[1]}")
    return found


def _commit(run: Compared) -> str:
    commit, state = run.tags.get("git.commit", "none")[:10], run.tags.get("git.state", "")
    return commit if state in ("", "clean") else f"{commit} ({state})"


def _versions(first: Compared, second: Compared) -> Iterable[str]:
    for name in dict.fromkeys([*first.versions, *second.versions]):
        was, now = first.versions.get(name, "none"), second.versions.get(name, "none")
        if was != now:
            yield f"{name}: {was} {ARROW} {now}"
    for name, (version, other) in changed_versions(first.text(BLOCKS), second.text(BLOCKS)).items():
        yield f"block {name}: version {version} {ARROW} {other}"
