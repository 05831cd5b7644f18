from __future__ import annotations

import math
from pathlib import Path

import pytest

from registry.wiring.costs import Load, costs
from registry.wiring.opening import open_graph
from tests.conftest import ROOT

GRAPHS = sorted((ROOT / "graphs").rglob("*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_the_plan_counts_the_weights_of_the_compiled_model(file: Path) -> None:
    from registry.compiling.model import compile_graph

    checked = open_graph(str(file))
    found = costs(checked, Load(1000, 1))
    layers = compile_graph(checked).layers
    held = {path: sum(math.prod(weight.shape) for weight in layer.weights) for path, layer in layers.items()}
    for node in found.nodes:
        if node.path in held and node.weights.known:
            assert node.weights.trainable + node.weights.frozen == held[node.path], node.path
    assert found.trainable + found.frozen == sum(held.values())
