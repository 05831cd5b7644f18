"""Runs a script in a process without this package, and compares what its network says with what the graph's says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from registry.contract.bare import run_bare
from registry.contract.errors import RunError
from registry.exporting.trials import distances, random_columns

if TYPE_CHECKING:
    import keras

CODE = """
import importlib.util
from pathlib import Path

spec = importlib.util.spec_from_file_location("ejected", arguments[0])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
network = module.build()
network.load_weights(arguments[1])


def predict(columns):
    return network(columns, training=False)
"""

SIZES = ((1,), (37,), (60, 0, 40))
"""Hits of the events of every trial."""

MOST = 1e-6
"""The largest difference, in units of the largest value of an output."""


def prove(script: str, model: keras.Model, folders: Sequence[str] = ()) -> float:
    """Return the largest difference between the outputs of a script's network and of a model with the same weights.

    `folders`: where the packages are found whose layers the network imports. Raises RunError if it does not run, or the
    difference is larger than `MOST`.
    """
    from registry.compiling.usable import plain_kernels

    trials = [random_columns(model, sizes, seed) for seed, sizes in enumerate(SIZES)]
    with TemporaryDirectory() as folder, plain_kernels():
        file, weights = Path(folder) / "script.py", Path(folder) / "weights.keras"
        file.write_text(script, encoding="utf-8")
        model.save(weights)
        found = run_bare(CODE, [str(file), str(weights)], trials, folders=folders).outputs
        wanted = [{name: np.asarray(value) for name, value in model(given, training=False).items()} for given in trials]
    far = [distances(one, other) for one, other in zip(wanted, found, strict=True)]
    largest = max(value for trial in far for value in trial.values())
    if largest > MOST:
        names = sorted({name for trial in far for name, value in trial.items() if value > MOST})
        raise RunError(f"the script's network differs from the graph's by {largest:.2g} in {', '.join(names)}")
    return largest
