"""Which columns of a file are read."""

from __future__ import annotations

from collections.abc import Iterable

from registry.plugins.loaders.description.augmentation import raw_columns
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.shared.expression_grammar import OBJECT
from registry.plugins.shared.expressions import Expression


def named(params: TableParams) -> list[tuple[str, str]]:
    """Return every column or expression of the hits that is used, with the parameter that names it."""
    of_classes = [("class_weights.column", params.class_weights.column)] if params.class_weights else []
    return [*params.columns.named(), *((f"filter.{name}", name) for name in params.filter), *of_classes]


def hit_columns(params: TableParams, expressions: Iterable[Expression], lists: bool) -> set[str]:
    """Return the columns of hits that are read."""
    names = {name for expression in expressions for name in expression.hits}
    names |= {*params.event_filter}
    by = params.split.part or params.split.by
    if by not in ("event", "file"):
        names.add(by)
    shared = params.contributions
    if shared is None:
        return names
    if shared.links is not None:
        return names | {name for name in (shared.begin, shared.end) if name is not None}
    for given in (shared.columns("ids"), shared.columns("weights")):
        names |= set(given) if isinstance(given, list) else {given} if given is not None else set()
    return names


def object_columns(params: TableParams, expressions: Iterable[Expression]) -> set[str]:
    """Return the columns of objects that are read."""
    names = {name for expression in expressions for name in expression.objects} | {*params.object_filter}
    names |= {name.removeprefix(f"{OBJECT}.") for name in raw_columns(params) if name.startswith(f"{OBJECT}.")}
    options = params.objects
    names |= {name for name in (options.hits, options.fractions) if name is not None}
    # A format's own way to find objects says nothing as long as nothing is asked of them.
    elsewhere = options.file is not None or options.table or options.missing == "noise"
    asked_for = names or (params.has_ids and elsewhere)
    return names | {options.id} if options.id is not None and asked_for else names
