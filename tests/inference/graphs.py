"""Small graphs with events in a file, and the models of their networks, untrained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from registry.contract.errors import Problems

GRAPH = """
name: predicted
config: options.yaml
blocks:
  event:
    use: arrays
    with:
      file: training.npz
      columns: {features: [energy, x, y], energy: energy, coordinates: [x, y, z], truth_index: id}
      transforms: {energy: {log: true, min: 0.01}}
      filter: {energy: {min: 0.05}}
      min_object_hits: 2
      noise_ids: []
  dense: {use: dense_loop, in: event.features, with: {units: [8]}}
  heads: {use: output_heads, in: dense, with: {n_ccoords: 2}}
  loss: {use: basic_object_condensation, in: {"*": [heads, event]}}
outputs:
  beta: heads.beta
  ccoords: heads.ccoords
  energy_factor: heads.energy_factor
  classes: heads.classes
  energy: event.energy
  row_splits: event.row_splits
"""

OPTIONS = "Training: [{batch_size: 200, learning_rate: 1.0e-3, epochs: 1}]\n"


def columns(sizes: Sequence[int], seed: int = 0, truth: bool = False) -> dict[str, np.ndarray]:
    """Return the arrays of a file with events of so many hits; a tenth of the hits is below the filter's threshold."""
    random = np.random.default_rng(seed)
    hits = int(sum(sizes))
    found = {name: random.normal(0, 30, hits).astype(np.float32) for name in "xyz"}
    found["energy"] = np.where(random.random(hits) < 0.1, 0.02, random.uniform(0.1, 5, hits)).astype(np.float32)
    found["row_splits"] = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return found | ({"id": random.integers(0, 3, hits)} if truth else {})


def write_data(file: Path, sizes: Sequence[int], seed: int = 0, truth: bool = False) -> Path:
    """Write events into a file."""
    np.savez(file, **columns(sizes, seed, truth))  # type: ignore[arg-type]
    return file


def write_graph(folder: Path, changed: tuple[str, str] = ("", "")) -> None:
    """Write the graph, its options and the events that it is trained with; `changed`: a part of it, and another one."""
    write_data(folder / "training.npz", [20] * 10, truth=True)
    (folder / "options.yaml").write_text(OPTIONS)
    (folder / "graph.yaml").write_text(GRAPH.replace(*changed, 1))


def write_model(folder: Path) -> Path:
    """Write the model of the graph's network with its first weights, as a training saves it."""
    from registry.compiling.model import compile_graph
    from registry.training.saving import save_model
    from registry.training.seeds import seed_everything
    from registry.wiring.evaluation import check_evaluation
    from registry.wiring.opening import open_graph

    write_graph(folder)
    seed_everything(1)
    compiled = compile_graph(open_graph(str(folder / "graph.yaml")))
    assert compiled.inference is not None
    evaluation = check_evaluation(compiled.checked, Problems())
    assert evaluation is not None
    read_out = {"read_out": evaluation.read_out.plain()}
    save_model(compiled.inference, folder / "model.keras", {}, compiled.checked, read_out)
    return folder / "model.keras"
