"""Says what is wrong with the file of a saved model, where Keras would say something else or nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from registry.console.files import irregular
from registry.contract.errors import InputError, Problem
from registry.contract.spelling import did_you_mean

if TYPE_CHECKING:
    import keras

PARTS = ("config.json", "model.weights.h5")
"""What a `.keras` file holds of a model."""

NAMED = 5
"""Weights that are named one by one."""


def require_model_file(file: Path) -> None:
    """Raise InputError for a file that is missing, and for a `.keras` file that is empty, cut off or something else."""
    if not file.is_file():
        kind = irregular(file) or ("a folder" if file.is_dir() else "")
        if kind:
            raise InputError([Problem(f"{file} cannot be loaded: expected a .keras file, received {kind}")])
        others = [item.name for item in file.parent.glob("*.keras")]
        raise InputError([Problem(f"{file}: there is no such file", hint=did_you_mean(file.name, others))])
    fault = _fault(file) if file.suffix == ".keras" else ""
    if fault:
        raise InputError([Problem(f"{file} cannot be loaded: {fault}", hint="was it copied completely?")])


def require_finite(model: keras.Model, file: Path) -> None:
    """Raise InputError, which names them, if not all weights of a model are finite: it would predict nan."""
    bad = [weight.path for weight in model.weights if not _is_finite(weight)]
    if bad:
        listing = ", ".join(bad[:NAMED]) + (f" and {len(bad) - NAMED} more" if len(bad) > NAMED else "")
        raise InputError([Problem(f"{file} cannot be used: not all of its weights are finite: {listing}")])


def _is_finite(weight: keras.Variable) -> bool:
    import keras

    floating = "float" in keras.backend.standardize_dtype(weight.dtype)
    return not floating or bool(np.isfinite(np.asarray(weight).astype(np.float64)).all())


def _fault(file: Path) -> str:
    """Return what is wrong with a `.keras` file; empty if it is a whole one."""
    try:
        if not file.stat().st_size:
            return "the file is empty (0 bytes)"
        with file.open("rb") as opened:
            if opened.read(2) != b"PK":
                return "it is no .keras file"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    try:
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()
            missing = [part for part in PARTS if part not in archive.namelist()]
    # Each damage has an error of its own in zipfile and zlib.
    except Exception:
        return "the file is cut off or damaged"
    if damaged:
        return f"the file is damaged: {damaged}"
    return f"it is no .keras file of a model: it has no {missing[0]}" if missing else ""
