"""Every graph that comes with the tool is written as a script whose network says what the graph's says."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from registry.compiling.model import Compiled, compile_graph
from registry.compiling.usable import plain_kernels
from registry.ejecting.script import Written, script
from registry.exporting.trials import distances, random_columns
from registry.training.seeds import seed_everything
from tests.graphs.helpers import NAMES, opened

pytestmark = pytest.mark.slow

FEW_NODES = {
    "gravnet": ("Architecture.gravnet=[{n: 16}, {n: 8}]", "Architecture.message_passing=[{n: 8}]"),
    "contrastive": ("Architecture.gravnet=[{n: 16}, {n: 8}]", "Architecture.message_passing=[{n: 8}]"),
    "gravnet_skip": ("Architecture.gravnet=[{n: 16}, {n: 8}]", "Architecture.message_passing=[{n: 8}]"),
    "random_sampling": (
        "Architecture.gravnet=[{n: 16}]",
        "RandomSampling.levels=[{reduction: 8.0}, {reduction: 4.0}]",
        "RandomSampling.way_back=[1, 0]",
    ),
    "random_sampling_unit": (
        "Architecture.gravnet=[{n: 16}]",
        "RandomSampling.levels=[{reduction: 4.0, thinned: 4.0, way_back: [0]}]",
    ),
}
"""Settings with which graphs of many equal passes have two of them; one with one or two levels of thinning."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.long] * (name != "gravnet")) for name in NAMES])
def test_the_script_of_a_graph_gives_its_outputs_with_its_weights(name: str, tmp_path: Path) -> None:
    seed_everything(1)
    compiled = compile_graph(opened(name, *FEW_NODES.get(name, ())))
    file = tmp_path / "model.py"
    file.write_text(script(compiled, Written(f"{name}.yaml")), encoding="utf-8")
    assert_stands_alone(file)
    assert_equal_outputs(compiled, file)


def assert_stands_alone(file: Path) -> None:
    """Assert that a script imports TensorFlow, Keras and Python's own modules alone, and that linters accept it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = [
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."])
    ]
    assert set(imported) <= {"tensorflow", "keras", "numpy", *sys.stdlib_module_names}
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def assert_equal_outputs(compiled: Compiled, file: Path) -> None:
    """Assert that the network of a script gives what a graph's model gives, with the weights of the model's file."""
    assert compiled.inference is not None
    spec = importlib.util.spec_from_file_location("ejected", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with plain_kernels():
        spec.loader.exec_module(module)
        network = module.build()
        compiled.inference.save(file.with_suffix(".keras"))
        network.load_weights(file.with_suffix(".keras"))
        given = random_columns(compiled.inference, (9, 0, 1, 12), seed=3)
        wanted, found = (
            {key: np.asarray(value) for key, value in model(given, training=False).items()}
            for model in (compiled.inference, network)
        )
    assert max(distances(wanted, found).values()) <= 1e-6
