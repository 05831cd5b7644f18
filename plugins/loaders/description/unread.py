"""Columns that a description says something of, and that are nowhere: what it says would be read by nothing."""

from __future__ import annotations

from collections.abc import Iterator

from registry.contract.block import Complaint
from registry.contract.spelling import did_you_mean
from registry.plugins.loaders.description.inspection import few
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.table import Table, of_objects
from registry.plugins.shared.expression_grammar import OBJECT


def unread(table: Table, params: TableParams, whose: str) -> Iterator[Complaint]:
    """Yield the names under `missing`, `units` and `geometry` that are no column; `whose`: what the file is called.

    Columns of objects that lie in a table of their own are not looked for.
    """
    used, types = params.used(table.types), table.types
    elsewhere = params.objects.file is not None or bool(params.objects.table)
    for path, name in _said_of(params):
        of_object = name.startswith(f"{OBJECT}.")
        own = of_objects(name.removeprefix(f"{OBJECT}."), types) if of_object else name
        if name not in used and own not in types and not (of_object and elsewhere):
            hint = did_you_mean(name, [*used, *types]) or "it has: " + ", ".join(few(types))
            yield Complaint(f"{whose} has no column {name!r}", path, hint)


def _said_of(params: TableParams) -> Iterator[tuple[str, str]]:
    """Yield the parameters that say something of a column, and its name; what a format says by itself is left out."""
    for path in ("missing", "units"):
        if path in params.model_fields_set:
            yield from ((f"{path}.{name}", name) for name in getattr(params, path))
    if not params.augmentation:
        return
    of = params.geometry
    for path in ("vectors", "cosines"):
        for number, vector in enumerate(getattr(of, path)):
            yield from ((f"geometry.{path}.{number}.{place}", name) for place, name in enumerate(vector))
    yield from ((f"geometry.angles.{name}", name) for name in of.angles)
    for path in ("handed", "unchanged"):
        yield from ((f"geometry.{path}.{number}", name) for number, name in enumerate(getattr(of, path)))
