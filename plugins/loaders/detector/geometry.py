"""Layers and cells of the barrel and the endcaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from registry.plugins.loaders.detector.options import DetectorOptions, SectionOptions

BARREL, ENDCAP = 0, 1


@dataclass(frozen=True)
class Layers:
    """Layers from the inside out: `middle` and `end` cm behind the front face; `x0`, `lambda0`: depth at the end of
    each in radiation and interaction lengths; `mip` GeV; `cell` cm. Arrays [layers]."""

    middle: np.ndarray
    end: np.ndarray
    x0: np.ndarray
    lambda0: np.ndarray
    mip: np.ndarray
    cell: np.ndarray

    def __len__(self) -> int:
        return len(self.middle)


def layers_of(sections: list[SectionOptions]) -> Layers:
    """Return the layers of some sections, one behind the other."""
    counts = [section.layers for section in sections]

    def each(name: str) -> np.ndarray:
        return np.repeat([float(getattr(section, name)) for section in sections], counts)

    thickness = each("thickness")
    end = np.cumsum(thickness)
    depths = np.cumsum(each("x0")), np.cumsum(each("interaction_lengths"))
    return Layers(end - thickness / 2, end, *depths, each("mip"), each("cell"))


class Cells(NamedTuple):
    """Cells that positions fall into: `number` identifies a cell (int64), `x`, `y`, `z` its centre, cm."""

    number: np.ndarray
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray


_BITS = 17
"""Bits of a row and of a column of cells."""


def cells(
    options: DetectorOptions, part: int, layers: Layers, layer: np.ndarray, place: np.ndarray, side: np.ndarray
) -> Cells:
    """Return the cell of every position; `layer` int [n], `place` [n, 3] cm, `side` of z, 1 or -1 [n].

    Cells of the barrel are equal in azimuth and z, those of an endcap squares in x and y.
    """
    if part == BARREL:
        radius = options.barrel_radius + layers.middle[layer]
        around = np.maximum(np.round(2 * np.pi * radius / layers.cell[layer]), 1)
        column = np.floor((np.arctan2(place[:, 1], place[:, 0]) / (2 * np.pi) + 0.5) * around) % around
        row = np.floor(place[:, 2] / layers.cell[layer])
        angle = ((column + 0.5) / around - 0.5) * 2 * np.pi
        x, y, z = radius * np.cos(angle), radius * np.sin(angle), (row + 0.5) * layers.cell[layer]
    else:
        column, row = (np.floor(place[:, axis] / layers.cell[layer]) for axis in (0, 1))
        x, y = (column + 0.5) * layers.cell[layer], (row + 0.5) * layers.cell[layer]
        z = side * (options.endcap_z + layers.middle[layer])
    half = 2 ** (_BITS - 1)
    number = part * 2 + (side > 0).astype(np.int64) if part == ENDCAP else np.zeros(len(layer), np.int64)
    number = number << 9 | layer.astype(np.int64)
    number = (number << _BITS | column.astype(np.int64) + half) << _BITS | row.astype(np.int64) + half
    return Cells(number, x, y, z)
