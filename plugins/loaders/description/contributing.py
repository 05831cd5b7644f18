"""The contributions of objects to hits: columns, lists, or links over several hops."""

from __future__ import annotations

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.frame import Frame
from registry.plugins.loaders.description.joined import EACH, JoinedTable, places
from registry.plugins.loaders.description.table import Table, Values
from registry.plugins.loaders.description.text_ids import object_ids
from registry.plugins.loaders.description.truth_options import ContributionOptions


def contributions(frame: Frame, options: ContributionOptions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return hit, id and weight of every contribution, each flat."""
    if options.links is not None:
        return _linked(frame, options)
    weights, own_ids = options.columns("weights"), options.columns("ids")
    assert weights is not None
    if isinstance(weights, list):
        hits, ids, found = [], [], []
        names = own_ids if isinstance(own_ids, list) else [None] * len(weights)
        for number, (name, weight) in enumerate(zip(names, weights, strict=True)):
            values = frame.column(weight)
            given = np.flatnonzero(values != 0)
            own = np.full(len(values), options.first + number) if name is None else frame.column(name)
            hits.append(given)
            ids.append(_whole(own, name or weight)[given])
            found.append(values[given])
        return np.concatenate(hits), np.concatenate(ids), np.concatenate(found)
    listed, missing = frame.values(weights), None
    splits = listed.splits[-1]
    if isinstance(options.ids, str):
        own_lists = frame.values(options.ids)
        counts, others = np.diff(own_lists.splits[-1]), np.diff(splits)
        if not np.array_equal(counts, others):
            first = int(np.flatnonzero(counts != others)[0]) if len(counts) == len(others) else 0
            lengths = f"{options.ids!r} has {counts[first]} values, {weights!r} has {others[first]}"
            raise DataError(f"{frame.where(first)}: {lengths}", "contributions.ids", "each has one of both")
        own, missing = _whole(own_lists.values, options.ids), own_lists.missing
    else:
        own = np.arange(len(listed.values)) - np.repeat(splits[:-1], np.diff(splits)) + options.first
    hit = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    return _of_somebody(hit, own, _weights(listed), missing)


def _linked(frame: Frame, options: ContributionOptions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Follow hit -> range of links -> contribution -> object; in joined collections each has links of its own."""
    table = frame.table
    if not isinstance(table, JoinedTable):
        return _linked_of(frame, table, options, np.arange(frame.n_hits), frame.splits)
    begins = [str(options.begin).replace(EACH, each) for each in table.collections]
    read = table.table.read(begins, frame.first, frame.last)
    splits = [read[name].splits[0] for name in begins]
    found = []
    for each, own, hits in zip(table.collections, splits, places(splits), strict=True):
        named = {key: str(value).replace(EACH, each) for key, value in _texts(options).items()}
        found.append(_linked_of(frame, table.table, options.model_copy(update=named), hits, own))
    hit, ids, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return hit, ids, weights


def _texts(options: ContributionOptions) -> dict[str, object]:
    return {key: getattr(options, key) for key in ("ids", "weights", "begin", "end", "links")}


def _linked_of(
    frame: Frame, table: Table, options: ContributionOptions, hits: np.ndarray, splits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Follow the links of hits whose lists have `splits`; `hits`: where each is in the frame."""
    names = [str(name) for name in (options.begin, options.end, options.links, options.ids, options.weights)]
    read = table.read(names, frame.first, frame.last)
    begin, end = (read[name].values.astype(np.int64) for name in names[:2])
    links, ids, weights = (read[name] for name in names[2:])
    event = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    n_links = np.diff(links.splits[0])[event]
    wrong = np.flatnonzero((begin < 0) | (end < begin) | (end > n_links))
    if len(wrong):
        hit = int(wrong[0])
        message = f"{frame.where(int(hits[hit]))} has the links {begin[hit]} to {end[hit]} of {n_links[hit]}"
        raise DataError(message, "contributions.links", "are `begin` and `end` those of another list?")
    counts = end - begin
    own = np.repeat(np.arange(len(hits)), counts)
    place = np.repeat(begin + links.splits[0][:-1][event] - (np.cumsum(counts) - counts), counts)
    link = links.values[place + np.arange(len(own))].astype(np.int64)
    event = event[own]
    wrong = np.flatnonzero((link < 0) | (link >= np.diff(weights.splits[0])[event]))
    if len(wrong):
        where = frame.where(int(hits[own[wrong[0]]]))
        message = f"{where} is linked to contribution {link[wrong[0]]}, which is not there"
        raise DataError(message, "contributions.links", "is `links` the list of other hits?")
    rows = weights.splits[0][:-1][event] + link
    missing = None if ids.missing is None else ids.missing[rows]
    return _of_somebody(hits[own], _whole(ids.values, names[3])[rows], _weights(weights)[rows], missing)


def _of_somebody(
    hit: np.ndarray, ids: np.ndarray, weights: np.ndarray, missing: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the contributions whose id is not null: those are nobody's."""
    if missing is None or not missing.any():
        return hit, ids, weights
    return hit[~missing], ids[~missing], weights[~missing]


def _weights(found: Values) -> np.ndarray:
    """Return the weights of contributions, nan for those that are null."""
    return found.values if found.missing is None else np.where(found.missing, np.nan, found.values)


def _whole(values: np.ndarray, name: str) -> np.ndarray:
    return object_ids(values, name, "contributions.ids", "contribution {}".format)
