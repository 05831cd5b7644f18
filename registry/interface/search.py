"""Finds runs by what they are: graph, fingerprints, parameters, metrics, tags, whichever tracker keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from registry.contract.errors import InputError, Problem
from registry.contract.run_store import RunRecord
from registry.contract.spelling import did_you_mean
from registry.interface.arguments import Paths, listed
from registry.interface.conditions import Condition, matching
from registry.interface.graph import Graph
from registry.loading.blocks import load_registry
from registry.tracking.artifacts import GRAPH_TAG
from registry.tracking.runs import STUDY, Runs

if TYPE_CHECKING:
    import pandas

FINGERPRINT = "fingerprint."
"""Start of the tags with fingerprints."""


def search(
    graph: str | Graph = "",
    *,
    experiment: str = "",
    study: str = "",
    status: str = "",
    fingerprint: str | Mapping[str, str] = "",
    parameters: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    plugins: Paths = (),
) -> pandas.DataFrame:
    """Return the recorded runs that meet all conditions, one row each, the last one first.

    `graph`: its name, or its file's; a loaded graph stands for the runs of just this architecture. `experiment`,
    `study`, `status`: only runs of these. `fingerprint`: one that begins like this, of any kind, or by kind,
    {"data": "9037"}. `parameters`, `metrics`, `tags`: conditions by name, in which `*` stands for anything: a value,
    a list of values of which it has one, or a comparison, "< 0.5", ">= 16", "!= adam"; of a metric the last value
    counts. Columns: `tracker`, `name`, `experiment`, `graph`, `status`, `started` (UTC), the study, fingerprints, the
    parameters that are asked for or in which the runs found differ, and the last value of every metric. The index is
    the run's id: "run:ID" is its address, and `compare` takes the table as it is. Raises InputError for a parameter, a
    metric or a tag that no run has, RunError for a store that cannot be read.
    """
    exact = {STUDY: study} if study else {}
    if isinstance(graph, Graph):
        exact[f"{FINGERPRINT}architecture"] = graph.fingerprints.architecture
    known = Runs(load_registry((name, None) for name in listed(plugins)).trackings.values())
    found = known.records(experiment, exact)
    conditions: list[tuple[str, Mapping[str, Any] | None, Callable[[RunRecord], Mapping[str, Any]]]] = [
        ("parameter", parameters, lambda record: record.parameters),
        ("metric", metrics, lambda record: record.last),
        ("tag", tags, lambda record: record.tags),
    ]
    if isinstance(graph, str) and graph:
        wanted = matching(graph)
        found = [item for item in found if wanted(_tag(item, "graph")) or wanted(_tag(item, GRAPH_TAG))]
    if status:
        found = [item for item in found if item[1].summary.status == status.upper()]
    if fingerprint:
        found = [item for item in found if _has_fingerprint(item[1].tags, fingerprint)]
    for kind, asked, values in conditions:
        for name, value in (asked or {}).items():
            found = _chosen(found, kind, name, Condition.of(name, value), values)
    return _table(found, [*(parameters or {})], [*(tags or {})])


def _tag(item: tuple[str, RunRecord], name: str) -> str:
    return item[1].tags.get(name, "")


def _has_fingerprint(tags: Mapping[str, str], wanted: str | Mapping[str, str]) -> bool:
    prints = {name.removeprefix(FINGERPRINT): value for name, value in tags.items() if name.startswith(FINGERPRINT)}
    if isinstance(wanted, str):
        return any(value.startswith(wanted) for value in prints.values())
    unknown = [kind for kind in wanted if kind not in KINDS]
    if unknown:
        hint = did_you_mean(unknown[0], KINDS) or f"kinds: {', '.join(KINDS)}"
        raise InputError([Problem(f"search: there is no fingerprint {unknown[0]!r}", hint=hint)])
    return all(prints.get(kind, "").startswith(value) for kind, value in wanted.items())


KINDS = ("architecture", "training", "data", "code", "events")


def _chosen(
    found: list[tuple[str, RunRecord]],
    kind: str,
    name: str,
    condition: Condition,
    values: Callable[[RunRecord], Mapping[str, Any]],
) -> list[tuple[str, RunRecord]]:
    """Return the runs that have a value under the name that meets the condition."""
    wanted = matching(name)
    names = {key for _, record in found for key in values(record)}
    if found and not any(map(wanted, names)):
        hint = did_you_mean(name, sorted(names)) or f"they have: {', '.join(sorted(names)[:8]) or 'none'}"
        raise InputError([Problem(f"search: none of these {len(found)} runs has a {kind} {name!r}", hint=hint)])
    return [
        item for item in found if any(condition.met(value) for key, value in values(item[1]).items() if wanted(key))
    ]


def _table(found: Iterable[tuple[str, RunRecord]], parameters: Iterable[str], tags: Iterable[str]) -> pandas.DataFrame:
    """Return the runs as a table; of parameters those that are asked for or differ."""
    import pandas

    found = list(found)
    different = _differing([record.parameters for _, record in found])
    asked = [matching(name) for name in parameters]
    shown_tags = [matching(name) for name in tags]
    rows = []
    for tracker, record in found:
        run, own = record.summary, record.tags
        row: dict[str, Any] = {"id": run.id, "tracker": tracker, "name": run.name, "experiment": run.experiment}
        row |= {"graph": own.get("graph", ""), "status": run.status, "started": run.started}
        row |= {
            name: value
            for name, value in own.items()
            if name == STUDY or name.startswith(FINGERPRINT) or any(wanted(name) for wanted in shown_tags)
        }
        row |= {
            name: value
            for name, value in record.parameters.items()
            if name in different or any(wanted(name) for wanted in asked)
        }
        rows.append(row | dict(record.last))
    head = ["id", "tracker", "name", "experiment", "graph", "status", "started"]
    table = pandas.DataFrame(rows, columns=None if rows else head).set_index("id")
    table["started"] = pandas.to_datetime(table["started"], unit="s").dt.floor("s")
    return table


def _differing(parameters: list[Mapping[str, str]]) -> set[str]:
    """Return the names of the parameters that not all runs have with one value."""
    names = {name for own in parameters for name in own}
    return {name for name in names if len({own.get(name) for own in parameters}) > 1}
