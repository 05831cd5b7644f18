"""Two small networks, one after the other: the first drops hits, the second makes clusters of those that are left."""

from __future__ import annotations

from pathlib import Path

import numpy as np

FIRST = """
name: first
config: first_options.yaml
blocks:
  event: {use: "${Data.loader}", with: "${Data.options.${Data.loader}}"}
  scale: {use: preprocess.none, in: event, with: {scaling: none}}
  dense: {use: dense_loop, in: scale.features, with: {units: [4]}}
  score: {use: dense_loop, in: dense, with: {units: [1], activation: sigmoid}}
  loss: {use: not_noise, in: {score: score, truth_index: scale.truth_index, is_track: scale.is_track}}
  selection: {use: noise_selection, in: {"*": scale, score: score}, with: {noise_threshold: 0.5}}
  latent: {use: select_hits, in: {"*": scale, kept_hits: selection.kept_hits, up_dense: dense}}
outputs:
  latent: latent.up_dense
  kept_hits: selection.kept_hits
  row_splits: selection.row_splits
  score: score
"""

SECOND = """
name: second
config: second_options.yaml
blocks:
  event: {use: "${Data.loader}", with: "${Data.options.${Data.loader}}"}
  dense: {use: dense_loop, in: event.features, with: {units: [8]}}
  exchange: {use: ragged_global_exchange, in: {x: dense, row_splits: event.row_splits}}
  heads: {use: output_heads, in: exchange, with: {n_ccoords: 2}}
  loss: {use: basic_object_condensation, in: {"*": [heads, event]}}
outputs:
  beta: heads.beta
  ccoords: heads.ccoords
  energy: event.energy
  row_splits: event.row_splits
"""

DATA = """
Data:
  loader: arrays
  options:
    arrays:
      file: original.npz
      columns: {features: [energy, x, y], energy: energy, coordinates: [x, y, z], truth_index: id, truth_energy: e}
      noise_ids: [0]
      split: {train: 0.5, validation: 0.25, test: 0.25, seed: 3}
"""

TRAINING = "Training: [{batch_size: 200, learning_rate: 1.0e-3, epochs: 1}]\nGeneral: {tracker: folder}\n"

SIZES = (12, 0, 1, 33, 8, 20, 5, 17)


def write_chain(folder: Path) -> None:
    """Write both graphs, and the events that the first one is trained with."""
    random, hits = np.random.default_rng(0), sum(SIZES)
    columns = {name: random.normal(0, 1, hits).astype(np.float32) for name in ("x", "y", "z", "e")}
    columns["energy"] = random.exponential(1.0, hits).astype(np.float32)
    columns["id"] = random.choice(np.array([0, 2**53 + 1, 2**63 + 5, 7], np.uint64), hits)
    splits = np.concatenate([[0], np.cumsum(SIZES)])
    np.savez(folder / "original.npz", row_splits=splits, **columns)  # type: ignore[arg-type]
    (folder / "first.yaml").write_text(FIRST)
    (folder / "first_options.yaml").write_text(TRAINING + DATA)
    (folder / "second.yaml").write_text(SECOND)
    (folder / "second_options.yaml").write_text(TRAINING)


def write_model(graph: Path, config: Path | None = None) -> Path:
    """Write the model of a graph's network with its first weights, as a training saves it."""
    from registry.compiling.model import compile_graph
    from registry.training.saving import save_model
    from registry.training.seeds import seed_everything
    from registry.wiring.opening import open_graph

    seed_everything(1)
    compiled = compile_graph(open_graph(str(graph), [str(config)] if config else []))
    assert compiled.inference is not None
    file = graph.with_suffix(".keras")
    save_model(compiled.inference, file, {}, compiled.checked, {})
    return file
