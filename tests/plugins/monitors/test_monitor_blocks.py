"""What the monitors declare."""

from __future__ import annotations

import subprocess
import sys

import pytest

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType
from registry.contract.block import Block
from registry.plugins.monitors.clustering.block import Clustering
from registry.plugins.monitors.plot_coordinates.block import PlotCoordinates

HITS = Axis("hits", "event")


def test_the_baseline_without_positions_is_an_error_that_names_the_input() -> None:
    block = Clustering(Clustering.Params.model_validate({"baselines": {"local_maxima": {}}}))
    energy = {"energy": TensorType((HITS, 1))}
    with pytest.raises(AxisMismatch, match="needs the input 'coordinates'"):
        block.output_types(energy, Bindings(), "clusters")
    assert block.output_types({**energy, "coordinates": TensorType((HITS, 3))}, Bindings(), "clusters") == {}


def test_baselines_are_off_by_default() -> None:
    assert Clustering.Params().baselines.local_maxima is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("block", [Clustering, PlotCoordinates])
def test_monitors_are_sinks_that_open(block: type[Block]) -> None:
    assert block.outputs == ()
    assert block.kind == "monitor"
    assert block(block.Params()).open("node").moments  # type: ignore[attr-defined]


def test_the_declaration_imports_nothing_heavy() -> None:
    heavy = ("tensorflow", "keras", "matplotlib")
    blocks = "registry.plugins.monitors.clustering.block, registry.plugins.monitors.plot_coordinates.block"
    code = f"import sys, {blocks}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pictures_are_drawn_at_records_and_the_end() -> None:
    assert PlotCoordinates(PlotCoordinates.Params()).open("node").moments == ("record", "end")
