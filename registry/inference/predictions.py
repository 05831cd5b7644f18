"""Predictions in memory: the outputs as arrays, hits and showers as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from registry.inference.predicting import Network, PredictedEvents
from registry.inference.tables import HITS, SHOWERS, Rows
from registry.inference.writing import Tabulate, groups_of, predict_all
from registry.measuring.positions import as_one
from registry.wiring.loaders import ROW_SPLITS

if TYPE_CHECKING:
    import pandas

    from registry.contract.data import Columns
    from registry.inference.data import Events


class Predictions(Mapping[str, np.ndarray]):
    """What a network says of some events: its outputs as arrays by name; `hits` and `showers` are DataFrames.

    `events` holds them with the columns that they were made of.
    """

    def __init__(self, events: PredictedEvents, tables: Mapping[str, Rows]) -> None:
        self.events, self._tables = events, tables
        self._outputs = {**events.outputs, **events.others}

    @cached_property
    def hits(self) -> pandas.DataFrame:
        """One row a hit, with the columns that `python -m registry.predict` writes."""
        import pandas

        return pandas.DataFrame(self._tables[HITS])

    @cached_property
    def showers(self) -> pandas.DataFrame:
        """One row a shower; raises ValueError if no clusters were made."""
        import pandas

        if SHOWERS not in self._tables:
            raise ValueError("there are no showers: expected predict(..., clusters=True)")
        return pandas.DataFrame(self._tables[SHOWERS])

    def __getitem__(self, name: str) -> np.ndarray:
        return self._outputs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._outputs)

    def __len__(self) -> int:
        return len(self._outputs)

    def __repr__(self) -> str:
        return f"<Predictions: {len(self.events)} events, {self.events.hits} hits; {', '.join(self)}>"


def predict_columns(network: Network, columns: Columns, tabulate: Tabulate) -> Predictions:
    """Return what a network says of events, all of them in one call.

    `columns`: by port of the loader, or by "node.port", each [hits, width], and "row_splits" [events + 1]. Raises
    InputError for one that is missing or does not fit.
    """
    said = network(columns)
    by_port = {name.rpartition(".")[2]: np.asarray(column) for name, column in columns.items()}
    one_event = [0, max((len(column) for column in by_port.values()), default=0)]
    splits = np.asarray(by_port.pop(ROW_SPLITS, one_event)).astype(np.int64)
    hits = int(splits[-1]) if len(splits) else 0
    of_hits = network.of_hits or [name for name, value in said.items() if value.ndim > 1 and len(value) == hits]
    numbers = np.arange(max(len(splits) - 1, 0))
    events = PredictedEvents(
        numbers=numbers,
        names=[f"event {number}" for number in numbers],
        row_splits=splits if len(splits) else np.zeros(1, np.int64),
        columns={name: column for name, column in by_port.items() if column.ndim > 1 and len(column) == hits},
        outputs={name: said[name] for name in of_hits},
        others={name: value for name, value in said.items() if name not in of_hits},
        positions=network.positions,
    )
    return Predictions(events, tabulate(events))


def predict_source(network: Network, events: Events, tabulate: Tabulate) -> Predictions:
    """Return what a network says of all events of a source; raises InputError for data that cannot be used."""
    found = joined(list(predict_all(network, events, groups_of(events))))
    return Predictions(found, tabulate(found))


def joined(groups: list[PredictedEvents]) -> PredictedEvents:
    """Return the events of several calls as one; of outputs without a row for each hit only row splits are kept."""
    if len(groups) == 1:
        return groups[0]
    sizes = np.concatenate([np.diff(group.row_splits) for group in groups])
    splits = np.concatenate([[0], np.cumsum(sizes)])
    are_splits = [
        name
        for name in groups[0].others
        if all(np.array_equal(group.others[name], group.row_splits) for group in groups)
    ]

    def together(columns: list[Columns]) -> dict[str, np.ndarray]:
        return {name: np.concatenate([own[name] for own in columns]) for name in columns[0]}

    outputs = as_one([{**group.outputs, ROW_SPLITS: group.row_splits} for group in groups], groups[0].positions)
    del outputs[ROW_SPLITS]
    return PredictedEvents(
        numbers=np.concatenate([group.numbers for group in groups]),
        names=[name for group in groups for name in group.names],
        row_splits=splits,
        columns=together([group.columns for group in groups]),
        outputs=outputs,
        original=together([group.original for group in groups]),
        others={name: splits.astype(groups[0].others[name].dtype) for name in are_splits},
        positions=groups[0].positions,
    )
