"""Which object each hit belongs to: by an id, by the lists that objects hold, or by contributions that share a hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.contributing import contributions
from registry.plugins.loaders.description.fractions import fractions_of
from registry.plugins.loaders.description.frame import Frame, ObjectRows
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.text_ids import TEXTS, object_ids
from registry.plugins.loaders.description.truth_options import ContributionOptions
from registry.plugins.loaders.identifiers import check_noise, doubtful_zeros, is_one_of, whole_ids
from registry.plugins.shared.expressions import parse


@dataclass(frozen=True, eq=False)
class Ids:
    """The id of each hit's object as the file has it, and which hits are noise; `shared`: hits of several objects.

    `shares`: every contribution to a hit, each sum of one object once; None where nothing says them.
    """

    values: np.ndarray
    noise: np.ndarray
    shared: int = 0
    doubts: tuple[str, ...] = ()
    shares: Shares | None = None


class Shares(NamedTuple):
    """Contributions of objects to hits: position of the hit, id of the object, and its share of the hit, 0 to 1."""

    hit: np.ndarray
    ids: np.ndarray
    fraction: np.ndarray


def ids_of(frame: Frame, params: TableParams, objects: ObjectRows | None, known: bool = False) -> Ids | None:
    """Return the ids of the hits' objects, None if nothing says them; `known`: they need not be doubted again."""
    if params.columns.truth_index is not None:
        ids = _by_column(frame, params, params.columns.truth_index, known)
        return ids if params.contributions is None else _shared_by(frame, params, params.contributions, ids)
    if params.contributions is not None:
        return _by_contributions(frame, params, params.contributions)
    if params.objects.hits is not None:
        assert objects is not None
        return _by_lists(frame, params, objects)
    return None


def _by_column(frame: Frame, params: TableParams, text: str, known: bool) -> Ids:
    path = "columns.truth_index"
    expression = parse(text, frame.table.types)
    if expression.is_column and expression.hits:
        values, missing = (frame.column(text), None) if frame.fills(text) else frame.masked(text)
    else:
        values, missing = frame.evaluate(expression, lambda name: np.zeros(0), path), None
    if (
        missing is not None
        and len(missing)
        and missing.all()
        and frame.table.types[text].dtype.kind != values.dtype.kind
    ):
        # A column of no type at all, which has no value in the whole file.
        hint = "name the column of the ids; without truth, leave `truth_index` out"
        raise DataError(f"column {text!r} is null in every row of {frame.table.name}", path, hint)
    if values.dtype.kind in TEXTS:
        blank = values == ""
        missing = blank if missing is None else missing | blank
    if values.dtype.kind in "f" + TEXTS:
        nothing = 0 if values.dtype.kind == "f" else "0"
        values = object_ids(values if missing is None else np.where(missing, nothing, values), text, path, frame.where)
    noise = _nobody(values, params) if missing is None else missing | _nobody(values, params)
    if known:
        return Ids(values, noise)
    there = np.arange(len(values)) if missing is None else np.flatnonzero(~missing)
    own = values if missing is None else values[there]
    check_noise(own, params.whole_noise_ids, text, path, lambda hit: frame.where(int(there[hit])))
    return Ids(values, noise, 0, doubtful_zeros(values, params.whole_noise_ids, text))


def _nobody(values: np.ndarray, params: TableParams) -> np.ndarray:
    named = is_one_of(values, params.whole_noise_ids) if params.whole_noise_ids else None
    if values.dtype.kind != "i":
        return np.zeros(len(values), bool) if named is None else named
    return values < 0 if named is None else named | (values < 0)


def _by_contributions(frame: Frame, params: TableParams, options: ContributionOptions) -> Ids:
    """Return the object with the largest sum of contributions to each hit; of equal ones the smallest id."""
    hit, ids, sums, everything = _summed(frame, params, options)
    total = np.bincount(hit, weights=sums, minlength=frame.n_hits)
    last = np.arange(len(hit))
    if n_shared := _n_shared(hit):
        # The last of each hit: the largest sum, of equal ones the smallest id, which lexsort puts last.
        order = _sorted_within(hit, -last, sums)
        last = order[np.flatnonzero(np.append(hit[1:] != hit[:-1], True))]
    nobody = 0 if ids.dtype.kind == "u" else -1
    values = np.full(frame.n_hits, nobody, ids.dtype)
    noise = np.ones(frame.n_hits, bool)
    chosen = last[sums[last] > options.threshold * total[hit[last]]]
    values[hit[chosen]] = ids[chosen]
    noise[hit[chosen]] = False
    return Ids(values, noise, n_shared, shares=_shares(hit, ids, sums, everything, params, frame))


def _shared_by(frame: Frame, params: TableParams, options: ContributionOptions, ids: Ids) -> Ids:
    """Return ids that a column names, with the shares that contributions say."""
    hit, objects, sums, everything = _summed(frame, params, options)
    shares = _shares(hit, objects, sums, everything, params, frame)
    return Ids(ids.values, ids.noise, _n_shared(hit), ids.doubts, shares)


def _n_shared(hit: np.ndarray) -> int:
    """Return how many hits are there more than once; `hit` never falls."""
    same = hit[1:] == hit[:-1]
    return int(np.count_nonzero(same & ~np.append(False, same[:-1])))


