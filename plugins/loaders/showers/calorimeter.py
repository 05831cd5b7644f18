"""The generator's calorimeter: layers and cells, modelled on the CMS high-granularity endcap (CERN-LHCC-2017-023)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

FRONT = 322.1
"""z of the front face in cm."""

_FINE_RADIUS = 60.0
"""Distance from the beam in cm below which cells are halved: occupancy and radiation are highest there."""


@dataclass(frozen=True)
class Layers:
    """Layers front to back: `z` cm, all at z > 0; end of each layer's absorber in radiation lengths `x0` and nuclear
    interaction lengths `lambda0`; `mip` GeV, the calibrated energy of a minimum-ionising particle in it; `scale`, the
    side of its cells in units of the cell size. Arrays [layers]."""

    z: np.ndarray
    x0: np.ndarray
    lambda0: np.ndarray
    mip: np.ndarray
    scale: np.ndarray

    def __len__(self) -> int:
        return len(self.z)


def _layers() -> Layers:
    # 28 electromagnetic layers (26 X0, 1.5 lambda), 12 fine and 10 coarse hadronic ones (8.4 lambda).
    counts = [28, 12, 10]
    z = [np.linspace(322.155, 362.185, 28), np.linspace(367.7, 422.3, 12), np.linspace(431.0, 513.1, 10)]
    return Layers(
        np.concatenate(z),
        np.cumsum(np.repeat([0.93, 2.6, 4.2], counts)),
        np.cumsum(np.repeat([0.054, 0.30, 0.48], counts)),
        np.repeat([0.010, 0.045, 0.080], counts),
        np.repeat([1.0, 1.0, 2.0], counts),
    )


LAYERS = _layers()


class Cells(NamedTuple):
    """Cells that positions fall into: `number` identifies a cell (int64), `x`, `y` its centre and `side`, all in cm."""

    number: np.ndarray
    x: np.ndarray
    y: np.ndarray
    side: np.ndarray


def cells(layer: np.ndarray, x: np.ndarray, y: np.ndarray, cell_size: float) -> Cells:
    """Return the cell of every position (`layer` int [n]; `x`, `y` cm [n]): a square grid, halved near the beam."""
    side = cell_size * LAYERS.scale[layer]
    whole = [np.floor(value / side) for value in (x, y)]
    halved = np.hypot(*((index + 0.5) * side for index in whole)) < _FINE_RADIUS
    side = np.where(halved, side / 2, side)
    column, row = (np.floor(value / side).astype(np.int64) for value in (x, y))
    # 14 bits each hold +-8192 cells, more than the detector is wide at the smallest cell size.
    number = (((layer.astype(np.int64) << 1 | halved) << 14 | column + 8192) << 14) | row + 8192
    return Cells(number, (column + 0.5) * side, (row + 0.5) * side, side)
