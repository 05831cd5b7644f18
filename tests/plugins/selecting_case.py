"""Runs blocks that choose hits, or take chosen ones, on arrays with a row for every hit."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tests.plugins.block_case import Case, Values


class Selecting(Case):
    """A case that looks the same whichever hits are kept, so that the laws of other blocks apply.

    Going in, `kept_hits` is a mask [hits, 1], and the ports `taken` are cut down to the hits it names. Coming out, the
    outputs `spread` have their rows at the places of the kept hits and zeros elsewhere; `kept_hits` is a mask again.
    """

    def __init__(self, use: str, taken: tuple[str, ...] = (), spread: tuple[str, ...] = (), **parameters: Any) -> None:
        super().__init__(use, {"kept_hits": "kept", **dict.fromkeys(taken, "kept")}, **parameters)
        self.taken, self.spread = taken, spread

    def __call__(self, training: bool | None = None, **inputs: Any) -> Any:
        """Return the outputs with a row for every hit."""
        result = super().__call__(training, **inputs)
        named = dict(result) if isinstance(result, dict) else {"x": result}
        kept = named["kept_hits"] if "kept_hits" in named else tf.where(inputs["kept_hits"][:, 0] > 0)
        hits = len(next(value for name, value in inputs.items() if name not in ("row_splits", "rest")))
        for name in self.spread:
            rows = tf.ones(tf.shape(kept)) if name == "kept_hits" else named[name]
            named[name] = tf.scatter_nd(tf.cast(kept, "int64"), rows, [hits, *rows.shape[1:]])
        return named

    def _inputs(self, inputs: Values) -> Values:
        if "kept_hits" not in inputs:
            return super()._inputs(inputs)
        kept = np.flatnonzero(inputs["kept_hits"][:, 0] > 0)

        def cut(name: str, value: Any) -> Any:
            if isinstance(value, dict):
                return {key: cut(key, one) for key, one in value.items()}
            return np.asarray(value)[kept] if name in self.taken else value

        chosen = {name: cut(name, value) for name, value in inputs.items()}
        return super()._inputs({**chosen, "kept_hits": kept[:, None].astype("int32")})