def _sorted_within(hit: np.ndarray, *keys: np.ndarray) -> np.ndarray:
    """Return the order by hit, then by keys, the last one first; `hit` never falls: few hits have more than one."""
    order = np.arange(len(hit))
    same = hit[1:] == hit[:-1]
    several = np.flatnonzero(np.append(False, same) | np.append(same, False))
    order[several] = several[np.lexsort((*(key[several] for key in keys), hit[several]))]
    return order


def _summed(
    frame: Frame, params: TableParams, options: ContributionOptions
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return hit, object and sum of the contributions of each object to a hit, and the sum of all to each hit."""
    hit, ids, weights = contributions(frame, options)
    path = "contributions.weights"
    wrong = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if len(wrong):
        where = frame.where(int(hit[wrong[0]]))
        message = f"a contribution, {_weights_of(options)}, is {weights[wrong[0]]} in {where}"
        raise DataError(message, path, "expected 0, or more; `on_error: skip` leaves such events out")
    everything = np.bincount(hit, weights=weights, minlength=frame.n_hits)
    kept = (weights > 0) & ~_nobody(ids, params)
    if not kept.all():
        hit, ids, weights = hit[kept], ids[kept], weights[kept]
    if (hit[1:] < hit[:-1]).any():
        order = np.argsort(hit, kind="stable")
        hit, ids, weights = hit[order], ids[order], weights[order]
    if _n_shared(hit):
        order = _sorted_within(hit, ids)
        ids, weights = ids[order], weights[order]
        starts = np.flatnonzero(np.append(True, (hit[1:] != hit[:-1]) | (ids[1:] != ids[:-1])))
        hit, ids, weights = hit[starts], ids[starts], np.add.reduceat(weights.astype(np.float64), starts)
    return hit, ids, weights.astype(np.float64, copy=False), everything


def _weights_of(options: ContributionOptions) -> str:
    return repr(options.weights) if isinstance(options.weights, str) else "one of `contributions.weights`"


def _shares(
    hit: np.ndarray, ids: np.ndarray, sums: np.ndarray, everything: np.ndarray, params: TableParams, frame: Frame
) -> Shares | None:
    """Return contributions as shares of their hits; `everything` [hits]: the sum over all, nobody's included."""
    if not params.shares:
        return None
    if params.shares_are == "energies":
        return Shares(hit, ids, sums / np.where(everything > 0, everything, 1.0)[hit])
    wrong = np.flatnonzero(everything > 1 + 1e-3)
    if len(wrong):
        message = f"the fractions of {frame.where(int(wrong[0]))} add up to {everything[wrong[0]]:.4g}"
        raise DataError(message, "shares_are", "are they energies: `shares_are: energies`?")
    return Shares(hit, ids, sums)


def _by_lists(frame: Frame, params: TableParams, objects: ObjectRows) -> Ids:
    """Return the object whose list holds each hit; of several the one with the largest share, or the first."""
    options = params.objects
    assert options.hits is not None
    listed = objects.columns[options.hits]
    if not listed.splits:
        raise DataError(f"column {options.hits!r} holds no lists", "objects.hits", "each object has a list of its hits")
    counts = np.diff(listed.splits[0])
    obj = np.repeat(np.arange(len(counts)), counts)
    event = np.searchsorted(objects.splits, obj, side="right") - 1
    positions = whole_ids(listed.values, options.hits, "objects.hits", "position {}".format).astype(np.int64)
    positions = positions - options.hits_base
    if listed.missing is not None:
        positions[listed.missing] = -1
    sizes = np.diff(frame.splits)
    wrong = np.flatnonzero(positions >= sizes[event])
    if len(wrong):
        label = frame.index.label(frame.first + int(event[wrong[0]]))
        position, of_ = int(positions[wrong[0]]) + options.hits_base, int(sizes[event[wrong[0]]])
        message = f"an object of event {label} of {frame.table.name} has hit {position}: there are {of_}"
        message += f", counted from {options.hits_base}"
        raise DataError(message, "objects.hits", "is it the list of other hits?")
    weights = np.ones(len(positions))
    if options.fractions is not None:
        weights = fractions_of(frame, objects, options)
    kept = (positions >= 0) & (weights > 0)
    hit, obj, weights = (frame.splits[:-1][event] + positions)[kept], obj[kept], weights[kept]
    order = np.lexsort((-obj, weights, hit))
    last = order[np.flatnonzero(np.r_[hit[order][1:] != hit[order][:-1], True])] if len(order) else order
    values, noise = np.full(frame.n_hits, -1, np.int64), np.ones(frame.n_hits, bool)
    values[hit[last]] = obj[last] - objects.splits[:-1][np.searchsorted(objects.splits, obj[last], side="right") - 1]
    noise[hit[last]] = False
    found, which = np.unique(hit * max(len(counts), 1) + obj, return_inverse=True)
    pairs = np.divmod(found, max(len(counts), 1))
    sums = np.bincount(which.reshape(-1), weights=weights, minlength=len(found))
    own = pairs[1] - objects.splits[:-1][np.searchsorted(objects.splits, pairs[1], side="right") - 1]
    total = np.bincount(pairs[0], weights=sums, minlength=frame.n_hits)
    shares = _shares(pairs[0], own, sums, total, params, frame)
    shared = int((np.bincount(pairs[0], minlength=max(frame.n_hits, 1)) > 1).sum())
    return Ids(values, noise, shared, shares=shares)
