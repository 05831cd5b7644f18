"""A run whose network has functions, a transform and an installed layer becomes a script with its weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from registry.contract.errors import InputError
from registry.eject import main
from tests.training.helpers import train

pytestmark = pytest.mark.slow

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
outputs: {a: parts.a, b: parts.b}
"""
OPTIONS = """
Training: [{batch_size: 5000, learning_rate: 1.0e-2, epochs: 1}]
Plotting: {page: false}
"""
COMPARE = """
import importlib.util, json, sys
import numpy as np

spec = importlib.util.spec_from_file_location("ejected", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
assert "registry" not in sys.modules
found = module.load()(dict(np.load(sys.argv[2])), training=False)
np.savez(sys.argv[3], **{name: np.asarray(value) for name, value in found.items()})
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in a folder, and what `registry.eject run:ID` makes of it."""
    place = tmp_path_factory.mktemp("run")
    (place / "site").mkdir()
    for name, text in {
        "own.py": PLUGIN,
        "graph.yaml": GRAPH,
        "options.yaml": OPTIONS,
        "site/groupnet.py": LAYER,
    }.items():
        (place / name).write_text(text)
    done = train(place, "graph.yaml", "--set", "General.tracker=folder", PYTHONPATH=str(place / "site"))
    assert done.returncode == 0, done.stderr
    return place


def test_the_script_of_a_run_says_what_its_model_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import registry

    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder / "site"))
    monkeypatch.setenv("PYTHONPATH", str(folder / "site"))
    (run,) = (folder / "mlruns" / "runs").iterdir()
    identifier = json.loads((run / "run.json").read_text()).get("id", run.name)
    assert main([f"run:{identifier}", "-o", "model.py"]) == 0
    model = registry.load_model(f"run:{identifier}", plugins=["kept"])
    events = registry.load("graph.yaml").source().read("test", np.arange(1), None)
    columns = {f"event.{name}": array for name, array in events.items()}
    given = {name: columns[name] for name in model.input}
    np.savez("given.npz", **given)
    environment = {**os.environ, "PYTHONPATH": str(folder / "site")}
    command = [sys.executable, "-c", COMPARE, "model.py", "given.npz", "found.npz"]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    wanted = model(given, training=False)
    with np.load("found.npz") as found:
        for name, value in wanted.items():
            np.testing.assert_allclose(found[name], np.asarray(value), atol=1e-6)


def test_functions_and_installed_layers_are_lines_of_the_script(folder: Path) -> None:
    text = (folder / "model.py").read_text()
    assert "def widen(x, units: Annotated" in text
    assert "@registry" not in text
    assert "import registry" not in text
    assert "from groupnet import Twice" in text
    lines = [line.strip() for line in text.splitlines()]
    assert 'wide = FunctionLayer(partial(widen, units=6, rate=0.1), name="wide")(x=squeezed["features"])' in lines
    assert 'twice = ImportedLayer(Twice(units=3), name="twice")(again)' in lines
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "model.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_class_that_is_made_in_a_function_is_refused_at_its_line(tmp_path: Path) -> None:
    from tests.contract.test_function_block import IN_ONE_FILE, ONE_FILE

    (tmp_path / "one_file.py").write_text(ONE_FILE)
    (tmp_path / "one_file.yaml").write_text(IN_ONE_FILE)
    with pytest.raises(InputError, match="is made in a function: it cannot be written out") as caught:
        main([str(tmp_path / "one_file.yaml"), "-o", str(tmp_path / "model.py")])
    assert "one_file.py:" in str(caught.value)
