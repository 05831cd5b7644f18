"""A few events as a tree of NanoML, for the laws of loaders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from registry.plugins.loaders.nanoml.names import HITS, MERGED
from registry.plugins.loaders.samples import SIZES, SPLIT, energies, hits

FRONT = 321.0
"""cm: where objects reach the calorimeter."""


def write(folder: Path, content: int) -> dict[str, Any]:
    """Write the hits of the samples, by the sign of z in the one endcap or the other; return how to read them."""
    made, own = hits(content), energies(content)
    sides = np.where(made["z"] < 0, -1, 1)
    columns = {
        "energy": made["e"],
        "x": made["x"],
        "y": made["y"],
        "z": made["z"] + FRONT * sides,
        "time": -np.ones_like(made["x"]),
        "hitr": np.full_like(made["x"], 0.6),
    }
    branches = {f"{HITS.before}{name}": ak.unflatten(values.astype("f4"), SIZES) for name, values in columns.items()}
    branches[MERGED.match] = ak.unflatten((made["particle"] - 1).astype("i4"), SIZES)
    like, side = np.ones_like(own), np.where(np.arange(own.shape[1]) % 2, -1, 1)
    objects = {
        **dict.fromkeys(("energy", "deposited"), own),
        **dict.fromkeys(("x", "y", "time"), 10 * like),
        "z": FRONT * side * like,
    }
    whole = {"pdg": 22, "charge": 0, "trainable": 1}
    branches |= {MERGED.branch(name): ak.Array(values.astype("f4").tolist()) for name, values in objects.items()}
    branches |= {MERGED.branch(name): ak.Array((value * like).astype(int).tolist()) for name, value in whole.items()}
    file = folder / "hits.root"
    with uproot.recreate(file) as opened:
        opened.mktree("Events", {name: values.type.content for name, values in branches.items()}).extend(branches)
    return {"file": str(file), "min_hits": 1, "split": SPLIT}
