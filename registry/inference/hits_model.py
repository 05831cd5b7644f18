"""A trained model as a function of tables of hits, as `mlflow.pyfunc.load_model` loads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.contract.errors import InputError, Problem
from registry.inference.opening import trained_model
from registry.inference.predicting import Network, packs
from registry.inference.tables import flat_columns
from registry.loading.kept import KEPT
from registry.wiring.hits_table import EVENT, column_names, output_name
from registry.wiring.loaders import ROW_SPLITS

if TYPE_CHECKING:
    import pandas


class HitsModel:
    """Predicts from a table of hits, one row a hit."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def predict(self, table: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:
        """Return a table with a row for each row of `table`, in its order and with its index.

        `table`: `event`, the number of the hit's event, in any order, without it all hits are one event; and what the
        model takes, PORT or PORT_0, PORT_1, ... for each port of the loader. Columns of the result: `event`; `hit`,
        counted from 0 in every event; and the outputs of the model, NAME or NAME_0, NAME_1, ... Raises InputError for a
        column that is missing or cannot be used.
        """
        import pandas

        event = table[EVENT].to_numpy() if EVENT in table else np.zeros(len(table), np.int64)
        _, of_row, sizes = np.unique(event, return_inverse=True, return_counts=True)
        order = np.argsort(of_row, kind="stable")
        starts = np.concatenate([[0], np.cumsum(sizes)])
        columns = {port: values[order] for port, values in self._columns(table).items()}
        pieces: list[dict[str, np.ndarray]] = []
        for group in packs(sizes) or [np.arange(0)]:
            rows = slice(starts[group[0]], starts[group[-1] + 1]) if len(group) else slice(0, 0)
            splits = np.concatenate([[0], np.cumsum(sizes[group])]).astype(np.int32)
            said = self._network({**{port: values[rows] for port, values in columns.items()}, ROW_SPLITS: splits})
            pieces.append(
                {k: v for name in self._network.of_hits for k, v in flat_columns(output_name(name), said[name]).items()}
            )
        sorted_rows = {EVENT: event[order], "hit": (np.arange(len(table)) - starts[of_row[order]]).astype(np.int32)}
        sorted_rows |= {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return pandas.DataFrame({name: values[back] for name, values in sorted_rows.items()}, index=table.index)

    def _columns(self, table: pandas.DataFrame) -> dict[str, np.ndarray]:
        """Return what the model takes, [hits, width] by port."""
        found = {}
        for name, tensor in self._network.model.input.items():
            port = name.rpartition(".")[2]
            if port == ROW_SPLITS:
                continue
            names = column_names(port, tuple(tensor.shape))
            missing = [column for column in names if column not in table]
            if missing:
                hint = f"the table has: {', '.join(map(str, table.columns))}"
                raise InputError([Problem(f"the model takes a column {missing[0]!r}, which is not there", hint=hint)])
            array = np.stack([table[column].to_numpy() for column in names], axis=1)
            found[port] = array.reshape(len(table), *(length or 0 for length in tensor.shape[1:]))
        return found


def _load_pyfunc(file: str) -> HitsModel:
    """Return the model in a `.keras` file, with the plugins that the file carries; mlflow calls this."""
    return HitsModel(trained_model(Path(file), file, [KEPT]).network())
