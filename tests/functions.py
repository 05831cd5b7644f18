"""A graph of functions, an installed layer and a graph's file as blocks."""

from __future__ import annotations

from pathlib import Path

PLUGIN = '''
from typing import Annotated

import registry

SLOPE = 0.25


def halved(x):
    return 0.5 * x


@registry.block(inputs={"x": "hits features"}, outputs={"y": "hits {units}"}, name="widening")
def widen(x, units: Annotated[int, "columns"], rate: float = registry.param(0.1, "share dropped", ge=0)):
    """A dense layer with dropout and a leaky rectifier."""
    import keras

    return keras.layers.Dropout(rate)(keras.layers.LeakyReLU(SLOPE)(keras.layers.Dense(units)(halved(x))))


@registry.block(inputs={"x": "hits features"}, outputs={"a": "hits 2", "b": "hits 1"})
def parted(x):
    """Two dense layers."""
    import keras

    return {"a": keras.layers.Dense(2)(x), "b": keras.layers.Dense(1)(x)}


@registry.block(kind="transform")
def squeeze(x, scale: Annotated[float, "what becomes about 1"] = 2.0):
    """The inverse hyperbolic sine of columns."""
    import keras

    return keras.ops.arcsinh(x / scale)


@registry.block(inputs={"x": "hits 1"}, kind="loss")
def small(x):
    """The mean square."""
    import keras

    return keras.ops.mean(keras.ops.square(x))
'''
LAYER = """
import keras


class Twice(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.dense = units, keras.layers.Dense(units)

    def call(self, x):
        return 2 * self.dense(x)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
"""
GRAPH = """
name: of_functions
config: options.yaml
plugins: [own.py]
blocks:
  event: {use: showers, with: {train_events: 4, validation_events: 2, test_events: 1, max_showers: 3}}
  squeezed: {use: squeeze, in: event.features, with: {columns: [1]}}
  wide: {use: widening, in: squeezed.features, with: {units: 6}}
  again: {use: widening, in: wide, with: {units: 4, rate: 0.0}}
  twice: {use: "import:groupnet:Twice", in: again, with: {units: 3, output: hits 3}}
  parts: {use: parted, in: twice}
  small: {use: small, in: parts.b}
  half: {use: half.yaml, in: {x: parts.a}}
outputs: {a: parts.a, b: half.y}
"""
HALF = """
name: half
blocks:
  given: {use: showers}
  narrow: {use: keras.Dense, in: given.x, with: {units: 3}}
outputs: {y: narrow}
"""
OPTIONS = """
Training: [{batch_size: 5000, learning_rate: 1.0e-2, epochs: 1}]
Plotting: {page: false}
"""


def write(folder: Path) -> Path:
    """Write the graph and what it needs into a folder, the installed package into `site`; return the graph's file."""
    (folder / "site").mkdir()
    files = {
        "own.py": PLUGIN,
        "graph.yaml": GRAPH,
        "half.yaml": HALF,
        "options.yaml": OPTIONS,
        "site/groupnet.py": LAYER,
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder / "graph.yaml"
