"""Options of a description that do not fit together, and units that are doubtful; no file is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from registry.contract.block import Complaint
from registry.contract.spelling import did_you_mean
from registry.plugins.shared.expression_grammar import OBJECT
from registry.plugins.shared.ports import INPUT_PORTS, TRUTH_PORTS

if TYPE_CHECKING:
    from registry.plugins.loaders.description.options import TableParams, TransformOptions
    from registry.plugins.loaders.description.selection_options import FilterOptions


def conflicts(params: TableParams) -> Iterator[Complaint]:
    """Yield options that do not fit together; the file is not looked at."""
    features = params.columns.features
    for name in sorted({name for name in features if features.count(name) > 1}):
        yield Complaint(f"feature {name!r} is listed twice", "columns.features", "remove one of the two")
    yield from params.columns.truth_among_inputs()
    yield from _unknown(params, "transforms", params.transforms)
    yield from _bounds(params)
    yield from _contributions(params)
    yield from _truth(params)
    for name, weight in params.class_weights.weights.items() if params.class_weights else ():
        if not re.fullmatch(r"-?\d+", name):
            yield Complaint(
                f"{name!r} is no class", f"class_weights.weights.{name}", "expected whole numbers, {11: 2.0}"
            )
        elif weight < 0:
            yield Complaint(f"class {name}: the weight {weight:g} is below 0", f"class_weights.weights.{name}")
    total = params.split.train + params.split.validation + (0.0 if params.split.folds else params.split.test)
    if total > 1 + 1e-9:
        yield Complaint(f"the fractions of the split add up to {total:g}", "split", "they may add up to 1 at most")
    if params.split.folds is not None and not 1 < params.split.folds[1] >= params.split.folds[0]:
        message = f"there is no fold {params.split.fold}"
        yield Complaint(message, "split.fold", f"expected `1 of {max(params.split.folds[1], 2)}`, or a later one")


def doubtful_units(params: TableParams) -> Iterator[str]:
    """Yield a sentence for every column whose unit is not that of the output it is used for as it is."""
    for port in (*INPUT_PORTS, *TRUTH_PORTS):
        for path, name in params.columns.of(port.name) if port.unit and port.name != "row_splits" else ():
            if params.units.get(name, port.unit) != port.unit:
                unit = params.units[name]
                yield f"`{path}` is {name!r} in {unit}, where {port.unit} are expected: write it as an expression"


def _bounds(params: TableParams) -> Iterator[Complaint]:
    bounded: dict[str, Mapping[str, TransformOptions | FilterOptions]]
    bounded = {
        "transforms": params.transforms,
        "filter": params.filter,
        "event_filter": params.event_filter,
        "object_filter": params.object_filter,
    }
    for path, options in bounded.items():
        for name, bounds in options.items():
            if bounds.min is not None and bounds.max is not None and bounds.min > bounds.max:
                message = f"{name}: 'min' {bounds.min:g} is above 'max' {bounds.max:g}"
                yield Complaint(message, f"{path}.{name}.min", "exchange the two")


def _contributions(params: TableParams) -> Iterator[Complaint]:
    shared = params.contributions
    if shared is None or shared.links is not None:
        return
    ids, weights = shared.columns("ids"), shared.columns("weights")
    for key, given in (("ids", ids), ("weights", weights)):
        if isinstance(given, list) and not given:
            message = f"{getattr(shared, key)!r} stands for no column"
            yield Complaint(message, f"contributions.{key}", "`c{0:50}_frac` is 50 columns, from c0_frac on")
    if ids is None or (isinstance(ids, str) and isinstance(weights, str)):
        return
    counts = [1 if isinstance(given, str) else len(given or ()) for given in (ids, weights)]
    if isinstance(ids, str) or isinstance(weights, str) or counts[0] != counts[1]:
        message = f"contributions have {counts[0]} columns of ids and {counts[1]} of weights"
        yield Complaint(message, "contributions.ids", "name two columns of lists, or as many of each")


def _truth(params: TableParams) -> Iterator[Complaint]:
    ways = {
        "columns.truth_index": params.columns.truth_index,
        "contributions": params.contributions,
        "objects.hits": params.objects.hits,
    }
    named = [way for way, value in ways.items() if value is not None]
    if named == ["columns.truth_index", "contributions"] and params.shares:
        # The column says whose a hit is, the contributions how much others have of it.
        return
    if len(named) > 1:
        message = f"{' and '.join(map(repr, named))} both say which object a hit belongs to"
        yield Complaint(message, named[1], "state one of them")
    if named:
        if params.shares and "columns.truth_index" in named:
            message = "'shares' has no effect: `columns.truth_index` names one object for each hit"
            yield Complaint(message, "shares", "declare `contributions`, or `objects.hits` with `objects.fractions`")
        return
    if params.shares:
        yield Complaint("'shares' says nothing: no hit has an object", "shares", "declare `contributions`")
    yield from _objects_of_nobody(params)
    name = "name the column as 'columns.truth_index'"
    if params.min_object_hits > 1:
        message = "'min_object_hits' needs to know which object a hit belongs to"
        yield Complaint(message, "min_object_hits", name)
    if params.min_object_energy > 0:
        message = "'min_object_energy' needs to know which object a hit belongs to"
        yield Complaint(message, "min_object_energy", name)
    if params.noise_ids not in (None, type(params).model_fields["noise_ids"].default):
        yield Complaint("'noise_ids' says nothing: there are no ids", "noise_ids", "name 'columns.truth_index'")


def _objects_of_nobody(params: TableParams) -> Iterator[Complaint]:
    """Yield columns of objects that are asked for where no hit has an object."""
    wanted = [(path, text) for path, text in params.columns.named() if f"{OBJECT}." in text]
    wanted += [(f"object_filter.{name}", name) for name in params.object_filter]
    for path, text in wanted:
        message = f"{text!r} is of a hit's object: nothing says which object a hit belongs to"
        yield Complaint(message, path, "name `columns.truth_index`, `contributions` or `objects.hits`")


def _unknown(params: TableParams, path: str, names: Iterable[str]) -> Iterator[Complaint]:
    features = params.columns.features
    for index, name in enumerate(names):
        if name not in features:
            hint = did_you_mean(name, features) or f"features: {', '.join(features)}"
            key = str(index) if isinstance(names, list) else name
            yield Complaint(f"{name!r} is not one of the features", f"{path}.{key}", hint)
