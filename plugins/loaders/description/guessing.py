"""A description of a file by its names and types alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.contract.casting import NUMBERS
from registry.contract.data import DataError
from registry.contract.ports import TRUTH_PREFIX
from registry.plugins.loaders.description.events import EVENTS
from registry.plugins.loaders.description.inspection import few
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.table import Table
from registry.plugins.shared.expression_grammar import OBJECT

SPLITS = "row_splits"


def guessed(table: Table, params: TableParams, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return where events end, if the table has row splits, and every column of hits as a feature."""
    found: dict[str, Any] = {}
    says = {"row_splits", "event"} & set(given)
    if not says and SPLITS in table.arrays():
        found["row_splits"] = SPLITS
    splits = params.splits or found.get("row_splits")
    features = _columns(table, splits, params, given)
    group = {name.rpartition("/")[0] for name in features}
    if not params.table and len(group) == 1 and "" not in group:
        # All columns of hits are in one group of HDF5.
        (found["table"],) = group
        features = [name.rpartition("/")[2] for name in features]
    columns = {"features": features, **given.get("columns", {})}
    return {**found, "columns": columns} if features else found


def _columns(table: Table, splits: str | None, params: TableParams, given: Mapping[str, Any]) -> list[str]:
    """Return the columns that may be of hits; truth is none of them."""
    offsets = table.array(splits) if splits is not None else None
    keys = [params.event.id] if isinstance(params.event.id, str) else params.event.id or []
    truth: frozenset[str] = getattr(table, "truth", frozenset())
    flat = splits is not None or params.event.has_offsets or not any(t.depth for t in table.types.values())
    names: list[str] = []
    for name, type_ in table.types.items():
        own = name.rpartition("/")[2]
        if own.startswith(TRUTH_PREFIX) or name.startswith((f"{OBJECT}.", EVENTS)) or name in (*truth, *keys, splits):
            continue
        if type_.fault or type_.dtype.kind not in NUMBERS or type_.depth != int(not flat):
            continue
        if offsets is not None and len(offsets) and type_.rows not in (None, int(offsets[-1])):
            continue
        names.append(name)
    stated = "features" in given.get("columns", {})
    return names if flat or stated else _of_one_length(table, names)


def _of_one_length(table: Table, names: list[str]) -> list[str]:
    """Return the lists, which are of one length in the first hundred events.

    Raises DataError for lists of several lengths: which of them are of hits, nothing says.
    """
    some = min(table.rows, 100)
    groups: dict[tuple[int, ...], list[str]] = {}
    for name in names:
        groups.setdefault(tuple(table.read([name], 0, some)[name].splits[0].tolist()), []).append(name)
    if len(groups) < 2:
        return names
    ordered = sorted(groups.items(), key=lambda group: -group[0][-1])
    listed = [f"{', '.join(few(group, 3))} ({splits[-1]:,} values in {some} events)" for splits, group in ordered[:4]]
    more = f"; and {len(groups) - 4} more" if len(groups) > 4 else ""
    message = (
        f"{table.name} has lists of several lengths, and nothing says which are of hits: {'; '.join(listed)}{more}"
    )
    hint = f'name one of them, or more: --set "columns.features=[{ordered[0][1][0]}]"'
    raise DataError(message, "columns.features", hint)
