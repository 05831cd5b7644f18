"""Every graph that comes with the tool becomes a SavedModel and an ONNX file that say what its model says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from registry.compiling.model import compile_graph
from registry.compiling.usable import usable
from registry.exporting.exporting import export, find_exporter
from registry.loading.blocks import load_registry
from registry.training.seeds import seed_everything
from tests.ejecting.test_all_graphs import FEW_NODES
from tests.graphs.helpers import NAMES, opened

pytestmark = [pytest.mark.slow, pytest.mark.long]


@cache
def model(name: str) -> Any:
    """Return the network of a graph with its first weights; those of many equal passes have two of them."""
    seed_everything(1)
    compiled = compile_graph(opened(name, *FEW_NODES.get(name, ())))
    assert compiled.inference is not None
    return usable(compiled.inference)


@pytest.mark.parametrize("form", ["savedmodel", "onnx"])
@pytest.mark.parametrize("name", NAMES)
def test_a_graph_is_exported_and_proved_equal_on_every_event(name: str, form: str, tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx")
    exporter = find_exporter(load_registry(()), form)
    made = export(exporter, model(name), name, tmp_path / f"network{exporter.ending}", hits=())
    assert made.place.exists()
    assert made.proof.difference <= 1e-4
    assert {0, 1} <= {size for sizes in made.proof.trials for size in sizes}
