"""The values of columns and expressions of the hits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.frame import Frame, ObjectRows
from registry.plugins.shared.expression_grammar import OBJECT
from registry.plugins.shared.expressions import Expression


class Values:
    """The values of columns and expressions of the hits by their text, each computed once.

    `expressions`: by their text, `parameters`: the parameter that names each.
    """

    def __init__(
        self,
        frame: Frame,
        objects: ObjectRows | None,
        rows: np.ndarray,
        expressions: Mapping[str, Expression],
        parameters: Mapping[str, str],
    ) -> None:
        self._frame, self._objects, self._rows = frame, objects, rows
        self._expressions, self._parameters = expressions, parameters
        self._made: dict[str, np.ndarray] = {}

    def __call__(self, text: str) -> np.ndarray:
        if text not in self._made:
            expression, parameter = self._expressions[text], self._parameters[text]
            self._made[text] = self._frame.evaluate(expression, self._of_objects, parameter)
        return self._made[text]

    def check_finite(self, text: str, parameter: str) -> None:
        """Raise DataError for the first value of a column that is nan or infinite, with its row and event."""
        values = self(text)
        if values.dtype.kind != "f" or np.isfinite(values).all():
            return
        bad = np.flatnonzero(~np.isfinite(values))
        count = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
        hit = int(bad[0])
        message = f"column {text!r} is {values[hit]} in {self._frame.where(hit)}{count}{self._made_of(text, hit)}"
        stands = "`missing` names a number that stands for null and nan; " if np.isnan(values[hit]) else ""
        hint = f"{stands}`on_error: skip` leaves such events out; or correct the hits when the file is written"
        raise DataError(message, parameter, hint)

    def _made_of(self, text: str, hit: int) -> str:
        """Return what the columns of an expression are for a hit, "" for a column as it stands."""
        expression = self._expressions[text]
        if expression.is_column:
            return ""
        found = {name: self._frame.masked(name)[0][hit] for name in expression.hits}
        found |= {f"{OBJECT}.{name}": self._of_objects(name)[hit] for name in expression.objects}
        return ": " + ", ".join(f"{name} is {float(value):g}" for name, value in found.items())

    def column(self, name: str) -> np.ndarray:
        """Return a column of the hits or, by `object.NAME`, of their objects, [hits]."""
        before = f"{OBJECT}."
        return self._of_objects(name.removeprefix(before)) if name.startswith(before) else self._frame.column(name)

    def _of_objects(self, name: str) -> np.ndarray:
        """Return a column of the hits' objects, [hits]; 0 for noise."""
        assert self._objects is not None
        own = self._objects.columns[name]
        if not len(own.values):
            return np.zeros(len(self._rows), own.values.dtype)
        noise = self._rows < 0
        values = np.where(noise, np.zeros((), own.values.dtype), own.values[self._rows])
        missing = None if own.missing is None else own.missing[self._rows] & ~noise
        return self._frame.filled(values, missing, f"{OBJECT}.{name}")
